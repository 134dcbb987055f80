"""A recording in another label set says the same, as far as that set can."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import LabelMismatch
from emotion_core.fusion.evidence import Disagreement
from emotion_core.labels import ANGER, EKMAN7, GOEMOTIONS28, IEMOCAP4, JOY, SADNESS, mapping
from emotion_core.recording.analysis import Conflict
from emotion_core.recording.labelled import in_labels
from emotion_core.types import Calibration, Modality, ModelSpec
from tests.recording.examples import recording


def model(modality: Modality, labels: tuple[str, ...], level: float) -> ModelSpec:
    calibration = Calibration(uncertain_below=level)
    return ModelSpec("own", modality, labels, {}, Path(), {}, calibration=calibration)


@pytest.mark.parametrize("labels", [EKMAN7, IEMOCAP4])
def test_everything_is_in_the_labels(labels: tuple[str, ...]):
    judged = in_labels(recording(), labels)
    assert judged.words is not None
    assert judged.voice is not None
    assert judged.faces is not None
    assert judged.voice.scores is not None
    found = [judged.labels, judged.faces.labels, judged.voice.timeline.labels]
    found += [s.labels for s in judged.words.scores if s is not None]
    found += [line for p in judged.faces.people for line in (p.timeline.labels, p.scores.labels)]
    assert set(found) == {labels}
    for person in judged.faces.people:
        np.testing.assert_allclose(person.probabilities.sum(1), 1)


def test_its_own_labels_change_nothing():
    analysis = recording()
    judged = in_labels(analysis, EKMAN7)
    assert judged.fused.timeline is analysis.fused.timeline
    assert judged.conflicts == analysis.conflicts
    again = in_labels(judged, EKMAN7)
    assert judged.words is not None
    assert again.words is not None
    assert again.words.scores == judged.words.scores


def test_the_mapping_is_that_of_single_answers():
    analysis = recording()
    judged = in_labels(analysis, IEMOCAP4)
    assert analysis.voice is not None
    assert judged.voice is not None
    line = analysis.voice.timeline
    expected = mapping(line.labels, IEMOCAP4).apply(line.probabilities)
    np.testing.assert_allclose(judged.voice.timeline.probabilities, expected)


def test_a_models_level_tells_what_is_uncertain():
    analysis = recording()
    assert analysis.voice is not None
    labels = analysis.voice.timeline.labels
    for level, expected in ((0.0, False), (1.0, True)):
        judged = in_labels(analysis, EKMAN7, {"audio": model("audio", labels, level)})
        assert judged.voice is not None
        assert judged.voice.uncertain.tolist() == [expected] * len(judged.voice.timeline)
        assert judged.faces is not None
        assert not judged.faces.people[0].uncertain.any()


def test_an_answer_without_a_place_is_uncertain():
    judged = in_labels(recording(), IEMOCAP4)  # has no surprise
    spans = judged.fused.timeline.spans_s.tolist()
    surprised = spans.index([21.0, 24.0])
    assert judged.fused.uncertain[surprised]


def test_conflicts_follow():
    analysis = recording()
    joy = Disagreement(("text", "face"), (JOY, ANGER), 0.5)
    same = Disagreement(("text", "face"), (JOY, "surprise"), 0.5)
    kept, lost = Conflict(0, 1, 1, joy), Conflict(2, 3, 1, same)
    line = replace(analysis.fused, disagreements={0: joy, 1: same})
    judged = in_labels(replace(analysis, conflicts=(kept, lost), fused=line), IEMOCAP4)
    assert [c.disagreement.labels for c in judged.conflicts] == [("happy", "angry")]
    assert {i: d.labels for i, d in judged.fused.disagreements.items()} == {0: ("happy", "angry")}


def test_finer_labels_and_strange_ones():
    judged = in_labels(recording(), GOEMOTIONS28)
    assert SADNESS in judged.labels
    with pytest.raises(LabelMismatch, match="has a place in x, y"):
        in_labels(recording(), ("x", "y"))
