"""The batches of clips that training reads."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_core.datasets.corpora import Recording
from emotion_core.face.clip import ClipConfig, network_input
from emotion_core.training.video_batches import TrainingClips, WholeClips
from emotion_core.training.video_data import StoredClips, store_clips
from tests.training.clips import FRAMES, SIZE, bar, numbered, tiny_config, write_clip

LABELS = ("anger", "joy")
STILL = [
    f"augmentation.{name}=0.0"
    for name in ("rotation", "scale", "shift", "contrast", "gamma", "erasing", "mixup")
]


@pytest.fixture
def stored(tmp_path: Path) -> StoredClips:
    """Ten clips, each as bright as its number; all but one of the first class."""
    config, made = ClipConfig(FRAMES, SIZE), []
    for number in range(10):
        path = write_clip(tmp_path / f"{number}.mkv", numbered(FRAMES) + np.uint8(20 * number))
        made.append(Recording(path, LABELS[number == 0], "", "data", ""))
    return store_clips(made, LABELS, config, tmp_path / "work")


def whole(batches: TrainingClips) -> list[list[int]]:
    """Which clips each batch holds, by their brightness."""
    return [
        [round(float(clip[0].mean() * 255)) // 20 for clip in batches[i].clips]
        for i in range(len(batches))
    ]


def test_each_epoch_holds_every_clip_once_in_its_own_order(stored: StoredClips) -> None:
    batches = TrainingClips(tiny_config("x", *STILL), stored)
    seen = []
    for epoch in (0, 1, 0):
        batches.set_epoch(epoch)
        seen.append(whole(batches))
        assert sorted(clip for batch in seen[-1] for clip in batch) == list(range(10))
        assert [len(batch) for batch in seen[-1]] == [4, 3, 3]
    assert seen[0] == seen[2] != seen[1]


def test_an_unchanged_batch_is_what_is_served_or_its_mirror_image(stored: StoredClips) -> None:
    path = stored.files[0]
    np.save(path, bar("joy", 3))
    one = StoredClips([path], stored.recordings[:1], stored.targets[:1])
    config = tiny_config("x", *STILL)
    batches, seen = TrainingClips(config, one), set()
    expected = network_input(bar("joy", 3), config.clip_config())
    for epoch in range(8):
        batches.set_epoch(epoch)
        (found,) = batches[0].clips.numpy()
        mirrored = not np.allclose(found, expected, atol=1e-3)
        seen.add(mirrored)
        np.testing.assert_allclose(found, expected[..., ::-1] if mirrored else expected, atol=1e-3)
        assert batches[0].targets.tolist() == [[0, 1]]
    assert seen == {True, False}


def test_all_frames_of_a_clip_are_changed_alike(tmp_path: Path) -> None:
    still = np.repeat(bar("joy", 3)[:1], FRAMES, 0)
    clip = Recording(write_clip(tmp_path / "a.mkv", still), "joy", "", "data", "")
    stored = store_clips([clip, clip], LABELS, ClipConfig(FRAMES, SIZE), tmp_path / "work")
    batches = TrainingClips(tiny_config("x", "augmentation.erasing=1.0"), stored)
    first, second = batches[0].clips
    for changed in (first, second):
        for frame in changed[1:]:
            torch.testing.assert_close(frame, changed[0])
        assert (changed >= 0).all()
        assert (changed <= 1).all()
    assert not torch.allclose(first, second, atol=0.1)


def test_mixup_blends_clips_and_their_labels(stored: StoredClips) -> None:
    batches = TrainingClips(tiny_config("x", *STILL[:-1], "augmentation.mixup=1.0"), stored)
    targets = torch.cat([batches[i].targets for i in range(len(batches))])
    torch.testing.assert_close(targets.sum(1), torch.ones(10))
    assert ((targets > 0.01) & (targets < 0.99)).any()


@pytest.mark.parametrize(("crop", "channels"), [(24, 3), (24, 1), (48, 1)])
def test_kept_crops_are_brought_to_the_size_that_is_read(
    crop: int, channels: int, tmp_path: Path
) -> None:
    shape = (FRAMES, crop, crop, 3)[: 3 + (channels == 3)]
    smooth = np.broadcast_to(np.linspace(0, 255, crop)[:, None], (crop, crop))
    frames = smooth[..., None] if channels == 3 else smooth
    frames = np.broadcast_to(frames, shape).astype(np.uint8)
    np.save(tmp_path / "a.npy", frames)
    stored = StoredClips(
        [tmp_path / "a.npy"], [Recording(Path("a.mkv"), "joy", "", "x", "")], np.eye(2)[1:]
    )
    config = tiny_config("x", f"clip.crop_size={crop}", f"clip.crop_channels={channels}", *STILL)
    served, trained = WholeClips(config, stored)[0], TrainingClips(config, stored)[0]
    assert served.clips.shape == trained.clips.shape == (1, FRAMES, channels, SIZE, SIZE)
    torch.testing.assert_close(served.clips, trained.clips, atol=0.03, rtol=0)


def test_whole_clips_come_one_by_one(stored: StoredClips) -> None:
    config = tiny_config("x")
    served = list(WholeClips(config, stored))  # type: ignore[call-overload]
    assert len(served) == 10
    for place, batch in enumerate(served):
        expected = network_input(np.asarray(stored.frames(place)), config.clip_config())
        np.testing.assert_array_equal(batch.clips[0], expected)
        np.testing.assert_array_equal(batch.targets[0], stored.targets[place])
