"""One model of texts that asks another, by the language of each text."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..labels import EKMAN7
from ..types import Calibration, EmotionScores, ModelSpec, WordWeights
from .clean import MAX_CHARACTERS, clean
from .language import ENGLISH, NOT_SURE, RECORDED_AS, DetectedLanguage, detect
from .pipeline import TextModel

AUTOMATIC = "auto"
ENGLISH_MODEL, OTHERS_MODEL = "text-goemotions28", "text-multilingual"
WEAK_BELOW = 0.4
"""macro F1 of a language, on test texts, below which an answer carries a notice"""


@dataclass(frozen=True)
class Route:
    """Which model answers a text.

    Attributes:
        language: of the text
        model: answers
        notices: what a person should know of the choice
    """

    language: DetectedLanguage
    model: TextModel
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoutedAnswer:
    """An answer and how it came about.

    Attributes:
        answer: in the labels of the automatic model, or the error in its place
        route: None where the text could not be read
    """

    answer: EmotionScores | EmotionCoreError
    route: Route | None


def recorded_scores(spec: ModelSpec) -> dict[str, float]:
    """Code of the record -> macro F1 of that language on test texts; empty where none is kept."""
    path = spec.folder / "evaluation" / "results.json"
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
        found = record["languages"]["by_language"]
        return {str(code): float(scores["macro_f1"]) for code, scores in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


class AutomaticTextModel(TextModel):
    """English goes to one model, every other language to another; answers in `EKMAN7`.

    Args:
        english: model of English texts
        others: model of the other languages
    """

    def __init__(self, english: TextModel, others: TextModel) -> None:
        self.english, self.others = english, others
        super().__init__(_joined_spec(english.spec, others.spec), english.classifier)
        self._scores_of = recorded_scores(others.spec)

    @property
    def methods(self) -> tuple[str, ...]:
        """Explanations that both models can give."""
        return tuple(m for m in self.english.methods if m in self.others.methods)

    def route(self, text: str) -> Route:
        """Which model answers a text, and why.

        Args:
            text: as typed

        Raises:
            InvalidInput: if the text is empty
        """
        clean(text)
        language = detect(text[:MAX_CHARACTERS])  # as typed: names of emoji are English
        if language.code == ENGLISH:
            return Route(language, self.english)
        if language == NOT_SURE:
            model = self.english if text.isascii() else self.others
            known = "English" if model is self.english else "one of many languages"
            told = f"the language of the text is not sure; it was read as {known}"
            return Route(language, model, (told,))
        return Route(language, self.others, self._told_of(language))

    def _told_of(self, language: DetectedLanguage) -> tuple[str, ...]:
        """Notices on a language other than English."""
        if language.code not in RECORDED_AS:
            return ()  # the model itself says what it knows
        found = [self._scores_of[c] for c in RECORDED_AS[language.code] if c in self._scores_of]
        if not found or float(np.mean(found)) >= WEAK_BELOW:
            return ()
        return (
            f"{self.others.spec.id} is weak in {language.name}: macro F1 {np.mean(found):.2f} on "
            "test texts; take the answer as a hint",
        )

    def predict_routed(self, texts: Iterable[str]) -> list[RoutedAnswer]:
        """Answer each text by the model of its language, in order."""
        found: list[RoutedAnswer | None] = []
        places: dict[int, list[tuple[int, str, Route]]] = {}
        for place, text in enumerate(texts):
            try:
                route = self.route(text)
            except InvalidInput as error:
                found.append(RoutedAnswer(error, None))
                continue
            found.append(None)
            places.setdefault(id(route.model), []).append((place, text, route))
        for members in places.values():
            model = members[0][2].model
            answers = model.predict_each(text for _, text, _ in members)
            for (place, _, route), answer in zip(members, answers, strict=True):
                found[place] = RoutedAnswer(self._judged(answer, route), route)
        return [answer for answer in found if answer is not None]

    def _judged(
        self, answer: EmotionScores | EmotionCoreError, route: Route
    ) -> EmotionScores | EmotionCoreError:
        """An answer in the common labels, by its own model's level, with the route's notices."""
        if isinstance(answer, EmotionCoreError):
            return answer
        mapped = answer.to(self.labels, route.model.spec.calibration)
        return replace(mapped, notices=(*mapped.notices, *route.notices))

    def predict_each(self, texts: Iterable[str]) -> list[EmotionScores | EmotionCoreError]:
        """Answer each text, with the error in the place of a text that has no answer."""
        return [routed.answer for routed in self.predict_routed(texts)]

    def predict(self, text: str | Sequence[str]) -> Any:
        """Answer one text, or each of several in order.

        Raises:
            InvalidInput: if a text is empty; of several, the message names its place
        """
        if not isinstance(text, str):
            return super().predict(text)
        answer = self.predict_each([text])[0]
        if isinstance(answer, EmotionCoreError):
            raise answer
        return answer

    def explain(
        self, text: str, method: str | None = None, labels: tuple[str, ...] | None = None
    ) -> WordWeights:
        """Which words drove the answer of the model that the text's language picks.

        Args:
            text: as typed
            method: one of `methods`; None takes the first
            labels: label set in which the answer is explained; None: `EKMAN7`

        Raises:
            InvalidInput: if the text is empty or the model has no such method
        """
        return self.route(text).model.explain(text, method, labels or self.labels)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """No embedding: those of two models have nothing in common.

        Raises:
            InvalidInput: always
        """
        raise InvalidInput(
            f"the automatic choice has no embedding for {len(texts)} texts; choose one model"
        )


def automatic_model(load: Callable[[str], TextModel]) -> AutomaticTextModel:
    """The automatic choice between the shipped models.

    Args:
        load: opens a bundle by its id
    """
    return AutomaticTextModel(load(ENGLISH_MODEL), load(OTHERS_MODEL))


def _joined_spec(english: ModelSpec, others: ModelSpec) -> ModelSpec:
    """What is said of both models together; thresholds and levels stay with each."""
    return ModelSpec(
        id=AUTOMATIC,
        modality="text",
        labels=EKMAN7,
        architecture={"kind": "by-language", ENGLISH: english.id, "others": others.id},
        folder=Path(),
        files={},
        multi_label=english.multi_label and others.multi_label,
        calibration=Calibration(),
        languages=tuple(dict.fromkeys((*english.languages, *others.languages))),
        licence="; ".join(dict.fromkeys((english.licence, others.licence))),
        training_data=(*english.training_data, *others.training_data),
        protocol=f"English texts: {english.id}; others: {others.id}; see their records",
    )
