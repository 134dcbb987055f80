import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image

from emotion_core.errors import InvalidInput
from emotion_core.face import video
from emotion_core.face.video import VideoStream
from tests.audio.sounds import tone, write_sound
from tests.face.conftest import data_folder
from tests.face.films import corners_of, even_times, number_of, numbered, write_film

KINDS = {
    "a b.mp4": "libx264",
    "größe 顔.mov": "mjpeg",
    "hevc.mp4": "libx265",
    "a.mkv": "libx264",
    "😀.webm": "libvpx",
    "a.webm": "libvpx-vp9",
    "a.avi": "mpeg4",
    "h264.avi": "libx264",
    "a.mpg": "mpeg2video",
    "a.ts": "libx264",
    "a.flv": "flv",
    "a.wmv": "wmv2",
}
QUIET = {"libx265": {"x265-params": "log-level=none"}}


def make(folder: Path, name: str, count: int = 50, **settings) -> Path:
    """A film of 25 frames a second, with B-frames where the codec has them."""
    codec = KINDS[name]
    coder = QUIET.get(codec, {"bf": "2"} if codec in ("mpeg4", "mpeg2video") else {})
    return write_film(folder / name, even_times(count), codec, coder=coder, **settings)


def read(source, **settings) -> tuple[list[float], list[int], tuple[str, ...]]:
    """Times, numbers of the frames, and notices."""
    with VideoStream(source, **settings) as stream:
        found = [(round(time_s, 4), number_of(frame)) for time_s, frame in stream]
        return [t for t, _ in found], [n for _, n in found], stream.notices


def changed(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file(tmp_path, name, capfd):
    path = make(tmp_path, name)
    with VideoStream(path) as stream:
        assert stream.size_wh == (160, 120)
        assert stream.scale == 1
        assert stream.expected_s == pytest.approx(2, abs=0.15)
        frames = list(stream)
        assert stream.read_s == pytest.approx(2, abs=0.01)
        assert stream.notices == ()
    assert [round(f.time_s, 3) for f in frames] == [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8]
    assert [number_of(f.frame) for f in frames] == list(range(0, 50, 5))
    for _, frame in frames:
        assert frame.shape == (120, 160, 3)
        assert frame.dtype == np.uint8
        assert frame.flags.c_contiguous
        assert corners_of(frame) == "RGWB"
    for source in (str(path), path.read_bytes()):
        with VideoStream(source) as stream:
            for again, (time_s, frame) in zip(stream, frames, strict=True):
                assert again.time_s == time_s
                assert np.array_equal(again.frame, frame)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("fps", "numbers"),
    [
        (25, range(50)),
        (1000, range(50)),
        (12.5, range(0, 50, 2)),
        (10, [0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30, 33, 35, 38, 40, 43, 45, 48]),
        (2, [0, 13, 25, 38]),
        (0.1, [0]),
    ],
)
def test_the_first_frame_at_or_after_each_moment(tmp_path, fps, numbers):
    times, found, _ = read(make(tmp_path, "a b.mp4"), fps=fps)
    assert found == list(numbers)
    assert times == [round(n / 25, 4) for n in numbers]


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_variable_frame_rate(tmp_path, name):
    times = [0, 0.033, 0.066, 0.19, 0.21, 0.22, 0.39, 0.9, 0.95, 1.0, 1.7, 1.75, 2.21, 2.22]
    path = write_film(tmp_path / name, times, "libx264" if name == "a.mp4" else "libvpx")
    found, numbers, notices = read(path, fps=5)
    assert numbers == [0, 4, 7, 9, 10, 12]
    assert found == pytest.approx([times[n] for n in numbers], abs=1e-4)
    assert notices == ()


def test_a_format_that_rounds_its_time_stamps(tmp_path):
    path = write_film(tmp_path / "a.mkv", even_times(60, fps=30), rate=30)
    times, numbers, _ = read(path, fps=3)
    assert numbers == [0, 10, 20, 30, 40, 50]
    assert times == [0, 0.333, 0.667, 1, 1.333, 1.667]


@pytest.mark.parametrize(
    ("turn", "corners", "size_wh"),
    [
        ({"degrees": 0}, "RGWB", (160, 120)),
        ({"degrees": 90}, "GWBR", (120, 160)),
        ({"degrees": 180}, "WBRG", (160, 120)),
        ({"degrees": 270}, "BRGW", (120, 160)),
        ({"degrees": 0, "hflip": True}, "GRBW", (160, 120)),
        ({"degrees": 0, "vflip": True}, "BWGR", (160, 120)),
        ({"degrees": 90, "hflip": True}, "WGRB", (120, 160)),
        ({"degrees": 270, "hflip": True}, "RBWG", (120, 160)),
    ],
)
def test_upright_as_a_browser_shows_it(tmp_path, turn, corners, size_wh):
    path = make(tmp_path, "a b.mp4", turn=turn)
    with VideoStream(path, longest_px=80) as stream:
        assert stream.size_wh == size_wh
        assert stream.scale == 0.5
        for _, frame in stream:
            assert frame.shape == (size_wh[1] // 2, size_wh[0] // 2, 3)
            assert corners_of(frame) == corners
            assert frame.flags.c_contiguous


@pytest.mark.parametrize(
    ("aspect", "turn", "size_wh"),
    [
        (Fraction(4, 3), None, (213, 120)),
        (Fraction(3, 4), None, (160, 160)),
        (Fraction(16, 11), {"degrees": 90}, (120, 233)),
        (Fraction(100), None, (160, 120)),  # damaged
    ],
)
def test_pixels_that_are_not_square(tmp_path, aspect, turn, size_wh):
    path = make(tmp_path, "a b.mp4", aspect=aspect, turn=turn)
    with VideoStream(path) as stream:
        assert stream.size_wh == size_wh
        frame = next(stream).frame
        assert frame.shape == (size_wh[1], size_wh[0], 3)
        assert corners_of(frame) == ("GWBR" if turn else "RGWB")
    with VideoStream(path, longest_px=100) as stream:
        assert max(next(stream).frame.shape) == 100
        assert stream.scale == pytest.approx(100 / max(size_wh))


@pytest.mark.parametrize(("longest_px", "shape"), [(1280, (120, 160)), (60, (45, 60)), (1, (1, 1))])
def test_large_frames_are_shrunk(tmp_path, longest_px, shape):
    with VideoStream(make(tmp_path, "a.mkv"), longest_px=longest_px) as stream:
        frame = next(stream).frame
        assert frame.shape == (*shape, 3)
        assert stream.size_wh == (160, 120)
        assert stream.scale == pytest.approx(shape[1] / 160)
    if longest_px == 60:
        assert corners_of(frame) == "RGWB"


@pytest.mark.parametrize("levels", [ColorRange.MPEG, ColorRange.JPEG])
def test_colours_are_read_by_what_the_file_says_of_them(tmp_path, levels):
    red = np.full((120, 160, 3), (200, 60, 30), np.uint8)
    frame = av.VideoFrame.from_ndarray(red, "rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=levels
    )
    frame.pts = 0
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        track = file.add_stream("libx264", rate=25)
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = 160, 120, "yuv420p"
        coder = track.codec_context
        coder.colorspace, coder.color_range = Colorspace.ITU709, levels
        coder.color_primaries, coder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        file.mux(track.encode(frame))
        file.mux(track.encode())
    with VideoStream(tmp_path / "a.mp4") as stream:
        assert np.abs(next(stream).frame.astype(int) - red).max() <= 3


def test_decoded_as_asked_for(tmp_path):
    with VideoStream(make(tmp_path, "a.mkv", count=500)) as stream:
        assert stream.read_s < 0.1
        assert next(stream).time_s == 0
        assert next(stream).time_s == 0.2
        assert 0.2 < stream.read_s < 2
        assert stream.notices == ()


@pytest.mark.parametrize("name", ["a b.mp4", "a.mkv", "😀.webm"])
def test_a_late_start_is_kept_as_a_browser_plays_it(tmp_path, name):
    path = write_film(tmp_path / name, even_times(50, start_s=5), KINDS[name])
    with VideoStream(path) as stream:
        assert [round(t, 3) for t, _ in stream][:3] == [5, 5.2, 5.4]
        assert stream.expected_s == pytest.approx(7, abs=0.05)
        assert stream.read_s == pytest.approx(7, abs=0.01)
        assert stream.notices == ()


@pytest.mark.parametrize("start_s", [-1.0, 90_000.0])
def test_a_clock_that_starts_anywhere(tmp_path, start_s):
    keep = {"avoid_negative_ts": "disabled", "mpegts_copyts": "1"}
    path = write_film(tmp_path / "a.ts", even_times(50, start_s=start_s), container=keep)
    with VideoStream(path) as stream:
        assert [round(t, 3) for t, _ in stream][:3] == [0, 0.2, 0.4]
        assert stream.expected_s == pytest.approx(2)
        assert stream.notices == ()


def test_what_lies_before_zero_is_left_out(tmp_path):
    keep = {"avoid_negative_ts": "disabled"}
    path = write_film(tmp_path / "a.webm", even_times(50, start_s=-1), "libvpx", container=keep)
    times, numbers, notices = read(path)
    assert times == [0, 0.2, 0.4, 0.6, 0.8]
    assert numbers == [25, 30, 35, 40, 45]
    assert notices == ()


@pytest.mark.parametrize(
    ("stamps", "times", "missing", "jump_s"),
    [
        ([0, 0.04, 0.08], [0, 0.04, 0.08], 0, None),
        ([None, None, None], [0, 0.04, 0.08], 3, None),
        ([1, None, 1.5, None], [1, 1.04, 1.5, 1.54], 2, None),
        ([0, 0.2, 0.1, 0.3], [0, 0.2, 0.1, 0.3], 0, None),
        ([0, 599, 1000], [0, 599, 1000], 0, None),
        ([5, 2, 2.1, 5.04], [5, 2, 2.1, 5.04], 0, None),
        ([50, *[0] * 17, 0.1], [50, *[0] * 16, 50.04, 50.14], 0, 50.04),
        ([0, 1e9, 1e9 + 0.1], [0, 0.04, 0.14], 0, 0.04),
    ],
)
def test_time_stamps_that_are_missing_or_damaged(stamps, times, missing, jump_s):
    clock = video._Clock(0.0, 0.04)
    assert [clock.time_s(stamp) for stamp in stamps] == pytest.approx(times)
    assert clock.missing == missing
    assert clock.first_jump_s == (None if jump_s is None else pytest.approx(jump_s))


def test_time_stamps_that_jump_are_named(tmp_path):
    parts = even_times(25) + even_times(25, start_s=5000)
    times, numbers, notices = read(write_film(tmp_path / "a.mkv", parts, coder={"bf": "0"}))
    assert numbers == list(range(0, 50, 5))
    assert times == [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8]
    assert notices == (
        "the time stamps jump at 1.0 s; what follows was taken to come without a pause",
    )


@pytest.mark.parametrize("rate", [0, 1_000_000_000])
@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4"])
def test_a_frame_rate_that_cannot_be_right(tmp_path, codec, rate):
    content = write_film(tmp_path / "a.avi", even_times(50), codec).read_bytes()
    header = content.index(b"strh") + 8
    lying = changed(content, header + 20, (1).to_bytes(4, "little") + rate.to_bytes(4, "little"))
    times, numbers, notices = read(lying)
    assert numbers == list(range(0, 50, 5))
    assert times == [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8]
    assumed = "the header gives no rate that can be right: 25 frames a second were assumed"
    assert notices == ((assumed,) if rate else ())  # FFmpeg itself takes 25 for 0


@pytest.mark.parametrize(
    "name", [n for n in KINDS if n.endswith((".mkv", ".webm", ".avi", ".mpg", ".flv", ".wmv"))]
)
def test_what_came_before_a_break_is_kept_and_the_break_named(tmp_path, name, capfd):
    content = make(tmp_path, name, count=100).read_bytes()
    with VideoStream(content[: len(content) * 6 // 10]) as stream:
        found = [(time_s, number_of(frame)) for time_s, frame in stream]
        assert f"the video breaks off at {stream.read_s:.1f} s" in "".join(stream.notices)
        assert 0.5 < stream.read_s < 3.2
    assert all(abs(number - 25 * time_s) < 0.1 for time_s, number in found[:-1])
    assert len(found) > 2
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["a b.mp4", "größe 顔.mov"])
def test_a_file_cut_off_before_its_index_says_so(tmp_path, name):
    content = make(tmp_path, name).read_bytes()
    with pytest.raises(InvalidInput, match="cut off before its index was written; export it ag"):
        VideoStream(content[: len(content) // 2])


def test_an_index_at_the_front_survives_a_break(tmp_path):
    content = make(tmp_path, "a b.mp4", count=100, container={"movflags": "faststart"}).read_bytes()
    _, numbers, notices = read(content[: len(content) * 7 // 10])
    assert numbers[:5] == [0, 5, 10, 15, 20]
    assert notices[-1].startswith("the video breaks off at ")
    assert notices[-1].endswith(" s, where 4.0 s were expected")


@pytest.mark.parametrize("name", ["größe 顔.mov", "a b.mp4", "a.mpg"])
def test_damaged_frames_are_named(tmp_path, name):
    content = make(tmp_path, name, count=100).read_bytes()
    times, numbers, notices = read(changed(content, len(content) // 2, bytes(500)))
    assert 15 <= len(times) <= 20
    assert numbers[0] == 0
    assert times[-1] > 3
    assert len(notices) == 1
    assert notices[0].startswith("frames that are damaged or could not be decoded: ")


@pytest.mark.parametrize("sound_s", [0.0, 3.0])
def test_sound_that_goes_on_after_the_picture_is_no_break(tmp_path, sound_s):
    for name in ("a.mkv", "a b.mp4"):
        _, numbers, notices = read(make(tmp_path, name, sound_s=sound_s))
        assert numbers == list(range(0, 50, 5))
        assert notices == ()


def test_what_comes_after_an_hour_is_left_out(tmp_path, monkeypatch):
    path = make(tmp_path, "a.mkv", count=100)
    monkeypatch.setattr(video, "LONGEST_S", 3.0)
    times, _, notices = read(path)
    assert times[-1] == 2.8
    assert notices == ("only the first 0 minutes were read",)
    monkeypatch.setattr(video, "LONGEST_S", 4.0)
    times, _, notices = read(path)
    assert times[-1] == 3.8
    assert notices == ()


def test_an_hour_is_counted_from_the_first_frame(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "LONGEST_S", 2.0)
    path = write_film(tmp_path / "a.webm", even_times(50, start_s=9000), "libvpx")
    times, _, notices = read(path)
    assert (times[0], times[-1], notices) == (9000, 9001.8, ())


def write_cover_art(path: Path, *, film: bool) -> Path:
    """Sound with one JPEG that players show beside it, and a film or none."""
    with av.open(str(path), "w") as file:
        codec = {".flac": "flac", ".mp3": "libmp3lame"}.get(path.suffix, "aac")
        sound = file.add_stream(codec, rate=44_100, layout="mono")
        cover = file.add_stream("mjpeg", rate=25)
        assert isinstance(sound, av.AudioStream)
        assert isinstance(cover, av.VideoStream)
        cover.disposition = Disposition.attached_pic
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        moving = file.add_stream("libx264", rate=25) if film else None
        if isinstance(moving, av.VideoStream):
            moving.width, moving.height, moving.pix_fmt = 160, 120, "yuv420p"
        file.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        file.mux(cover.encode())
        if isinstance(moving, av.VideoStream):
            for number in range(10):
                file.mux(moving.encode(av.VideoFrame.from_ndarray(numbered(number), "rgb24")))
            file.mux(moving.encode())
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), "s16", "mono")
        silence.sample_rate = 44_100
        cut = av.AudioResampler(sound.format, "mono", 44_100, sound.frame_size or 1024)
        for part in [*cut.resample(silence), *cut.resample(None)]:
            file.mux(sound.encode(part))
        file.mux(sound.encode())
    return path


@pytest.mark.parametrize("name", ["a.mp3", "a.flac"])
def test_cover_art_is_no_video(tmp_path, name):
    path = write_cover_art(tmp_path / name, film=False)
    with pytest.raises(InvalidInput, match=f"{name}: expected a video, got a file without a video"):
        VideoStream(path)


def test_a_video_with_cover_art(tmp_path):
    _, numbers, notices = read(write_cover_art(tmp_path / "a.mp4", film=True))
    assert numbers == [0, 5]
    assert notices == ()


def test_several_video_tracks(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        tracks = [file.add_stream("ffv1", rate=25) for _ in range(2)]
        for track in tracks:
            assert isinstance(track, av.VideoStream)
            track.width, track.height, track.pix_fmt = 160, 120, "bgr0"
        for number, track in enumerate(tracks):
            assert isinstance(track, av.VideoStream)
            file.mux(track.encode(av.VideoFrame.from_ndarray(numbered(7 + number), "rgb24")))
            file.mux(track.encode())
    _, numbers, notices = read(tmp_path / "a.mkv")
    assert numbers == [7]
    assert notices == ("the file has 2 video tracks; one of them was read",)


def write_changing_size(path: Path, sizes_wh: list[tuple[int, int]]) -> Path:
    """Ten frames of each size, one after the other."""
    with av.open(str(path), "w") as file:
        track = file.add_stream("libvpx", rate=25)
        assert isinstance(track, av.VideoStream)
        (track.width, track.height), track.pix_fmt = sizes_wh[0], "yuv420p"
        for part, (width, height) in enumerate(sizes_wh):
            coder = av.CodecContext.create("libvpx", "w")
            assert isinstance(coder, VideoCodecContext)
            coder.width, coder.height, coder.pix_fmt = width, height, "yuv420p"
            coder.time_base = Fraction(1, 25)
            for i in range(part * 10, part * 10 + 10):
                frame = av.VideoFrame.from_ndarray(numbered(i, width, height), "rgb24")
                frame.pts, frame.time_base = i, Fraction(1, 25)
                for packet in [*coder.encode(frame), *(coder.encode() if i % 10 == 9 else [])]:
                    packet.stream = track
                    file.mux(packet)
    return path


def test_frames_whose_size_changes_are_fitted_into_the_first(tmp_path):
    path = write_changing_size(tmp_path / "a.webm", [(160, 120), (80, 60), (90, 120), (320, 120)])
    with VideoStream(path) as stream:
        frames = dict(list(stream))
    assert [round(t, 2) for t in frames] == [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4]
    first, _, smaller, _, upright, _, wide, _ = frames.values()
    assert {frame.shape for frame in frames.values()} == {(120, 160, 3)}
    assert corners_of(first) == corners_of(smaller) == "RGWB"
    assert (number_of(first), number_of(smaller)) == (0, 10)
    assert upright[:, :33].max() < 20
    assert upright[:, -33:].max() < 20
    assert corners_of(upright[:, 35:125]) == "RGWB"
    assert number_of(upright[:, 35:125]) == 20
    assert wide[:28].max() < 20
    assert corners_of(wide[30:90]) == "RGWB"


def test_frames_that_are_too_large_are_refused_by_the_header(tmp_path, monkeypatch):
    path = make(tmp_path, "a b.mp4")
    monkeypatch.setattr(video, "MOST_PIXELS", 160 * 120)
    assert read(path)[1][:2] == [0, 5]
    monkeypatch.setattr(video, "MOST_PIXELS", 160 * 120 - 1)
    monkeypatch.setattr(video._Track, "frames", lambda track: pytest.fail("decoded"))
    with pytest.raises(
        InvalidInput, match=r"a b\.mp4: expected frames of 0 megapixels at most, got"
    ):
        VideoStream(path)


def test_a_frame_that_is_larger_than_the_header_says(tmp_path):
    content = write_film(tmp_path / "a.mkv", even_times(3), "mjpeg").read_bytes()
    place = content.index(b"\xff\xc0") + 5
    lying = content
    while place > 5:
        lying = changed(lying, place, (60_000).to_bytes(2, "big") * 2)
        place = lying.find(b"\xff\xc0\0\x11\x08\0", place) + 5
    with pytest.raises(InvalidInput, match="expected a video, got no frame that can be decoded"):
        VideoStream(lying)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\); choose a video"),
        (
            np.random.default_rng(0).bytes(50_000),
            "expected a video .MP4, MOV, MKV, WebM, AVI or MP",
        ),
        (b"not a video " * 999, "expected a video"),
        (b"\0\0\0\x18ftypisom" + bytes(999), "expected a video"),
        (b"RIFF\xff\0\0\0AVI " + bytes(999), "expected a video"),
        (b"\x1aE\xdf\xa3" + bytes(999), "expected a video"),
        (b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.mp4\n#EXT-X-ENDLIST\n", "expected a video"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "expected a video"),
    ],
)
def test_what_is_no_video(tmp_path, content, message, capfd):
    path = tmp_path / "a film.mp4"
    path.write_bytes(content)
    for source, name in ((path, path.name), (content, "the video")):
        with pytest.raises(InvalidInput, match=f"^{name}.*{message}"):
            VideoStream(source)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_a_picture_is_no_video(tmp_path, kind):
    Image.fromarray(numbered(0)).save(tmp_path / "a.mp4", kind)
    with pytest.raises(InvalidInput, match=r"a\.mp4: expected a video.*, got (what|a picture)"):
        VideoStream(tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("name", "codec"), [("a.m4a", "aac"), ("a.wav", "pcm_s16le"), ("a.mp3", "libmp3lame")]
)
def test_sound_is_no_video(tmp_path, name, codec):
    write_sound(tmp_path / name, codec, tone(440, 1, 44_100), 44_100)
    with pytest.raises(
        InvalidInput, match="expected a video, got a file without a video track; ch"
    ):
        VideoStream(tmp_path / name)


@pytest.mark.parametrize(
    "path", ["", "missing.mp4", ".", "\0", "x" * 9999, "http://127.0.0.1:9/a.mp4", "pipe:0"]
)
def test_what_is_no_file(path):
    with pytest.raises(InvalidInput, match="expected a file, got a folder or nothing; check"):
        VideoStream(path)


@pytest.mark.parametrize(
    "settings", [{"fps": 0}, {"fps": -1}, {"fps": math.nan}, {"fps": math.inf}, {"longest_px": 0}]
)
def test_settings_that_make_no_sense(tmp_path, settings):
    with pytest.raises(InvalidInput, match="expected a positive rate and size, got"):
        VideoStream(make(tmp_path, "a.mkv"), **settings)
    with pytest.raises(InvalidInput, match="expected a path or bytes, got int"):
        VideoStream(3)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("name", ["a b.mp4", "a.mkv", "a.avi", "a.mpg", "a.ts"])
def test_damage_anywhere_is_answered(tmp_path, name, capfd):
    content = make(tmp_path, name).read_bytes()
    rng = np.random.default_rng(0)
    answers = set()
    for _ in range(20):
        damaged = np.frombuffer(content, np.uint8).copy()
        damaged[rng.integers(0, len(damaged), 20)] = rng.integers(0, 256, 20)
        try:
            times, _, notices = read(damaged.tobytes())
        except InvalidInput:
            answers.add("refused")
        else:
            answers.add("named" if notices else "read")
            assert times == sorted(set(times))
    assert answers - {"refused"}
    assert capfd.readouterr() == ("", "")


def test_broken_files_leave_nothing_open(tmp_path):
    path = make(tmp_path, "a.mkv")
    with VideoStream(path) as stream:
        next(stream)
    with pytest.raises(InvalidInput):
        VideoStream(path.read_bytes()[:300])
    opened = {link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()}
    assert path.resolve() not in opened


def test_the_decoder_has_few_threads(tmp_path, monkeypatch):
    path = make(tmp_path, "a b.mp4")
    for cores, threads in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(video, "available_cores", lambda cores=cores: cores)
        with VideoStream(path) as stream:
            assert stream._track.stream.codec_context.thread_count == threads
            assert [number_of(frame) for _, frame in stream] == list(range(0, 50, 5))


def test_many_at_once(tmp_path):
    paths = [make(tmp_path, name) for name in ("a b.mp4", "😀.webm", "a.avi")] * 2
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(read, paths))
    assert together == [read(path) for path in paths]


def test_memory_does_not_grow_with_the_length(tmp_path):
    script = """
import resource, sys
from emotion_core.face.video import VideoStream
for path in sys.argv[1:]:
    with VideoStream(path, fps=25) as stream:
        print(sum(1 for _ in stream), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    paths = [
        write_film(tmp_path / f"{count}.mkv", even_times(count), "mpeg4", size_wh=(640, 480))
        for count in (50, 500)
    ]
    command = [sys.executable, "-c", script, *map(str, paths)]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert (found[0], found[2]) == ("50", "500")
    assert int(found[3]) - int(found[1]) < 10  # MB, where the frames take 460


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "size_wh", "length_s", "rate"),
    [
        ("pyfeat/single_face.mp4", (640, 360), 2.4, 30),
        ("pyfeat/face_noface.mov", (960, 540), 6.4, None),
        ("pyfeat/no_face.mp4", (960, 540), 4.0, None),
        ("grid/bbaf2n.mpg", (360, 288), 3.0, 25),
        ("grid/id2_swwp2s.mpg", (360, 288), 3.0, 25),
    ],
)
def test_real_videos_as_another_decoder_sees_them(name, size_wh, length_s, rate):
    folder, name = name.split("/")
    path = data_folder(f"video/{folder}") / name
    with VideoStream(path, fps=5) as stream:
        assert stream.size_wh == size_wh
        frames = list(stream)
        assert stream.notices == ()
        assert stream.read_s == pytest.approx(length_s, abs=0.05)
        assert stream.expected_s == pytest.approx(length_s, abs=0.1)
    assert [math.floor(t * 5 + 0.01) for t, _ in frames] == list(
        range(math.ceil(length_s * 5 - 0.5))
    )
    if rate:
        reference = cv2.VideoCapture(str(path))
        wanted = {round(t * rate): frame for t, frame in frames}
        for number in range(max(wanted) + 1):
            read_on, expected = reference.read()
            assert read_on
            if number in wanted:
                found = wanted[number][..., ::-1].astype(int)
                assert np.abs(found - expected).mean() < 2
