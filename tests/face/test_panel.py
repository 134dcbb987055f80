"""Rows under the pictures: what they tell, and that they hide nothing."""

import numpy as np
import pytest

from emotion_core.face import lettering, panel
from emotion_core.face.lettering import lettered
from emotion_core.face.panel import Panel, Telling, Told
from emotion_core.labels import EKMAN7
from emotion_core.types import EmotionScores
from tests.face.annotated import (
    ANGER,
    COLOURS,
    EVERY,
    JOY,
    SAMPLED,
    analysis,
    annotated,
    drawn_box,
    is_near,
    person,
    write_video,
)

HEIGHT = 480


def answer(label: str, uncertain: bool = False) -> EmotionScores:
    p = np.full(len(EKMAN7), 0.05)
    p[EKMAN7.index(label)] = 0.7
    return EmotionScores(EKMAN7, p, uncertain=uncertain)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that were written under pictures."""
    found: list[str] = []
    put = panel.write

    def note(sheet, text, *place):
        found.append(text)
        put(sheet, text, *place)

    monkeypatch.setattr(panel, "write", note)
    return found


FULL = Told(answer("joy"), 1, "person 1 (Ann)", "words 60%, face 40%", words="Hello there")


def test_everything_that_is_told_is_written(written: list[str]):
    Panel(640, True, COLOURS).under(np.zeros((HEIGHT, 640, 3), np.uint8), FULL)
    assert written == [
        "joy 70%", "person 1 (Ann)", "words 60%, face 40%", "Hello there",
    ]  # fmt: skip


def test_a_warning_takes_the_place_of_the_note(written: list[str]):
    told = Told(answer("joy", True), 1, "person 1", "words 60%", "the words say joy")
    Panel(640, False).under(np.zeros((HEIGHT, 640, 3), np.uint8), told)
    assert written == ["joy 70%, uncertain", "person 1", "the words say joy"]


def test_the_picture_stays_as_it_is_and_gets_rows_of_one_height():
    frame = np.random.default_rng(0).integers(0, 255, (HEIGHT, 640, 3), np.uint8)
    rows = Panel(640, True)
    for told in (FULL, Told(), Told(words="only words " * 40)):
        found = rows.under(frame, told)
        assert found.shape == (HEIGHT + rows.height, 640, 3)
        np.testing.assert_array_equal(found[:HEIGHT], frame)


@pytest.mark.parametrize("width", [1, 16, 90, 360, 1280])
def test_every_width_has_rows(width: int):
    found = Panel(width, True, COLOURS).under(np.zeros((20, width, 3), np.uint8), FULL)
    assert found.shape[1] == width


def test_uncertain_answers_have_a_dashed_edge():
    ink = []
    for unsure in (False, True):
        rows = Panel(640, False, COLOURS)
        told = Told(answer("joy", unsure))
        edge = (rows.under(np.zeros((1, 640, 3), np.uint8), told) == np.array(JOY)).all(-1)
        ink.append(edge.any(0).sum())
    assert 0.4 * ink[0] < ink[1] < 0.8 * ink[0]


def test_letters_that_no_font_has_are_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lettering, "FONTS", ())
    lettered.cache_clear()
    rows = Panel(640, True)
    rows.under(np.zeros((1, 640, 3), np.uint8), FULL)
    assert rows.legible
    rows.under(np.zeros((1, 640, 3), np.uint8), Told(words="喜び"))
    assert not rows.legible
    lettered.cache_clear()


def test_a_video_shows_the_told_answer_at_the_face_that_it_is_about(tmp_path):
    clip = write_video(tmp_path / "clip.mp4", EVERY, sound="aac")
    other = person(SAMPLED, track_id=2, boxes=lambda _: (400, 160, 520, 280))
    early, late = Told(answer("anger"), 1, "person 1"), Told(words="nothing is answered")
    telling = Telling(lambda time_s: early if time_s < 1 else late, worded=True)
    after, notices = annotated(clip, analysis(person(SAMPLED), other), telling=telling)
    assert notices == ()
    assert len(after.frames) == len(EVERY)
    assert after.frames[0].shape[0] > HEIGHT
    for time_s, frame in zip(after.times_s, after.frames, strict=True):
        assert drawn_box(frame[:HEIGHT], JOY) is None
        assert (drawn_box(frame[:HEIGHT], ANGER) is not None) == (time_s < 0.999)
        assert is_near(frame[HEIGHT:], ANGER).any() == (time_s < 0.999)
