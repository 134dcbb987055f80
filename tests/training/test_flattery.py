"""A probe that knows voices again when it has heard them."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.training.flattery import Flattery, measure_flattery
from tests.training.voices import frame_store

LABELS = ("anger", "joy")


def clips_of(speakers: int, takes: int = 12) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Clips whose emotion is told by a bin of their speaker's own, their labels and voices."""
    rng = np.random.default_rng(0)
    clips, labels, voices = [], [], []
    for speaker in range(speakers):
        for take in range(takes):
            frames = rng.normal(0, 0.05, (20, 2 * speakers))
            frames[:, 2 * speaker + take % 2] += 1
            clips.append(frames.astype(np.float32))
            labels.append(LABELS[(take + speaker) % 2])
            voices.append(f"s{speaker}")
    return clips, np.array(labels), np.array(voices)


@pytest.mark.parametrize("speakers", [2, 4, 12])
def test_hearing_the_speaker_flatters(tmp_path: Path, speakers: int) -> None:
    clips, labels, voices = clips_of(speakers)
    store = frame_store(tmp_path / "frames", clips)
    found = measure_flattery(store, np.arange(len(clips)), labels, voices, seed=0)
    assert found.at_random > 0.9
    assert found.speakers_apart is not None
    assert found.speakers_apart < 0.7
    assert f"flatters by +{found.at_random - found.speakers_apart:.3f}" in str(found)


def test_one_speaker_or_a_class_of_one_speaker(tmp_path: Path) -> None:
    clips, labels, voices = clips_of(3)
    store = frame_store(tmp_path / "frames", clips)
    of_one = np.where(voices == "s0", "fear", labels)
    for its, who in ((of_one, voices), (labels, np.full(len(voices), "s0"))):
        found = measure_flattery(store, np.arange(len(clips)), its, who, seed=0)
        assert found.speakers_apart is None
        assert "cannot be told, since too few speakers have every class" in str(found)


def test_a_class_of_one_item(tmp_path: Path) -> None:
    clips, labels, voices = clips_of(6)
    labels[0] = "fear"
    store = frame_store(tmp_path / "frames", clips)
    with pytest.raises(InvalidInput, match="got none of fear"):
        measure_flattery(store, np.arange(len(clips)), labels, voices, seed=0)


def test_in_words() -> None:
    assert str(Flattery(0.75, 0.5)) == (
        "a quick probe scores a UAR of 0.750 with speakers on both sides and 0.500 with speakers "
        "apart: the random split flatters by +0.250"
    )
