from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.labels import EKMAN7, EMOTION6, GOEMOTIONS28, IEMOCAP4
from emotion_core.types import (
    Calibration,
    EmotionScores,
    EmotionTimeline,
    ModelSpec,
    Waveform,
    WordWeights,
)


def scores(labels=EKMAN7, top=0, height=0.7, **settings) -> EmotionScores:
    probabilities = np.full(len(labels), (1 - height) / (len(labels) - 1))
    probabilities[top] = height
    return EmotionScores(labels, probabilities, **settings)


def spec(**settings: Any) -> ModelSpec:
    base: dict[str, Any] = {
        "id": "x",
        "modality": "text",
        "labels": EKMAN7,
        "architecture": {},
        "files": {},
        "folder": Path(),
    }
    base.update(settings)
    return ModelSpec(**base)


def test_scores_name_the_top():
    answer = scores(top=3)
    assert answer.label == EKMAN7[3]
    assert answer.probability == pytest.approx(0.7)
    assert list(answer.as_dict()) == list(EKMAN7)


@pytest.mark.parametrize(
    ("probabilities", "error", "message"),
    [
        ([0.5, 0.5], LabelMismatch, "expected 3 values, one per label, got shape"),
        ([[0.2, 0.3, 0.5]], LabelMismatch, r"expected \(label,\), got \(1, 3\)"),
        ([0.5, 0.5, 0.5], InvalidInput, "rows that sum to 1"),
        ([1.5, -0.5, 0.0], InvalidInput, r"values in \[0, 1\]"),
        ([np.nan, 0.5, 0.5], InvalidInput, r"values in \[0, 1\]"),
        ([np.inf, 0, 0], InvalidInput, r"values in \[0, 1\]"),
    ],
)
def test_scores_are_checked(probabilities, error, message):
    with pytest.raises(error, match=message):
        EmotionScores(("a", "b", "c"), np.array(probabilities))


def test_presence_is_checked():
    with pytest.raises(LabelMismatch, match="presence: expected 7 values"):
        scores(presence=np.zeros(3))
    with pytest.raises(InvalidInput, match="presence: expected values"):
        scores(presence=np.full(7, 2.0))


def test_scores_are_frozen():
    with pytest.raises(AttributeError):
        scores().labels = EMOTION6  # type: ignore[misc]


@given(st.permutations(range(7)), st.integers(0, 6))
def test_permuting_labels_permutes_the_answer(order, top):
    plain = scores(top=top)
    shuffled = EmotionScores(tuple(EKMAN7[i] for i in order), plain.probabilities[list(order)])
    assert shuffled.label == plain.label
    assert shuffled.as_dict() == plain.as_dict()
    assert shuffled.to(IEMOCAP4).as_dict() == pytest.approx(plain.to(IEMOCAP4).as_dict())


def test_to_the_same_labels_is_the_answer_itself():
    answer = scores()
    assert answer.to(EKMAN7) is answer


def test_to_says_what_was_lost():
    mapped = scores(EKMAN7, top=EKMAN7.index("disgust"), height=0.9).to(IEMOCAP4)
    assert mapped.uncertain
    assert mapped.notices == ("93% of the answer fell on labels that this label set lacks",)


def test_to_is_silent_where_little_was_lost():
    mapped = scores(EKMAN7, top=EKMAN7.index("joy"), height=0.9).to(IEMOCAP4)
    assert mapped.label == "happy"
    assert not mapped.uncertain
    assert mapped.notices == ()


def test_to_keeps_the_answers_own_uncertainty():
    answer = scores(GOEMOTIONS28, top=GOEMOTIONS28.index("love"), height=0.4, uncertain=True)
    assert answer.to(EKMAN7).uncertain


@pytest.mark.parametrize(("level", "expected"), [(0.3, False), (0.99, True)])
def test_to_judges_uncertainty_at_the_level_of_the_target(level, expected):
    calibration = Calibration(mapped={"EKMAN7": Calibration(uncertain_below=level)})
    answer = scores(GOEMOTIONS28, top=GOEMOTIONS28.index("love"), height=0.4, uncertain=True)
    assert answer.to(EKMAN7, calibration).uncertain is expected


def test_to_takes_the_thresholds_of_the_target():
    presence = np.full(28, 0.3)
    answer = scores(GOEMOTIONS28, presence=presence, present=("love",))
    own = tuple(0.99 if label == "joy" else 0.5 for label in EKMAN7)
    calibration = Calibration(
        thresholds=(0.5,) * 28, mapped={"EKMAN7": Calibration(thresholds=own)}
    )
    assert answer.to(EKMAN7).present == ("joy",)
    assert answer.to(EKMAN7, calibration).present == ("anger", "fear", "sadness", "surprise")
    assert answer.to(EMOTION6, calibration).present == ("love",)


def test_calibration_of_labels_that_nothing_was_fitted_for():
    calibration = Calibration(uncertain_below=0.2, mapped={"EKMAN7": Calibration()})
    assert calibration.for_labels(EKMAN7).uncertain_below == 0
    assert calibration.for_labels(IEMOCAP4) is calibration


def test_to_carries_presence():
    presence = np.zeros(28)
    presence[[GOEMOTIONS28.index("love"), GOEMOTIONS28.index("joy")]] = 0.5
    present = ("love", "joy")
    mapped = scores(GOEMOTIONS28, presence=presence, present=present).to(EKMAN7)
    assert mapped.present == ("joy",)
    assert mapped.presence is not None
    assert mapped.presence[EKMAN7.index("joy")] == pytest.approx(0.75)


def test_timeline():
    line = EmotionTimeline(np.array([[0, 1], [1, 2]]), np.full((2, 4), 0.25), IEMOCAP4)
    assert len(line) == 2
    assert len(EmotionTimeline.empty(IEMOCAP4)) == 0


def test_timeline_is_checked():
    with pytest.raises(InvalidInput, match="ends before it starts"):
        EmotionTimeline(np.array([[1, 0]]), np.full((1, 4), 0.25), IEMOCAP4)
    with pytest.raises(LabelMismatch, match=r"expected probabilities \(2, 4\), got \(1, 4\)"):
        EmotionTimeline(np.array([[0, 1], [1, 2]]), np.full((1, 4), 0.25), IEMOCAP4)


@pytest.mark.parametrize("samples", [np.ones(8000), np.ones((1, 8000)), [1] * 8000])
def test_waveform(samples):
    waveform = Waveform(samples, 16_000)
    assert waveform.samples.shape == (1, 8000)
    assert waveform.samples.dtype == np.float32
    assert waveform.duration_s == 0.5
    assert waveform.mono().shape == (8000,)


def test_mono_is_the_mean_of_the_channels():
    waveform = Waveform(np.array([[0.5, 0, -1], [0.5, 1, 0]]), 8000)
    assert waveform.mono().tolist() == [0.5, 0.5, -0.5]
    assert waveform.mono().dtype == np.float32


def test_no_samples_at_all():
    assert Waveform(np.zeros(0), 8000).duration_s == 0


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros((2, 3, 4)), 8000, r"expected samples \(channel, time\) .*, got \(2, 3, 4\)"),
        (np.zeros((0, 100)), 8000, r"got \(0, 100\)"),
        (np.zeros(100), 0, "a positive rate, got .* at 0 Hz"),
        (np.zeros(100), -8000, "at -8000 Hz"),
        (np.array([0, np.nan]), 8000, "expected finite numbers, got NaN or infinity"),
        (np.array([0, -np.inf]), 8000, "expected finite numbers"),
    ],
)
def test_waveform_is_checked(samples, rate, message):
    with pytest.raises(InvalidInput, match=message):
        Waveform(samples, rate)


def test_word_weights():
    weights = WordWeights("so happy", np.array([[0, 2], [3, 8]]), np.array([0.1, 0.9]), "joy", "o")
    assert weights.words == ["so", "happy"]
    assert len(weights) == 2
    with pytest.raises(InvalidInput, match="expected a weight per word, got 1 for 2"):
        WordWeights("so happy", weights.spans, np.array([1.0]), "joy", "o")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"modality": "smell"}, InvalidInput, "unknown modality 'smell'"),
        ({"labels": ("a", "a")}, LabelMismatch, "two different labels or more"),
        ({"labels": ("a",)}, LabelMismatch, "two different labels or more"),
        ({"calibration": Calibration(thresholds=(0.5,))}, LabelMismatch, "1 thresholds for 7"),
        ({"calibration": Calibration(temperature=0)}, InvalidInput, "temperature must be positive"),
    ],
)
def test_spec_is_checked(settings, error, message):
    with pytest.raises(error, match=message):
        spec(**settings)
