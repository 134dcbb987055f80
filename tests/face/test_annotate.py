"""Annotated videos: what is drawn when and where, what is hidden, and what stays as it was."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face import film
from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.face.annotate import annotate_video
from emotion_core.face.draw import RGB
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.face.pipeline import FaceModel
from emotion_core.labels import EKMAN7
from emotion_core.registry import find
from emotion_core.types import EmotionScores, EmotionTimeline, Faces
from tests.bundles import write_face_bundle
from tests.face.conftest import data_folder

Times = Sequence[float] | np.ndarray

JOY, ANGER = (250, 151, 0), (178, 24, 0)
COLOURS: dict[str, RGB] = {"joy": JOY, "anger": ANGER}
HZ = 44_100
CLICK_S = 1.0
SIDE = 120
"""px of the face, a chessboard that moves to the right"""
SPEED = 100.0
"""px a second, for two seconds"""


def box_at(time_s: float) -> tuple[float, float, float, float]:
    left = 120 + SPEED * min(time_s, 2.0)
    return left, 160, left + SIDE, 160 + SIDE


def scene(time_s: float) -> np.ndarray:
    """Grey ground, and where a person is, a chessboard."""
    frame = np.full((480, 640, 3), 110, np.uint8)
    left, top, right, bottom = (round(v) for v in box_at(time_s))
    squares = np.indices((bottom - top, right - left)).sum(0) // 8 % 2
    frame[top:bottom, left:right] = (255 * squares[..., None]).astype(np.uint8)
    return frame


def click(duration_s: float) -> np.ndarray:
    """Silence with a loud beep of 0.1 s from `CLICK_S` on, (time,)."""
    time_s = np.arange(round(duration_s * HZ)) / HZ
    loud = (time_s >= CLICK_S) & (time_s < CLICK_S + 0.1)
    return (0.8 * loud * np.sin(2 * np.pi * 880 * time_s)).astype(np.float32)


def write_video(
    path: Path,
    times_s: Times,
    *,
    codec: str = "libx264",
    sound: str | None = None,
    sound_s: float | None = None,
    picture: Callable[[float], np.ndarray] = scene,
    rate: int = 25,
    turn: int = 0,
) -> Path:
    """A file of the kind that its ending tells, one frame at each of the times."""
    height, width = picture(times_s[0]).shape[:2]
    with av.open(str(path), "w") as container:
        shown: Any = container.add_stream(codec, rate=rate)
        shown.width, shown.height, shown.pix_fmt = width, height, "yuv420p"
        if turn:
            shown.set_display_rotation(turn)
        ticks = Fraction(1, 90_000 if codec == "libx264" else rate)
        shown.codec_context.time_base = ticks
        heard: Any = container.add_stream(sound, rate=HZ, layout="mono") if sound else None
        for at in times_s:
            frame = av.VideoFrame.from_ndarray(picture(at), "rgb24")
            frame.pts, frame.time_base = round(at / ticks), ticks
            container.mux(shown.encode(frame))
        container.mux(shown.encode())
        if heard:
            samples = click(times_s[-1] + 1 / rate if sound_s is None else sound_s)
            frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
            frame.sample_rate, frame.pts = HZ, 0
            cut = av.AudioResampler(heard.format, "mono", HZ, heard.frame_size or 1024)
            for part in [*cut.resample(frame), *cut.resample(None)]:
                container.mux(heard.encode(part))
            container.mux(heard.encode())
    return path


class Shown(NamedTuple):
    """What a player makes of a file."""

    times_s: np.ndarray
    frames: list[np.ndarray]
    samples: np.ndarray
    sound_start_s: float
    codecs: tuple[str, ...]


def play(source: Path | bytes) -> Shown:
    content = source.read_bytes() if isinstance(source, Path) else source
    codecs, times, frames, pieces, start, rate = [], [], [], [], 0.0, HZ
    with av.open(io.BytesIO(content), "r") as container:
        codecs = [s.codec_context.codec.canonical_name for s in container.streams]
        origin = 0.0 if "mp4" in container.format.name else (container.start_time or 0) / 1e6
        for frame in container.decode(video=0):
            times.append((frame.time or 0.0) - origin)
            frames.append(frame.to_ndarray(format="rgb24"))
    with av.open(io.BytesIO(content), "r") as container:
        for frame in container.decode(audio=0) if container.streams.audio else ():
            start = start if pieces else (frame.time or 0.0) - origin
            rate = frame.sample_rate
            values = frame.to_ndarray().astype(np.float64)
            values = (
                values.reshape(-1, frame.layout.nb_channels).T if frame.format.is_packed else values
            )
            pieces.append(values.mean(0))
    samples = np.concatenate(pieces) if pieces else np.zeros(0)
    assert rate == HZ
    return Shown(np.array(times), frames, samples, start, tuple(codecs))


def person(
    times_s: Times,
    *,
    track_id: int = 1,
    labels: Sequence[str] | None = None,
    uncertain: bool = False,
    boxes: Callable[[float], tuple[float, ...]] = box_at,
    scale: float = 1.0,
) -> Person:
    """Somebody seen at these times, as sure as can be of a label each."""
    count, names = len(times_s), labels or ["joy"] * len(times_s)
    p = np.array([[float(x == name) for x in EKMAN7] for name in names])
    faces = Faces(
        scale * np.array([boxes(t) for t in times_s], float).reshape(-1, 4),
        np.ones(count),
        np.full(count, track_id),
        np.full((count, 5, 2), np.nan),
    )
    times = np.array(times_s, float)
    return Person(
        track_id=track_id,
        times_s=times,
        faces=faces,
        probabilities=p,
        uncertain=np.full(count, uncertain),
        scores=EmotionScores(EKMAN7, p[0]),
        timeline=EmotionTimeline(np.stack([times, times + 0.2], 1), p, EKMAN7),
        peaks=np.zeros(0, np.int64),
        thumbnails=np.zeros((0, 96, 96, 3), np.uint8),
    )


def analysis(
    *people: Person, until_s: float = 2.0, fps: float = 5.0, times_s: Times | None = None
) -> VideoAnalysis:
    sampled = np.arange(round(until_s * fps)) / fps if times_s is None else np.array(times_s)
    return VideoAnalysis(EKMAN7, people, sampled, until_s, fps, (640, 480))


def annotated(source: Path | bytes, seen: VideoAnalysis, **options: Any) -> tuple[Shown, Any]:
    target = io.BytesIO()
    notices = annotate_video(source, seen, target, colours=COLOURS, **options)
    return play(target.getvalue()), notices


def is_near(frame: np.ndarray, colour: RGB, tolerance: int = 70) -> np.ndarray:
    """(height, width) where a coded frame has about a colour."""
    return np.abs(frame.astype(int) - colour).sum(-1) <= tolerance


def drawn_box(frame: np.ndarray, colour: RGB) -> tuple[float, float] | None:
    """Left and right of the box of a colour, from its sides; None where there is none."""
    ink = is_near(frame, colour)[190:250].mean(0) > 0.5
    columns = np.flatnonzero(ink)
    return (float(columns[0]), float(columns[-1])) if len(columns) else None


EVERY = np.arange(50) / 25
SAMPLED = np.arange(10) / 5


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


def test_a_path_as_target_is_written_whole_and_leaves_nothing_else(
    clip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "ergebnis ü.mp4"
    target.write_text("an older file")
    annotate_video(clip, analysis(person(SAMPLED)), target)
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    content = target.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    stream = io.BytesIO()
    annotate_video(clip.read_bytes(), analysis(person(SAMPLED)), stream)
    assert 0 < stream.getvalue().index(b"moov") < stream.getvalue().index(b"mdat")
    assert len(play(target).frames) == len(play(stream.getvalue()).frames) == 50


def test_the_target_may_be_the_source(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", EVERY, sound="aac")
    annotate_video(path, analysis(person(SAMPLED)), path, colours=COLOURS)
    after = play(path)
    assert len(after.frames) == 50
    assert drawn_box(after.frames[0], JOY) is not None


def test_what_goes_wrong_leaves_an_older_file_as_it_was(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    target.write_text("an older file")

    def fail() -> bool:
        raise KeyError("the page was closed")

    with pytest.raises(KeyError, match="the page was closed"):
        annotate_video(clip, analysis(), target, should_stop=fail)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["an older file"]


def test_a_target_that_cannot_be_written_is_named(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be written .*missing.*choose another place"):
        annotate_video(clip, analysis(), tmp_path / "missing" / "a.mp4")


def test_a_target_that_cannot_be_read_back_is_refused(clip: Path, tmp_path: Path) -> None:
    with (
        (tmp_path / "a.mp4").open("wb") as target,
        pytest.raises(InvalidInput, match="the video cannot be written"),
    ):
        annotate_video(clip, analysis(), target)


def test_a_source_that_is_no_video_leaves_no_target(tmp_path: Path) -> None:
    path, target = tmp_path / "a.mp4", tmp_path / "b.mp4"
    path.write_bytes(b"no video")
    with pytest.raises(InvalidInput, match=r"a\.mp4: expected a video"):
        annotate_video(path, analysis(), target)
    assert not target.exists()


def test_stop_ends_the_video_there(clip: Path) -> None:
    asked = iter(range(100))
    after, notices = annotated(clip, analysis(), should_stop=lambda: next(asked) == 19)
    assert len(after.frames) == 20
    assert len(after.samples) < 1.2 * HZ
    assert notices[-1] == "stopped at 1 s; the rest was left out"


def test_progress_is_told_in_seconds(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", np.arange(125) / 25)
    told = []
    annotate_video(path, analysis(), io.BytesIO(), on_progress=lambda *x: told.append(x))
    done, expected = np.array(told, float).T
    assert (np.diff(done) > 0).all()
    assert len(done) >= 4
    assert done[-1] == pytest.approx(5.0, abs=0.05)
    np.testing.assert_allclose(expected, 5.0, atol=0.05)


def test_a_video_that_breaks_off_is_annotated_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", np.arange(250) / 25, sound="aac", sound_s=10.0)
    content = path.read_bytes()[: path.stat().st_size // 2]
    after, notices = annotated(content, analysis(person(SAMPLED), until_s=10.0))
    assert 20 < len(after.frames) < 200
    assert drawn_box(after.frames[3], JOY) is not None
    assert any("breaks off" in notice for notice in notices)


def test_without_an_encoder_for_h264(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "ENCODERS", {"libnothing": {}, "mpeg4": {}})
    before, (after, notices) = play(clip), annotated(clip, analysis(person(SAMPLED)))
    assert after.codecs == ("mpeg4", "aac")
    np.testing.assert_allclose(after.times_s, before.times_s, atol=2e-5)
    assert drawn_box(after.frames[0], JOY) is not None
    assert notices == ("no encoder for H.264 is installed: most browsers will not play this video",)


def test_labels_in_every_alphabet(clip: Path) -> None:
    labels = ("喜び", "dégoût")
    p = np.tile([0.9, 0.1], (10, 1))
    somebody = person(SAMPLED)
    foreign = replace(somebody, probabilities=p)
    seen = VideoAnalysis(labels, (foreign,), SAMPLED, 2.0, 5.0, (640, 480))
    assert len(annotated(clip, seen)[0].frames) == 50


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    ["pyfeat/single_face.mp4", "pyfeat/face_noface.mov", "pyfeat/no_face.mp4", "grid/bbaf2n.mpg"],
)
def test_real_videos(name: str) -> None:
    path = data_folder("video") / name
    before = play(path)
    after, _ = annotated(path, analysis(until_s=9.0))
    np.testing.assert_allclose(after.times_s, before.times_s - before.times_s[0], atol=2e-5)
    assert len(after.samples) == pytest.approx(len(before.samples), abs=3 * 1024)
    assert after.sound_start_s == pytest.approx(before.sound_start_s, abs=0.05)
    for place in (0, -1):
        assert np.abs(after.frames[place].astype(int) - before.frames[place]).mean() < 8


@pytest.mark.data
def test_no_detector_finds_a_face_in_a_blurred_video(
    tmp_path: Path, pyfeat: Path, mtcnn: Mtcnn
) -> None:
    model = FaceModel(find(write_face_bundle(tmp_path / "face-fake")), detector=mtcnn)
    seen = model.analyse(pyfeat / "single_face.mp4")
    (somebody,) = seen.people
    assert somebody.seen_s > 2
    before = play(pyfeat / "single_face.mp4")
    after, _ = annotated(pyfeat / "single_face.mp4", seen, blur=True)
    faces = [[len(mtcnn.detect(f)) for f in shown.frames[::6]] for shown in (before, after)]
    assert faces == [[1] * 12, [0] * 12]
