"""The whole path from picture to answer, per slice of the people on the pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import EmotionCoreError
from ..face.pipeline import FaceModel
from ..labels import JOY, NEUTRAL, label_of
from .fairness import Check, FairnessPart, corrected_together, rate_checks
from .fairness_pictures import People

SMILING = "smiling"
"""what tables call a joyful face"""
NO_FACE = -1
FOUND = "faces found"
NEUTRAL_LIMITS = (
    "Neutral is what people were asked for, or were labelled as; a face at rest is not the same "
    "for everybody, and the photographs were taken in one way (see the data). Slices of fewer than "
    "20 pictures are shown but not judged."
)
UNLABELLED_LIMITS = (
    "These photographs have no expression labels: people of some slices smile more often in "
    "pictures than others, so a gap between the answers does not tell a fault of the model from a "
    "difference of the pictures. What is found or not found does not depend on such labels. The "
    "columns are the data's own: sex, age and race of UTKFace were estimated by an algorithm and "
    "checked by one person."
)
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class PeopleAnswers:
    """What a model answered for pictures of people.

    Attributes:
        people: the pictures
        faces: (picture,) how many faces were found
        answer: (picture,) place of the label of the largest face, or `NO_FACE`
        failed: pictures that could not be read; they count as not found
    """

    people: People
    faces: np.ndarray
    answer: np.ndarray
    failed: int


def answer_people(
    model: FaceModel, people: People, on_progress: OnProgress | None = None
) -> PeopleAnswers:
    """Answer each picture as a user's would be: found, aligned, read; the largest face counts."""
    counts = np.zeros(len(people), int)
    answers = np.full(len(people), NO_FACE)
    failed = 0
    for place, picture in enumerate(people.pictures()):
        try:
            found = model.predict(picture)
        except EmotionCoreError:
            failed += 1
            continue
        counts[place] = len(found.scores)
        if found.scores:
            sides = found.faces.boxes_xyxy[:, 2:] - found.faces.boxes_xyxy[:, :2]
            answers[place] = found.scores[int(sides.prod(1).argmax())].probabilities.argmax()
        if on_progress:
            on_progress(place + 1, len(people))
    return PeopleAnswers(people, counts, answers, failed)


def _label(expression: str) -> str:
    """What a table's expression is called here."""
    return JOY if expression.strip().lower() == SMILING else label_of(expression)


def _of(columns: Mapping[str, np.ndarray], chosen: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values[chosen] for name, values in columns.items()}


def _detection(answers: PeopleAnswers) -> list[Check]:
    """Whether a face is found; of a person with several pictures, in all of them."""
    people, found = answers.people, answers.faces > 0
    if people.persons is None:
        return rate_checks({FOUND: found}, people.columns)
    _, first, number = np.unique(people.persons, return_index=True, return_inverse=True)
    missed = np.bincount(number.reshape(-1), weights=~found, minlength=len(first))
    measure = "people found in all their pictures"
    return rate_checks({measure: missed == 0}, _of(people.columns, first))


def _answered(
    labels: Sequence[str], answers: PeopleAnswers, chosen: np.ndarray, words: str
) -> list[Check]:
    """The share of each label among the answers for some pictures."""
    shown = chosen & (answers.answer != NO_FACE)
    given = answers.answer[shown]
    outcomes = {f"{words} called {label}": given == k for k, label in enumerate(labels)}
    return rate_checks(outcomes, _of(answers.people.columns, shown))


def _shares(labels: Sequence[str], answers: PeopleAnswers, chosen: np.ndarray) -> list[str]:
    """Labels that were answered, the most frequent first, with their shares."""
    given = answers.answer[chosen & (answers.answer != NO_FACE)]
    counts = np.bincount(given, minlength=len(labels))
    order = [k for k in np.argsort(-counts) if counts[k]]
    return [f"{labels[k]} {counts[k] / len(given):.1%}" for k in order]


def _by_expression(
    labels: Sequence[str], answers: PeopleAnswers, expressions: np.ndarray
) -> tuple[list[Check], str]:
    """What neutral and smiling faces are called, and the answers for the neutral ones in words."""
    carried = np.array([_label(x) for x in expressions])
    neutral, joyful = carried == NEUTRAL, carried == JOY
    checks, told = [], ""
    if neutral.any():
        checks += _answered(labels, answers, neutral, "neutral faces")
        shares = ", ".join(_shares(labels, answers, neutral))
        told = f" Answers for the {int(neutral.sum())} neutral ones: {shares}."
    shown = joyful & (answers.answer != NO_FACE)
    if shown.any() and JOY in labels:
        hits = answers.answer[shown] == labels.index(JOY)
        columns = _of(answers.people.columns, shown)
        checks += rate_checks({"smiling faces called joy": hits}, columns)
    return checks, told


def face_fairness(
    model: FaceModel, people: People, on_progress: OnProgress | None = None
) -> FairnessPart:
    """Whether faces are found, and what is answered for faces at rest, per slice.

    Args:
        model: opened from its bundle
        people: pictures, with or without expressions
        on_progress: called with (pictures done, pictures)
    """
    answers, labels = answer_people(model, people, on_progress), model.labels
    name, limits = people.source.parent.name, NEUTRAL_LIMITS
    if people.expressions is not None:
        checks, told = _by_expression(labels, answers, people.expressions)
    else:
        every = np.ones(len(people), bool)
        checks, limits = _answered(labels, answers, every, "faces"), UNLABELLED_LIMITS
        told = f" Answers over all: {', '.join(_shares(labels, answers, every))}."
    return FairnessPart(
        title=f"Faces of {name}",
        protocol=(
            f"{len(people):,} photographs of {name}, from the file to the answer as they are "
            f"served; {answers.failed} could not be read. Of several faces in a picture the "
            "largest counts. Intervals: Wilson; the largest gap is compared with that of 999 "
            "permutations, and all tests of this part are corrected together (Holm)." + told
        ),
        limits=limits,
        checks=corrected_together([*_detection(answers), *checks]),
        facts={
            FOUND: [float((answers.faces > 0).mean())],
            "pictures with more than one face found": [float((answers.faces > 1).mean())],
        },
    )
