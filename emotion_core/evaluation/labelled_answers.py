"""Answers of a model to labelled raw items, by the path that a user runs: from the file on."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ..audio.pipeline import NO_SPEECH, AudioModel
from ..datasets.labelled_items import LabelledItems, Source
from ..errors import EmotionCoreError, InvalidInput
from ..face.analysis import FaceScores
from ..face.pipeline import FaceModel
from ..text.pipeline import TextModel
from ..text.table import CHUNK_ROWS
from ..types import EmotionScores
from .metrics import NO_ANSWER

RawModel = TextModel | AudioModel | FaceModel
OnProgress = Callable[[int, int], None]
NO_FACE = "no face was found"
ROUNDED = 6
"""decimals of probabilities, as in every table of answers"""


@dataclass(frozen=True, eq=False)
class LabelledAnswers:
    """What a model answered to items, in their order.

    Attributes:
        labels: ordered; of the answers
        prediction: (item,) places in `labels`, or `NO_ANSWER`
        probabilities: (item, label), NaN where there is no answer
        uncertain: (item,) bool
        present: (item, label) bool, of a model with several labels an item; else (item, 0)
        errors: (item,) why there is no answer; "" where there is one
        reasons: (item,) the same without names, to be counted
        several_faces: pictures with more than one face, of which the largest is taken
        notices: what was told of how items were read -> of how many
    """

    labels: tuple[str, ...]
    prediction: np.ndarray
    probabilities: np.ndarray
    uncertain: np.ndarray
    present: np.ndarray
    errors: list[str]
    reasons: list[str]
    several_faces: int
    notices: dict[str, int]

    def __len__(self) -> int:
        return len(self.errors)


class _Gathered:
    """Answers as they come."""

    def __init__(self, model: RawModel, labels: tuple[str, ...], items: int) -> None:
        self.model, self.labels = model, labels
        self.multi_label = model.spec.multi_label
        self.prediction = np.full(items, NO_ANSWER, np.int64)
        self.probabilities = np.full((items, len(labels)), np.nan)
        self.uncertain = np.zeros(items, bool)
        self.present = np.zeros((items, len(labels) if self.multi_label else 0), bool)
        self.errors: list[str] = []
        self.reasons: list[str] = []
        self.notices: Counter[str] = Counter()
        self.several_faces = 0

    def add(self, answer: EmotionScores | EmotionCoreError, name: str) -> None:
        """The answer to the next item, or why there is none."""
        if isinstance(answer, EmotionCoreError):
            self.errors.append(str(answer) or type(answer).__name__)
            self.reasons.append(reason_of(str(answer), name))
            return
        place, answer = len(self.errors), answer.to(self.labels, self.model.spec.calibration)
        self.prediction[place] = int(answer.probabilities.argmax())
        self.probabilities[place] = answer.probabilities.round(ROUNDED)
        self.uncertain[place] = answer.uncertain
        if self.multi_label:
            self.present[place] = [label in answer.present for label in self.labels]
        self.notices.update(answer.notices)
        self.errors.append("")
        self.reasons.append("")

    def finish(self) -> LabelledAnswers:
        """All of them."""
        done = len(self.errors)
        return LabelledAnswers(
            self.labels,
            self.prediction[:done],
            self.probabilities[:done],
            self.uncertain[:done],
            self.present[:done],
            self.errors,
            self.reasons,
            self.several_faces,
            dict(self.notices),
        )


def answer_items(
    model: RawModel,
    items: LabelledItems,
    labels: tuple[str, ...] | None = None,
    *,
    aligned: bool = False,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LabelledAnswers:
    """Answer every item, one after the other and from its file on.

    A file that cannot be read, a recording without speech and a picture without a face have no
    answer; of several faces the largest is taken.

    Args:
        model: of the items' modality
        items: to answer
        labels: label set to map to; None keeps the model's own
        aligned: whether each picture is a face already, so that nothing is detected
        on_progress: called with (items done, items)
        should_stop: asked between items; yes ends with what was done so far

    Raises:
        InvalidInput: if the model answers something else
    """
    if model.spec.modality != items.modality:
        raise InvalidInput(
            f"{model.spec.id} answers {model.spec.modality}, and {items.name} holds "
            f"{items.modality}; choose another model"
        )
    gathered = _Gathered(model, labels or model.labels, len(items))
    for done in _answering(model, items, gathered, aligned):
        if on_progress:
            on_progress(done, len(items))
        if should_stop and should_stop():
            break
    return gathered.finish()


def _answering(
    model: RawModel, items: LabelledItems, gathered: _Gathered, aligned: bool
) -> Iterator[int]:
    """Answer step by step; yields how many items are done."""
    if isinstance(model, TextModel):
        yield from _texts(model, items, gathered)
        return
    for place, name in enumerate(items.ids):
        source = items.sources[place]
        try:
            content = source if isinstance(source, str | Path | np.ndarray) else source.read()
            if isinstance(model, AudioModel):
                gathered.add(model.predict(_recording(content), name=name), name)
            else:
                gathered.add(_largest(model.predict(content, aligned), gathered), name)
        except EmotionCoreError as error:
            gathered.add(error, name)
        yield place + 1


def _texts(model: TextModel, items: LabelledItems, gathered: _Gathered) -> Iterator[int]:
    places = iter(range(len(items)))
    while chunk := list(islice(places, CHUNK_ROWS)):
        texts = [_text(items.sources[i]) for i in chunk]
        answers = iter(model.predict_each(t for t in texts if isinstance(t, str)))
        for place, text in zip(chunk, texts, strict=True):
            gathered.add(next(answers) if isinstance(text, str) else text, items.ids[place])
        yield chunk[-1] + 1


def _text(source: Source) -> str | EmotionCoreError:
    """The text of an item, or why it cannot be read."""
    if isinstance(source, str):
        return source
    try:
        if isinstance(source, Path):
            return source.read_text(encoding="utf-8-sig", errors="replace")
        if isinstance(source, np.ndarray):
            return InvalidInput("expected a text, got a picture")
        return source.read().decode("utf-8-sig", errors="replace")
    except OSError as error:
        return InvalidInput(f"{source} cannot be read: {error.strerror}")
    except EmotionCoreError as error:
        return error


def _recording(content: str | Path | bytes | np.ndarray) -> str | Path | bytes:
    if isinstance(content, np.ndarray):
        raise InvalidInput("expected a recording, got a picture")
    return content


def _largest(found: FaceScores, gathered: _Gathered) -> EmotionScores | EmotionCoreError:
    """The answer to the largest face."""
    if not len(found):
        return InvalidInput(NO_FACE)
    gathered.several_faces += len(found) > 1
    gathered.notices.update(found.notices)
    boxes = found.faces.boxes_xyxy
    return found.scores[int((boxes[:, 2:] - boxes[:, :2]).prod(1).argmax())]


def reason_of(message: str, name: str) -> str:
    """Why an item has no answer, without its name, so that the same reasons are counted together.

    Example:
        >>> reason_of("a/b.wav: expected sound, got none; choose another", "a/b.wav")
        'expected sound, got none'
    """
    if NO_SPEECH.partition(",")[0] in message:
        return NO_SPEECH.partition(",")[0]
    for called in (name, Path(name).name):
        message = message.replace(called, "")
    found = message.strip(" :/").partition(";")[0].strip()
    return found[found.rfind("/: ") + 3 :] if "/: " in found else found or "no reason was told"
