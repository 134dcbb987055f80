"""Disagreeing windows become stretches of time."""

import numpy as np

from emotion_core.fusion.evidence import FUSED, Disagreement
from emotion_core.labels import EKMAN7, FEAR, JOY, SADNESS
from emotion_core.recording.analysis import FusedLine
from emotion_core.recording.conflicts import conflicts
from emotion_core.types import EmotionTimeline

SAYS_JOY = Disagreement(("text", "face"), (JOY, SADNESS), 0.5)
SURER = Disagreement(("text", "face"), (JOY, SADNESS), 0.8)
SAYS_FEAR = Disagreement(("text", "face"), (FEAR, SADNESS), 0.6)


def line(found: dict[int, Disagreement], persons: list[int]) -> FusedLine:
    """Windows of 3 s, one each second."""
    count = len(persons)
    starts = np.arange(count, dtype=float)
    uniform = np.full((count, len(EKMAN7)), 1 / len(EKMAN7))
    shares = np.full((count, len(FUSED)), 1 / len(FUSED))
    return FusedLine(
        timeline=EmotionTimeline(np.stack([starts, starts + 3], 1), uniform, EKMAN7),
        uncertain=np.zeros(count, bool),
        contributions=shares,
        surprise=np.full((count, len(FUSED)), np.nan),
        person=np.array(persons),
        disagreements=found,
    )


def spans(found: dict[int, Disagreement], persons: list[int]) -> list[tuple[float, float, int]]:
    return [(c.start_s, c.end_s, c.person) for c in conflicts(line(found, persons))]


def test_windows_in_a_row_are_one_stretch_as_strong_as_its_strongest():
    found = conflicts(line({1: SAYS_JOY, 2: SURER, 3: SAYS_JOY}, [1] * 6))
    assert [(c.start_s, c.end_s) for c in found] == [(2.0, 5.0)]
    assert found[0].disagreement is SURER


def test_a_window_between_may_be_missing_but_not_more():
    assert len(spans({0: SAYS_JOY, 2: SAYS_JOY}, [1] * 8)) == 1
    assert len(spans({0: SAYS_JOY, 5: SAYS_JOY}, [1] * 8)) == 2


def test_other_labels_and_other_people_are_stretches_of_their_own():
    assert spans({1: SAYS_JOY, 2: SAYS_FEAR}, [1] * 4) == [(2.0, 3.0, 1), (3.0, 4.0, 1)]
    assert spans({1: SAYS_JOY, 2: SAYS_JOY}, [1, 1, 2, 2]) == [(2.0, 3.0, 1), (3.0, 4.0, 2)]


def test_agreement_gives_none():
    assert conflicts(line({}, [1, 1])) == ()
    assert conflicts(FusedLine.empty(EKMAN7)) == ()


def test_a_disagreement_reads_as_a_sentence():
    assert str(SAYS_JOY) == "the words say joy, the face says sadness"
