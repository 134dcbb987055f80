"""A text model as a user meets it: texts in, `EmotionScores` out."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..labels import mapping
from ..scoring import softmax
from ..types import Calibration, EmotionScores, ModelSpec, WordWeights
from .clean import CleanText, clean
from .explain import attention_weights, occlusion_weights, word_spans
from .language import detect_language
from .model import OnnxTextClassifier, TextClassifier, TextReading, open_classifier
from .naive_bayes import NaiveBayesClassifier

METHODS = ("occlusion", "attention", "log-odds")


class TextModel:
    """Cleans, classifies and calibrates; thread-safe, so that one instance serves everybody.

    Args:
        spec: labels, calibration and languages
        classifier: opened from the bundle unless given
    """

    def __init__(self, spec: ModelSpec, classifier: TextClassifier | None = None) -> None:
        self.spec = spec
        self.classifier = classifier or open_classifier(spec)

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered labels of the answers."""
        return self.spec.labels

    @property
    def methods(self) -> tuple[str, ...]:
        """Explanations that this model can give, the best first."""
        if isinstance(self.classifier, OnnxTextClassifier):
            return ("occlusion", "attention")
        if isinstance(self.classifier, NaiveBayesClassifier):
            return ("log-odds", "occlusion")
        return ("occlusion",)

    def _scores(self, cleaned: CleanText, reading: TextReading) -> EmotionScores:
        calibration: Calibration = self.spec.calibration
        logits = np.asarray(reading.logits, np.float64)
        probabilities = softmax(logits / calibration.temperature)
        presence, present = None, ()
        if self.spec.multi_label:
            presence = 1 / (1 + np.exp(-logits))
            thresholds = calibration.thresholds or (0.5,) * len(self.labels)
            present = tuple(
                label
                for label, p, t in zip(self.labels, presence, thresholds, strict=True)
                if p >= t
            )
        notices = cleaned.notices
        if reading.truncated:
            limit = self.spec.input.get("max_tokens", "first")
            notices += (f"only the first {limit} tokens were read; the rest was left out",)
        if self.spec.languages:
            language = detect_language(cleaned.text)
            if language is not None and language not in self.spec.languages:
                known = ", ".join(self.spec.languages)
                notices += (f"the text looks like {language!r}; this model knows {known} only",)
        return EmotionScores(
            labels=self.labels,
            probabilities=probabilities,
            presence=presence,
            present=present,
            uncertain=bool(probabilities.max() < calibration.uncertain_below),
            notices=notices,
        )

    @overload
    def predict(self, text: str) -> EmotionScores: ...
    @overload
    def predict(self, text: Sequence[str]) -> list[EmotionScores]: ...
    def predict(self, text: str | Sequence[str]) -> EmotionScores | list[EmotionScores]:
        """Answer one text, or each of several in order.

        Raises:
            InvalidInput: if a text is empty; of several, the message names its place

        Example:
            >>> load_text_model("text-emotion6").predict("I am so happy today").label
            'joy'
        """
        if isinstance(text, str):
            cleaned = clean(text)
            return self._scores(cleaned, self.classifier.read([cleaned.text])[0])
        answers = self.predict_each(text)
        for place, answer in enumerate(answers):
            if isinstance(answer, EmotionCoreError):
                raise InvalidInput(f"text {place}: {answer}") from answer
        return [a for a in answers if isinstance(a, EmotionScores)]

    def predict_each(self, texts: Iterable[str]) -> list[EmotionScores | EmotionCoreError]:
        """Answer each text, with the error in the place of a text that has no answer."""
        answers: list[EmotionScores | EmotionCoreError] = []
        readable: list[tuple[int, CleanText]] = []
        for place, text in enumerate(texts):
            try:
                readable.append((place, clean(text)))
                answers.append(InvalidInput("not read"))
            except InvalidInput as error:
                answers.append(error)
        readings = self._read_each([c.text for _, c in readable])
        for (place, cleaned), reading in zip(readable, readings, strict=True):
            try:
                failed = isinstance(reading, EmotionCoreError)
                answers[place] = reading if failed else self._scores(cleaned, reading)
            except EmotionCoreError as error:  # such as for logits that are no numbers
                answers[place] = error
        return answers

    def _read_each(self, texts: list[str]) -> list[TextReading | EmotionCoreError]:
        """Read all at once; where that fails, one by one, so that one text fails alone."""
        try:
            return list(self.classifier.read(texts))
        except Exception as error:  # noqa: BLE001  each network raises classes of its own
            if len(texts) == 1:
                return [InvalidInput(f"the model failed on this text: {error}")]
            return [self._read_each([text])[0] for text in texts]

    def explain(
        self, text: str, method: str | None = None, labels: tuple[str, ...] | None = None
    ) -> WordWeights:
        """Which words drove the answer.

        Args:
            text: as typed
            method: one of `methods`; None takes the first
            labels: label set in which the answer is explained; None: the model's own

        Raises:
            InvalidInput: if the text is empty or the model has no such method
        """
        method = method or self.methods[0]
        if method not in self.methods:
            raise InvalidInput(
                f"{self.spec.id} explains by {', '.join(self.methods)}, not {method!r}"
            )
        cleaned = clean(text).text
        carry = mapping(self.labels, labels or self.labels)

        def probabilities(texts: Sequence[str]) -> np.ndarray:
            logits = np.stack([r.logits for r in self.classifier.read(texts)])
            return carry.apply(softmax(logits / self.spec.calibration.temperature))

        k = int(probabilities([cleaned])[0].argmax())
        label = carry.target[k]
        if method == "attention" and isinstance(self.classifier, OnnxTextClassifier):
            spans, weights = attention_weights(cleaned, self.classifier.attention(cleaned))
        elif method == "log-odds" and isinstance(self.classifier, NaiveBayesClassifier):
            spans = word_spans(cleaned)
            weights = self.classifier.log_odds([cleaned[a:b] for a, b in spans], carry.matrix[:, k])
        else:
            spans, weights = occlusion_weights(cleaned, lambda texts: probabilities(texts)[:, k])
        return WordWeights(cleaned, spans, weights, label, method)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (text, width) for fusion and few-shot training.

        Raises:
            InvalidInput: if a text is empty or the model has no embedding
        """
        if not isinstance(self.classifier, OnnxTextClassifier):
            raise InvalidInput(f"{self.spec.id} has no embedding; choose a transformer model")
        return self.classifier.embed([clean(t).text for t in texts])


def load_text_model(model: str | Path) -> TextModel:
    """A text model by bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder.

    `auto` picks the bundle for each text by its language.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
        InvalidInput: if it is a model of another modality
    """
    from ..hub import hub_name
    from ..registry import find
    from .routing import AUTOMATIC, automatic_model

    if model == AUTOMATIC:
        return automatic_model(load_text_model)
    if name := hub_name(model):
        from .hub import load_hub_model

        return TextModel(*load_hub_model(name))
    spec = find(model)
    if spec.modality != "text":
        raise InvalidInput(f"{spec.id} answers {spec.modality}, not text")
    return TextModel(spec)
