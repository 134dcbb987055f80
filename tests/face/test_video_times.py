"""When the frames of a video come."""

import pytest

from emotion_core.face import video
from emotion_core.face.video import VideoStream
from tests.face.films import even_times, write_film
from tests.face.kinds import KINDS, changed, make, read


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
