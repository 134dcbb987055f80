"""Frames at given times are those that the whole video shows then."""

from fractions import Fraction

import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face import stills as module
from emotion_core.face.stills import stills
from tests.face.films import corners_of, even_times, number_of, write_film
from tests.face.kinds import KINDS, make, read


def numbers_at(source, times_s, **settings) -> dict[float, int]:
    return {s.wanted_s: number_of(s.frame) for s in stills(source, times_s, **settings)}


@pytest.mark.parametrize("name", KINDS)
def test_each_is_the_frame_that_is_shown_then(tmp_path, name):
    path = make(tmp_path, name, count=120)
    times, numbers, _ = read(path, fps=25)
    wanted = [times[i] for i in (0, 1, 30, 31, 97, len(times) - 1)]
    shown = dict(zip(times, numbers, strict=True))
    assert numbers_at(path, reversed(wanted)) == {t: shown[t] for t in wanted}


def test_the_bytes_of_a_file_do_too(tmp_path):
    content = make(tmp_path, "a b.mp4").read_bytes()
    assert numbers_at(content, [0.4, 1.2]) == {0.4: 10, 1.2: 30}


def test_a_variable_frame_rate_and_a_late_start(tmp_path):
    times = [3, 3.033, 3.19, 3.21, 3.9, 4.7, 4.75, 6.21]
    path = write_film(tmp_path / "a.mp4", times)
    assert numbers_at(path, times) == {t: i for i, t in enumerate(times)}


def test_frames_are_upright_and_have_square_pixels(tmp_path):
    path = write_film(tmp_path / "a.mp4", even_times(50), aspect=Fraction(2), turn={"degrees": -90})
    (still,) = stills(path, [1.0])
    assert still.frame.shape == (320, 120, 3)
    assert corners_of(still.frame) == "BRGW"


def test_large_frames_shrink(tmp_path):
    (still,) = stills(make(tmp_path, "a b.mp4"), [1.0], longest_px=80)
    assert still.frame.shape == (60, 80, 3)
    assert still.scale == 0.5


def test_a_time_at_which_there_is_no_frame_gives_none(tmp_path):
    path = write_film(tmp_path / "a.mp4", [*even_times(25), *even_times(25, start_s=8)])
    assert numbers_at(path, [0.4, 4.0, 8.0, 99.0]) == {0.4: 10, 8.0: 25}


def test_no_times_give_nothing(tmp_path):
    assert list(stills(make(tmp_path, "a b.mp4"), [])) == []


def test_little_is_decoded(tmp_path, monkeypatch):
    path = write_film(tmp_path / "a.mp4", even_times(500), coder={"g": "25", "bf": "0"})
    decoded = []
    step = module._Film._decoded

    def counting(film):
        for time_s, frame in step(film):
            decoded.append(time_s)
            yield time_s, frame

    monkeypatch.setattr(module._Film, "_decoded", counting)
    assert numbers_at(path, [4.2, 17.8]) == {4.2: 105, 17.8: 445}
    assert len(decoded) <= 2 * 25


def test_a_file_without_places_to_jump_to_is_not_decoded_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FRAMES_AT_MOST", 20)
    path = write_film(tmp_path / "a.mp4", even_times(200), coder={"g": "1000"})
    assert numbers_at(path, [0.2, 6.0]) == {0.2: 5}


def test_a_file_that_breaks_off_gives_what_is_there(tmp_path):
    path = write_film(tmp_path / "a.mkv", even_times(250), coder={"g": "25"})
    content = path.read_bytes()[: path.stat().st_size // 2]
    found = numbers_at(content, [1.0, 9.6])
    assert found == {1.0: 25}


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\0" * 5000])
def test_what_is_no_video_is_refused(content):
    with pytest.raises(InvalidInput, match="expected a video"):
        list(stills(content, [0.0]))


def test_sound_alone_is_refused(tmp_path):
    from ui.voice_example import example_recording

    with pytest.raises(InvalidInput, match="without a picture"):
        list(stills(example_recording(), [0.0]))
