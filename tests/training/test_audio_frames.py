"""Recordings as frames on disk: what is kept, what is read again, what is left out."""

import logging
from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.features import FeatureConfig, FeatureExtractor
from emotion_core.datasets.corpora import Recording
from emotion_core.errors import InvalidInput
from emotion_core.training import audio_frames
from emotion_core.training.audio_frames import LEAST_FRAMES, clip_levels, store_frames
from tests.audio.sounds import RATE, noise, syllables, wav_bytes
from tests.training.voices import frame_store, spoken

EXTRACTOR = FeatureExtractor(FeatureConfig(bins=16))


@pytest.fixture
def recordings(tmp_path: Path) -> list[Recording]:
    """Two voices, and between them a file that is none."""
    sounds = {"low": wav_bytes(spoken(100)), "broken": b"RIFF no", "high": wav_bytes(spoken(200))}
    found = []
    for name, content in sounds.items():
        path = tmp_path / f"{name}.wav"
        path.write_bytes(content)
        found.append(Recording(path, "joy", name, "made", f"made/{name}"))
    return found


def refuse(*_: object) -> np.ndarray:
    raise AssertionError("a recording was decoded again")


def test_clips_lie_end_to_end_and_a_broken_file_is_left_out(
    recordings: list[Recording], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[int, int]] = []
    store, kept = store_frames(
        recordings, EXTRACTOR, tmp_path / "work", lambda *progress: told.append(progress)
    )
    assert [r.speaker for r in kept] == ["low", "high"]
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert "left out: broken.wav" in caplog.text
    assert told == [(1, 3), (2, 3), (3, 3)]
    for item, recording in enumerate(kept):
        levels = clip_levels(recording.path, EXTRACTOR)
        assert store.lengths()[item] == len(levels)
        np.testing.assert_array_equal(store.clip(item), levels.astype(np.float16))
        assert store.clip(item).dtype == np.float32
    assert len(store.levels) == store.lengths().sum()


def test_a_store_is_computed_once(
    recordings: list[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, kept = store_frames(recordings, EXTRACTOR, tmp_path / "work")
    monkeypatch.setattr(audio_frames, "clip_levels", refuse)
    again, same = store_frames(recordings, EXTRACTOR, tmp_path / "work")
    assert [r.path for r in same] == [r.path for r in kept]
    np.testing.assert_array_equal(again.levels, first.levels)


def test_a_store_that_was_not_finished_is_computed_again(
    recordings: list[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(RuntimeError): ...

    def kill(done: int, _total: int) -> None:
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        store_frames(recordings, EXTRACTOR, tmp_path / "work", kill)
    store, kept = store_frames(recordings, EXTRACTOR, tmp_path / "work")
    assert len(kept) == 2
    assert len(store.levels) == store.ends[-1]


def test_stores_of_other_settings_or_other_files_do_not_mix(
    recordings: list[Recording], tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    first, _ = store_frames(recordings, EXTRACTOR, folder)
    before = first.clip(0)
    other, _ = store_frames(recordings, FeatureExtractor(FeatureConfig(bins=24)), folder)
    assert (first.clip(0).shape[1], other.clip(0).shape[1]) == (16, 24)
    fewer, _ = store_frames(recordings[:1], EXTRACTOR, folder)
    assert len(fewer.levels) == first.lengths()[0]
    recordings[0].path.write_bytes(wav_bytes(spoken(150, count=6)))
    changed, _ = store_frames(recordings, EXTRACTOR, folder)
    assert changed.lengths()[0] > len(before)
    np.testing.assert_array_equal(first.clip(0), before)
    assert len({s.path for s in (first, other, fewer, changed)}) == 4


def test_a_profile_is_the_mean_and_deviation_of_its_clips(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    clips = [rng.normal(-4, 3, (frames, 5)) for frames in (7, 20, 33)]
    clips[2][:, 4] = clips[0][:, 4] = -2.0  # a bin in which nothing happens
    store = frame_store(tmp_path / "frames.raw", clips)
    profile = store.profile(np.array([0, 2]))
    joined = np.concatenate([clips[0], clips[2]]).astype(np.float16).astype(np.float64)
    np.testing.assert_allclose(profile.mean, joined.mean(0), rtol=1e-5)
    np.testing.assert_allclose(profile.deviation, [*joined.std(0)[:4], 1e-2], rtol=1e-5)


def test_a_clip_goes_from_the_first_to_the_last_speech(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    silence = noise(2, level=1e-4)
    talk = syllables(5)
    path.write_bytes(wav_bytes(np.concatenate([silence, talk, silence[:RATE], talk, silence])))
    seconds = len(clip_levels(path, EXTRACTOR)) * 256 / RATE
    assert 2.2 < seconds < 3.6  # of 7 s


def test_what_holds_no_speech_is_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "hiss.wav"
    hiss = noise(1, level=0.01)
    path.write_bytes(wav_bytes(hiss))
    np.testing.assert_allclose(
        clip_levels(path, EXTRACTOR), EXTRACTOR.levels(EXTRACTOR.frames(hiss)), atol=0.1
    )


def test_too_little_to_train_on(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    wide = FeatureExtractor(FeatureConfig(window=2048, hop=2048))
    path.write_bytes(wav_bytes(noise(0.5)))
    assert len(wide.frames(noise(0.5))) < LEAST_FRAMES
    with pytest.raises(InvalidInput, match=r"short\.wav: 0\.50 s are too short to train on"):
        clip_levels(path, wide)


def test_nothing_readable(
    recordings: list[Recording], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(InvalidInput, match="none of the record"):
        store_frames(recordings[1:2], EXTRACTOR, tmp_path / "work")
