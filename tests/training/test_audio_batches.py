"""What a training step reads, from frames whose content is known."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.analysis import VoiceProfile
from emotion_core.training.audio_augment import Augmentation
from emotion_core.training.audio_batches import AudioSplit, TrainingBatches
from emotion_core.training.audio_config import AudioConfig
from tests.training.voices import frame_store, tiny_config

BINS, LABELS, CLIPS = 16, 3, 45
PLAIN = [f"augmentation.{name}=0.0" for name in (
    "time_scale", "frequency_scale", "gain", "response", "noise", "mixup",
)] + ["augmentation.masks=0"]  # fmt: skip


def make_batches(
    folder: Path, config: AudioConfig, lengths: np.ndarray | None = None, run: int = 0
) -> TrainingBatches:
    """Clip i is of level i throughout and of voice `v<i % 4>`, which its profile takes to 100."""
    lengths = np.random.default_rng(0).integers(20, 120, CLIPS) if lengths is None else lengths
    clips = [np.full((n, BINS), i, np.float32) for i, n in enumerate(lengths)]
    allowed = np.ones((len(clips), LABELS), np.float32)
    allowed[::3, 2] = 0
    targets = np.eye(LABELS)[np.arange(len(clips)) % 2]
    voices = [f"v{i % 4}" for i in range(len(clips))]
    split = AudioSplit(np.arange(len(clips)), targets, allowed, voices)
    profiles = {v: VoiceProfile(np.full(BINS, -100.0), np.ones(BINS)) for v in set(voices)}
    profiles[""] = VoiceProfile(np.zeros(BINS), np.ones(BINS))
    store = frame_store(folder / f"frames-{len(list(folder.iterdir()))}.raw", clips)
    return TrainingBatches(config, split, store, profiles, run)


def clips_of(batches: TrainingBatches) -> list[int]:
    """Which clip each image of an epoch was cut from, by its level."""
    levels = (b.images[:, 0, 0, 0] for b in map(batches.__getitem__, range(len(batches))))
    return [round(float(x)) % 100 for x in chain.from_iterable(levels)]


@pytest.mark.parametrize("size", [4, 7, 16, 100])
def test_an_epoch_holds_every_clip_once(tmp_path: Path, size: int) -> None:
    batches = make_batches(tmp_path, tiny_config("x", *PLAIN, f"batch_size={size}"))
    for epoch in range(3):
        batches.set_epoch(epoch)
        assert sorted(clips_of(batches)) == list(range(CLIPS))
    sizes = [len(rows) for rows in batches.batches]
    assert min(sizes) >= min(CLIPS, size // 2)
    assert max(sizes) <= size + size // 2
    assert len(batches) == len(sizes)


def test_no_frame_is_padding(tmp_path: Path) -> None:
    batches = make_batches(tmp_path, tiny_config("x", *PLAIN))
    lengths = batches.store.lengths()
    for place, rows in enumerate(batches.batches):
        images = batches[place].images.numpy()
        assert images.shape == (len(rows), 1, BINS, images.shape[3])
        assert images.shape[3] % 8 == 0
        assert 0.8 * lengths[rows].min() - 9 < images.shape[3] <= lengths[rows].min()
        np.testing.assert_allclose(np.ptp(images, (1, 2, 3)), 0, atol=1e-3)


def test_clips_of_similar_length_share_a_batch(tmp_path: Path) -> None:
    batches = make_batches(tmp_path, tiny_config("x"))
    lengths = [batches.store.lengths()[rows] for rows in batches.batches]
    assert np.mean([n.max() / n.min() for n in lengths]) < 2


def test_a_resume_repeats_the_batches(tmp_path: Path) -> None:
    config = tiny_config("x", "augmentation.mixup=0.3")
    first, again = make_batches(tmp_path, config), make_batches(tmp_path, config)
    first.set_epoch(3)
    again.set_epoch(3)
    for place in reversed(range(len(first))):
        for one, other in zip(first[place], again[place], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("epoch", "run", "seed"), [(1, 0, 42), (0, 1, 42), (0, 0, 43)])
def test_another_epoch_run_or_seed_draws_others(
    tmp_path: Path, epoch: int, run: int, seed: int
) -> None:
    batches = make_batches(tmp_path, tiny_config("x"))
    others = make_batches(tmp_path, tiny_config("x", f"seed={seed}"), run=run)
    others.set_epoch(epoch)
    assert [b.tolist() for b in batches.batches] != [b.tolist() for b in others.batches]
    assert not np.array_equal(batches[0].images, others[0].images)


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.3, 0.15, 0.45), (1.0, 1, 1)])
def test_the_own_profile_is_used_for_its_share(
    tmp_path: Path, share: float, low: float, high: float
) -> None:
    batches = make_batches(tmp_path, tiny_config("x", *PLAIN, f"own_profile={share}"))
    own = []
    for epoch in range(4):
        batches.set_epoch(epoch)
        own += [b.images[:, 0, 0, 0].numpy() > 80 for b in map(batches.__getitem__, range(8))]
    assert low <= np.concatenate(own).mean() <= high


def test_each_clip_gets_the_profile_of_its_own_voice(tmp_path: Path) -> None:
    batches = make_batches(tmp_path, tiny_config("x", *PLAIN, "own_profile=1.0"))
    for i in range(4):
        batches.profiles[f"v{i}"] = VoiceProfile(np.full(BINS, -1000.0 * i), np.ones(BINS))
    for place, rows in enumerate(batches.batches):
        found = batches[place].images[:, 0, 0, 0].numpy()
        np.testing.assert_allclose(found, rows + 1000 * (rows % 4), atol=0.1)


def test_short_clips_are_said_again(tmp_path: Path) -> None:
    lengths = np.array([3, 5, 8, 9])
    config = tiny_config("x", *PLAIN, "network.least_frames=16")
    batches = make_batches(tmp_path, config, lengths)
    assert batches[0].images.shape == (4, 1, BINS, 16)
    assert sorted(clips_of(batches)) == [0, 1, 2, 3]


def test_targets_and_allowed_labels_are_the_clips_own(tmp_path: Path) -> None:
    batches = make_batches(tmp_path, tiny_config("x"))
    for place, rows in enumerate(batches.batches):
        np.testing.assert_array_equal(batches[place].targets, batches.split.targets[rows])
        np.testing.assert_array_equal(batches[place].allowed, batches.split.allowed[rows])


def test_mixup_mixes_images_and_targets_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mix(_self: Augmentation, items: int) -> tuple[float, np.ndarray]:
        return 0.25, np.arange(items)[::-1]

    monkeypatch.setattr(Augmentation, "mix", mix)
    batches = make_batches(
        tmp_path, tiny_config("x", *PLAIN, "augmentation.mixup=0.5", "own_profile=0.0")
    )
    for place, rows in enumerate(batches.batches):
        images, targets, allowed = (x.numpy() for x in batches[place])
        partners = rows[::-1]
        np.testing.assert_allclose(images[:, 0, 0, 0], 0.25 * rows + 0.75 * partners, atol=1e-3)
        np.testing.assert_array_equal(
            allowed, np.maximum(batches.split.allowed[rows], batches.split.allowed[partners])
        )
        np.testing.assert_allclose(targets.sum(1), 1, atol=1e-6)
        assert (targets[allowed == 0] == 0).all()
        own = batches.split.targets[rows] @ [0, 1, 0]
        other = batches.split.targets[partners] @ [0, 1, 0]
        least = 0.9 * (0.25 * own + 0.75 * other)
        assert ((targets[:, 1] >= least) & (targets[:, 1] <= least + 0.1)).all()


def test_some_of_a_split(tmp_path: Path) -> None:
    split = make_batches(tmp_path, tiny_config("x")).split
    some = split.take(np.array([4, 1]))
    assert len(some) == 2
    assert some.items.tolist() == [4, 1]
    assert some.voices == ["v0", "v1"]
    np.testing.assert_array_equal(some.targets, split.targets[[4, 1]])
    np.testing.assert_array_equal(some.allowed, split.allowed[[4, 1]])
