"""Videos that are damaged, too large, or no videos at all."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emotion_core.errors import InvalidInput
from emotion_core.face import video
from emotion_core.face.video import VideoStream
from tests.audio.sounds import tone, write_sound
from tests.face.films import even_times, number_of, numbered, write_film
from tests.face.kinds import KINDS, changed, make, read


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
    assert 12 <= len(times) <= 20  # how many a decoder saves differs a little from run to run
    assert numbers[0] == 0
    assert times[-1] > 3
    assert len(notices) == 1
    assert notices[0].startswith("frames that are damaged or could not be decoded: ")


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
