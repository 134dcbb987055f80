"""Videos of every kind as upright RGB along time."""

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

from emotion_core.errors import InvalidInput
from emotion_core.face import video
from emotion_core.face.video import VideoStream
from tests.face.conftest import data_folder
from tests.face.films import corners_of, even_times, number_of, numbered, write_film
from tests.face.kinds import KINDS, make, read


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


@pytest.mark.parametrize("sound_s", [0.0, 3.0])
def test_sound_that_goes_on_after_the_picture_is_no_break(tmp_path, sound_s):
    for name in ("a.mkv", "a b.mp4"):
        _, numbers, notices = read(make(tmp_path, name, sound_s=sound_s))
        assert numbers == list(range(0, 50, 5))
        assert notices == ()


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
