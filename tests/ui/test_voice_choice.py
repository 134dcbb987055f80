"""Choosing how answers along time are shown."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.pipeline import load_audio_model
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.types import EmotionScores, EmotionTimeline
from tests.bundles import write_audio_bundle
from ui.models import VoiceChoice


@pytest.mark.parametrize("labels", [EKMAN7, IEMOCAP4])
@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
def test_segments_are_judged_as_whole_recordings_are(
    tmp_path: Path, labels: tuple[str, ...], level: float
):
    choice = VoiceChoice(load_audio_model(write_audio_bundle(tmp_path / "voice")), labels, level)
    rows = np.random.default_rng(0).dirichlet(np.full(len(EKMAN7), 0.4), 50)
    spans = np.column_stack([np.arange(50), np.arange(50) + 3.0])
    shown, uncertain = choice.judge_timeline(EmotionTimeline(spans, rows, EKMAN7))
    judged = [choice.judge(EmotionScores(EKMAN7, row)) for row in rows]
    assert shown.labels == labels
    np.testing.assert_array_equal(shown.spans_s, spans)
    np.testing.assert_allclose(shown.probabilities, [j.probabilities for j in judged])
    assert uncertain.tolist() == [j.uncertain for j in judged]


def test_no_segment_is_judged_too(tmp_path: Path):
    model = load_audio_model(write_audio_bundle(tmp_path / "voice"))
    shown, uncertain = VoiceChoice(model, IEMOCAP4, 0.5).judge_timeline(
        EmotionTimeline.empty(EKMAN7)
    )
    assert len(shown) == len(uncertain) == 0
