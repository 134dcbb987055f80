"""Annotated videos: what is drawn when and where, what is hidden, and what stays as it was."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.face.analysis import Glimpses
from tests.face.annotated import (
    ANGER,
    EVERY,
    HZ,
    JOY,
    SAMPLED,
    analysis,
    annotated,
    box_at,
    drawn_box,
    is_near,
    person,
    play,
    scene,
    write_video,
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 25 frames a second with sound."""
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", EVERY, sound="aac")


@pytest.mark.parametrize(
    ("name", "codec", "sound", "kept"),
    [
        ("a.mp4", "libx264", "aac", True),
        ("a.mp4", "libx264", "libmp3lame", True),
        ("a.mov", "libx264", "pcm_s16le", False),
        ("a.mkv", "libx264", "flac", False),
        ("a.mkv", "libx264", "aac", True),
        ("a.avi", "mpeg4", "libmp3lame", True),
        ("a.mpg", "mpeg1video", "mp2", False),
        ("a.ts", "libx264", "aac", True),
        ("ä b.mp4", "mpeg4", None, True),
    ],
)
def test_frames_times_and_sound_stay(
    tmp_path: Path, name: str, codec: str, sound: str | None, kept: bool
) -> None:
    path = write_video(tmp_path / name, EVERY, codec=codec, sound=sound)
    before = play(path)
    after, notices = annotated(path, analysis(person(SAMPLED)))
    assert notices == ()
    assert len(after.frames) == len(before.frames) == 50
    assert after.frames[0].shape == (480, 640, 3)
    np.testing.assert_allclose(np.diff(after.times_s), np.diff(before.times_s), atol=1e-4)
    assert after.codecs[0] == "h264"
    if sound is None:
        assert after.codecs == ("h264",)
        return
    assert after.codecs[1] == (before.codecs[1] if kept else "aac")
    offsets = [s.sound_start_s - s.times_s[0] for s in (before, after)]
    onsets = [
        np.flatnonzero(np.abs(s.samples) > 0.3 * np.abs(s.samples).max())[0]
        for s in (before, after)
    ]
    assert onsets[1] / HZ + offsets[1] == pytest.approx(onsets[0] / HZ + offsets[0], abs=0.03)
    assert len(after.samples) == pytest.approx(len(before.samples), abs=3 * 1024)


def test_the_time_of_every_frame_stays_where_the_rate_varies(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(np.append(0.0, rng.uniform(0.01, 0.3, 30))).round(4)
    path = write_video(tmp_path / "a.mp4", times)
    seen = analysis(person(times[::3], scale=1), times_s=times[::3], until_s=times[-1])
    after, _ = annotated(path, seen)
    np.testing.assert_allclose(after.times_s, times, atol=2e-5)


def test_copied_sound_is_the_same_to_the_last_sample(clip: Path) -> None:
    before, (after, _) = play(clip), annotated(clip, analysis())
    np.testing.assert_array_equal(after.samples, before.samples)
    assert after.sound_start_s == before.sound_start_s


def test_sound_that_lasts_longer_than_the_picture_stays(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", EVERY, sound="aac", sound_s=4.0)
    before, (after, _) = play(path), annotated(path, analysis())
    assert len(after.samples) == len(before.samples) > 3.9 * HZ


def test_boxes_move_with_the_face_between_the_samples(clip: Path) -> None:
    after, _ = annotated(clip, analysis(person(SAMPLED)))
    for time_s, frame in zip(after.times_s[:46], after.frames, strict=False):
        left, _, right, _ = box_at(time_s)
        assert drawn_box(frame, JOY) == pytest.approx((left, right), abs=5)


def test_no_box_where_nobody_was_seen(clip: Path) -> None:
    seen = [t for t in SAMPLED if not 0.5 < t < 1.3]  # 0, 0.2, 0.4, then 1.4 and on
    after, _ = annotated(clip, analysis(person(seen)))
    with_box = np.array([drawn_box(f, JOY) is not None for f in after.frames])
    expected = (after.times_s < 0.599) | (after.times_s > 1.399)
    np.testing.assert_array_equal(with_box, expected)


def test_no_box_before_the_first_and_after_the_last_sight(clip: Path) -> None:
    after, _ = annotated(clip, analysis(person([0.8, 1.0])))
    with_box = after.times_s[[drawn_box(f, JOY) is not None for f in after.frames]]
    assert (with_box[0], with_box[-1]) == pytest.approx((0.8, 1.16), abs=1e-3)


def test_the_colour_is_that_of_the_nearest_sample(clip: Path) -> None:
    labels = ["joy"] * 5 + ["anger"] * 5  # anger from the sample at 1 s on
    after, _ = annotated(clip, analysis(person(SAMPLED, labels=labels)))
    for time_s, frame in zip(after.times_s, after.frames, strict=True):
        assert (drawn_box(frame, JOY) is not None) == (time_s < 0.901)
        assert (drawn_box(frame, ANGER) is not None) == (time_s > 0.901)


def test_uncertain_answers_are_dashed(clip: Path) -> None:
    sure, _ = annotated(clip, analysis(person(SAMPLED)))
    unsure, _ = annotated(clip, analysis(person(SAMPLED, uncertain=True)))
    ink = [is_near(s.frames[0], JOY)[170:270, 116:126].any(1).mean() for s in (sure, unsure)]
    assert ink[0] > 0.95
    assert 0.3 < ink[1] < 0.9


def detail(frame: np.ndarray, time_s: float) -> float:
    """How much the face's chessboard stands out."""
    left, top, right, bottom = (round(v) for v in box_at(time_s))
    inner = frame[top + 30 : bottom - 30, left + 30 : right - 30].mean(-1)
    return float(cv2.Laplacian(inner, cv2.CV_64F).std())


def test_blur_hides_every_face_that_was_seen_in_every_frame(clip: Path) -> None:
    plain, (hidden, notices) = play(clip), annotated(clip, analysis(person(SAMPLED)), blur=True)
    for time_s, before, after in zip(plain.times_s, plain.frames, hidden.frames, strict=True):
        assert detail(after, time_s) < 0.1 * detail(before, time_s)
        assert np.abs(after[400:].astype(int) - before[400:]).mean() < 3
    (message,) = notices
    assert message == (
        "a face that was not found is not blurred, and 0 of 50 frames have no blur at all; "
        "look through the video before you pass it on"
    )


def test_blur_bridges_short_gaps_and_says_what_it_left(tmp_path: Path) -> None:
    times = np.arange(150) / 25
    path = write_video(tmp_path / "a.mp4", times, picture=lambda t: scene(0.0))
    seen = [1.0, 1.2, 2.0, 4.4]
    still = person(seen, boxes=lambda _: box_at(0.0))
    after, notices = annotated(path, analysis(still, until_s=6.0), blur=True)
    hidden = np.array([detail(f, 0.0) for f in after.frames]) < 40
    expected = np.zeros(150, bool)
    for start, end in ((0.5, 2.5), (3.9, 4.9)):
        expected |= (after.times_s > start - 1e-3) & (after.times_s < end - 1e-3)
    np.testing.assert_array_equal(hidden, expected)
    assert f"and {(~expected).sum()} of 150 frames have no blur at all" in notices[0]


def test_blur_hides_a_face_that_one_sample_alone_shows(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", EVERY, picture=lambda t: scene(0.0))
    glimpses = Glimpses(np.array([1.0]), np.array([box_at(0.0)]))
    after, notices = annotated(path, replace(analysis(), glimpses=glimpses), blur=True)
    hidden = np.array([detail(f, 0.0) for f in after.frames]) < 40
    np.testing.assert_array_equal(hidden, (after.times_s > 0.499) & (after.times_s < 1.499))
    assert f"and {(~hidden).sum()} of 50 frames have no blur at all" in notices[0]


def test_frames_that_nobody_analysed(clip: Path) -> None:
    seen = analysis(person(SAMPLED[:3]), until_s=0.6)
    after, notices = annotated(clip, seen)
    assert notices == ("29 of 50 frames were not analysed and are as they were",)
    assert detail(after.frames[-1], 1.96) > 50
    after, notices = annotated(clip, seen, blur=True)
    assert notices[0] == "29 of 50 frames were not analysed and are blurred as a whole"
    for time_s, frame in zip(after.times_s[21:], after.frames[21:], strict=True):
        assert detail(frame, time_s) < 5


def test_two_people(clip: Path) -> None:
    other = person(SAMPLED, track_id=2, labels=["anger"] * 10, boxes=lambda _: (400, 160, 520, 280))
    after, _ = annotated(clip, analysis(person(SAMPLED), other))
    assert drawn_box(after.frames[10], JOY) == pytest.approx((160, 280), abs=5)
    assert drawn_box(after.frames[10], ANGER) == pytest.approx((400, 520), abs=5)


@pytest.mark.parametrize("size_wh", [(16, 16), (17, 33), (321, 241), (64, 1000)])
def test_frames_of_every_size(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    width, height = size_wh

    def ramp(_: float) -> np.ndarray:
        across = np.linspace(0, 255, width).astype(np.uint8)
        return np.broadcast_to(across[None, :, None], (height, width, 3)).copy()

    path = write_video(tmp_path / "a.mkv", EVERY[:10], codec="ffv1", picture=ramp)
    small = person([0.0, 0.2], boxes=lambda _: (2, 2, 12, 12))
    after, _ = annotated(path, analysis(small, until_s=0.4), blur=True)
    assert len(after.frames) == 10
    assert after.frames[0].shape == (height + height % 2, width + width % 2, 3)


def test_large_frames_shrink_and_boxes_with_them(tmp_path: Path) -> None:
    def large(time_s: float) -> np.ndarray:
        return cv2.resize(scene(time_s), (1920, 1440), interpolation=cv2.INTER_NEAREST)

    path = write_video(tmp_path / "a.mp4", EVERY[:6], picture=large)
    after, _ = annotated(path, analysis(person([0.0, 0.2], scale=3.0), until_s=0.4))
    assert after.frames[0].shape == (960, 1280, 3)
    columns = np.flatnonzero(is_near(after.frames[0], JOY)[380:500].mean(0) > 0.5)
    left, _, right, _ = box_at(0.0)
    assert (columns[0], columns[-1]) == pytest.approx((2 * left, 2 * right), abs=8)


def test_a_turned_video_is_upright(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", EVERY[:6], turn=-90)
    after, _ = annotated(path, analysis(until_s=0.4))
    upright = np.rot90(scene(0.0), -1)
    assert after.frames[0].shape == (640, 480, 3)
    assert np.abs(after.frames[0].astype(int) - upright).mean() < 6


def test_colours_stay(tmp_path: Path) -> None:
    bands = np.array([(250, 151, 0), (0, 90, 181), (178, 24, 0), (16, 186, 255), (128,) * 3])
    picture = np.repeat(np.repeat(bands[None], 96, 0), 64, 1).astype(np.uint8)
    path = write_video(tmp_path / "a.mkv", EVERY[:4], codec="ffv1", picture=lambda _: picture)
    before, (after, _) = play(path), annotated(path, analysis(until_s=0.2))
    for band in range(5):
        place = 48, 64 * band + 32
        np.testing.assert_allclose(
            after.frames[2][place], before.frames[2][place].astype(int), atol=8
        )
