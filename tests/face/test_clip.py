"""What is read of a video for a network that answers whole clips."""

from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face.align import CropConfig, crop_faces
from emotion_core.face.clip import ClipConfig, network_input, read_clip, spread
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.types import Faces
from tests.training.clips import numbered, write_clip

FRAMES = 4
RED, BLUE = (200, 0, 0), (0, 0, 200)


# frames of a video


@pytest.mark.parametrize("count", [1, 3, 4, 7, 8, 9, 60, 61])
def test_frames_are_evenly_spread_over_a_video_of_any_length(tmp_path: Path, count: int) -> None:
    """However long it is, and without knowing that before its end."""
    path = write_clip(tmp_path / "clip.mkv", numbered(count))
    clip = read_clip(path, ClipConfig(FRAMES, 16))
    assert clip.shape == (FRAMES, 16, 16, 3)
    assert clip.dtype == np.uint8
    chosen = clip[:, 8, 8, 0] // 2
    step = count / FRAMES
    assert chosen[0] == 0
    assert chosen[-1] >= count - 1 - step
    gaps = np.diff(chosen.astype(int))
    assert (gaps >= 0).all()
    if count >= 2 * FRAMES:
        assert (np.abs(gaps - (count - 1) / (FRAMES - 1)) < step).all()
    else:
        np.testing.assert_array_equal(chosen, spread(count, FRAMES))


def test_ten_frames_a_second_are_looked_at(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "fast.mkv", numbered(60), rate=60)
    seen = read_clip(path, ClipConfig(10, 16))[:, 8, 8, 0] // 2
    assert np.abs(seen - np.arange(0, 60, 6)).max() <= 1


def test_whole_frames_are_squeezed_to_a_square(tmp_path: Path) -> None:
    wide = np.zeros((2, 20, 60, 3), np.uint8)
    wide[:, :, 30:] = 240
    (frame,) = read_clip(write_clip(tmp_path / "wide.mkv", wide), ClipConfig(1, 10))
    assert (frame[:, :5] == 0).all()
    assert (frame[:, 5:] == 240).all()


class Squares:
    """Takes every square of one colour for a face, whose landmarks lie where faces have them."""

    def detect(self, frame: np.ndarray) -> Faces:
        boxes, landmarks = [], []
        places = np.array(CropConfig().landmarks)
        for colour in (RED, BLUE):
            inside = np.all(np.abs(frame.astype(int) - colour) < 40, axis=2)
            if not inside.any():
                continue
            rows, columns = (np.flatnonzero(np.any(inside, axis=k)) for k in (1, 0))
            box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
            boxes.append(box)
            landmarks.append(box[:2] + places * (box[2:] - box[:2]))
        if not boxes:
            return Faces.empty()
        count = len(boxes)
        return Faces(np.array(boxes), np.ones(count), np.zeros(count), np.array(landmarks))

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        found = self.detect(frame)
        rows = [
            int(np.argmin(np.abs(found.boxes_xyxy - box).sum(1))) if len(found) else -1
            for box in boxes_xyxy
        ]
        if -1 in rows:
            count = len(rows)
            lost = np.full((count, 5, 2), np.nan)
            return Faces(boxes_xyxy, np.zeros(count), np.zeros(count), lost)
        return found.take(np.array(rows))


def filmed(frames: int, *, gap: range = range(0)) -> np.ndarray:
    """(frame, y, x, 3): a small red face, and a large blue one that a gap may interrupt."""
    film = np.full((frames, 120, 200, 3), 90, np.uint8)
    film[:, 10:40, 10:40] = RED
    for time in range(frames):
        if time not in gap:
            film[time, 20:90, 100:170] = BLUE
    return film


@pytest.mark.parametrize("channels", [1, 3])
def test_the_face_that_fills_most_of_the_clip_is_cut_out(tmp_path: Path, channels: int) -> None:
    path = write_clip(tmp_path / "two.mkv", filmed(12))
    config = ClipConfig(6, 48, CropConfig(size=24, channels=channels))
    clip = read_clip(path, config, Squares())
    assert clip.shape == ((6, 24, 24, 3) if channels == 3 else (6, 24, 24))
    expected = BLUE if channels == 3 else round(0.114 * BLUE[2])
    assert (np.abs(clip[:, 6:18, 6:18].astype(int) - expected) <= 2).all()


def test_frames_without_the_face_are_skipped(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "gap.mkv", filmed(16, gap=range(5, 9)))
    clip = read_clip(path, ClipConfig(8, 48, CropConfig(size=24, channels=3)), Squares())
    assert (np.abs(clip[:, 12, 12].astype(int) - BLUE) <= 2).all()


def test_a_video_without_a_face(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "none.mkv", np.full((5, 60, 60, 3), 90, np.uint8))
    config = ClipConfig(4, 48, CropConfig(size=24))
    with pytest.raises(InvalidInput, match=r"expected a video with a face, found none in \d\.\d s"):
        read_clip(path, config, Squares())
    with pytest.raises(InvalidInput, match="expected a detector of the faces"):
        read_clip(path, config)


def test_no_video_at_all(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"no video")
    with pytest.raises(InvalidInput):
        read_clip(tmp_path / "x.mp4", ClipConfig(4, 16))


def test_a_real_face_that_moves_stays_in_its_place(
    tmp_path: Path, astronaut: np.ndarray, mtcnn: Mtcnn
) -> None:
    film = [astronaut[:300, 100 + x : 400 + x] for x in range(0, 48, 4)]
    config = ClipConfig(6, 64, CropConfig(size=48, channels=3))
    assert config.crop is not None
    clip = read_clip(write_clip(tmp_path / "film.mkv", film), config, mtcnn)
    (expected,) = crop_faces(film[0], mtcnn.detect(film[0]), config.crop)
    for face in clip:
        assert np.corrcoef(face.ravel(), expected.ravel())[0, 1] > 0.95


@pytest.mark.data
def test_a_smile_is_seen_at_the_mouth(pyfeat: Path, mtcnn: Mtcnn) -> None:
    config = ClipConfig(8, 48, CropConfig(size=48))
    clip = read_clip(pyfeat / "single_face.mp4", config, mtcnn).astype(float)
    change = np.abs(clip[-1] - clip[0])
    assert change[30:].mean() > 1.3 * change[:24].mean()


@pytest.mark.data
def test_a_face_that_leaves(pyfeat: Path, mtcnn: Mtcnn) -> None:
    config = ClipConfig(4, 48, CropConfig(size=48))
    assert read_clip(pyfeat / "face_noface.mov", config, mtcnn).shape == (4, 48, 48)
    with pytest.raises(InvalidInput, match=r"expected a video with a face, found none in \d\.\d s"):
        read_clip(pyfeat / "no_face.mp4", config, mtcnn)


# what a network reads


def test_network_input_is_chosen_scaled_and_in_order() -> None:
    frames = numbered(7, size=16)
    frames[:, :, :, 2] = 0
    found = network_input(frames, ClipConfig(3, 16))
    assert found.shape == (3, 3, 16, 16)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, 0, 0, 0], np.array([0, 6, 12]) / 255, rtol=1e-6)
    assert (found[:, 2] == 0).all()


def test_network_input_of_another_size() -> None:
    frames = np.zeros((2, 8, 8), np.uint8)
    frames[:, :, 4:] = 255
    config = ClipConfig(2, 16, CropConfig(size=8, channels=1))
    large, small = network_input(frames, config), network_input(frames[:, :2, :2], config)
    assert large.shape == small.shape == (2, 1, 16, 16)
    assert (large[..., :6] == 0).all()
    assert (large[..., 10:] == 1).all()
    assert (np.diff(large, axis=-1) >= 0).all()
    halved = network_input(frames, ClipConfig(2, 4, config.crop))
    np.testing.assert_array_equal(halved[0, 0, 0], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("frames", "channels", "message"),
    [
        (np.zeros((2, 8, 8), np.uint8), 3, r"expected frames \(frame, y, x, 3\) RGB, got shape"),
        (np.zeros((2, 8, 8, 3), np.uint8), 1, r"expected frames \(frame, y, x\) grey, got shape"),
        (np.zeros((8, 8), np.uint8), 1, r"got shape \(8, 8\)"),
        (np.zeros((0, 8, 8, 3), np.uint8), 3, r"got shape \(0, 8, 8, 3\)"),
        (np.zeros((2, 8, 8, 3)), 3, "expected frames of uint8, got float64"),
    ],
)
def test_frames_of_another_kind(frames: np.ndarray, channels: int, message: str) -> None:
    config = ClipConfig(2, 8, CropConfig(size=8, channels=channels))
    with pytest.raises(InvalidInput, match=message):
        network_input(frames, config)


def test_settings_are_kept_and_checked() -> None:
    for crop in (None, CropConfig(size=96, channels=3)):
        config = ClipConfig(12, 64, crop)
        assert ClipConfig.from_dict(config.as_dict()) == config
    for frames, size in ((0, 8), (3, 0)):
        with pytest.raises(InvalidInput, match="expected one frame or more of one px or more"):
            ClipConfig(frames, size)
    for content in ({}, {"frames": 3, "size": "x", "crop": None}, {"frames": 3, "crop": None}):
        with pytest.raises(InvalidInput, match="expected frames, size and crop of a clip, got"):
            ClipConfig.from_dict(content)
