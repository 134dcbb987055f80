"""Recordings and transcripts that are damaged, short or long: a clear state each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui.recording_page
from emotion_core.recording.summary import UNHEARD
from tests.ui.conftest import TIMEOUT_S
from tests.ui.films import film
from tests.ui.recordings import (
    analyse,
    lanes,
    opened,
    player,
    press,
    recording_of,
    run,
    said,
    words_of,
    write_models,
)
from ui.recording_example import example_video
from ui.recording_store import STORE

EXAMPLE = ("example.mp4", example_video(), "video/mp4")
OVERLAPPING = b"""1
00:00:00,500 --> 00:00:04,000
joy today

2
00:00:02,000 --> 00:00:05,500
sadness

3
00:00:08,000 --> 00:00:25,500
anger today

4
00:01:08,000 --> 00:01:25,500
long after the end
"""
MALFORMED = b"""1
00:00:00,500 -> nonsense
joy today

2
00:00:05,000 --> 00:00:02,500
sadness

3
00:00:06,000 --> 00:00:07,000
anger today
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def app(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("EMOTION_MODELS", str(models))
    monkeypatch.setattr(ui.recording_page, "PATIENCE_S", TIMEOUT_S)
    yield opened()
    for address in list(STORE._places):
        STORE.forget(address)


def test_an_upload_that_broke_off_before_its_index_has_a_reason_and_a_way_on(app: AppTest):
    name, content, kind = EXAMPLE
    analyse(app, (name, content[: len(content) // 2], kind))
    assert "cut off before its index was written" in app.error[0].value
    assert not app.get("bidi_component")
    press(app, "recording_other")
    assert not app.error
    assert "the answer appears here" in said(app)


def test_an_upload_that_broke_off_is_analysed_as_far_as_it_goes(app: AppTest):
    whole = film("matroska", "libx264", count=60, sound=True)
    analyse(app, ("film.mkv", whole[: len(whole) // 2], "video/x-matroska"))
    assert "breaks off at" in said(app)
    assert player(app)["duration"] < 6
    assert "Face of person 1" in lanes(app)


@pytest.mark.parametrize("count", [10, 5])
def test_a_video_of_a_second_or_less_has_an_answer(app: AppTest, count: int):
    analyse(app, ("short.mp4", film("mp4", "libx264", count=count, sound=True), "video/mp4"))
    assert player(app)["duration"] == pytest.approx(count / 10, abs=0.1)
    assert "Fused" in lanes(app)


def test_a_video_of_one_frame_says_what_it_lacks(app: AppTest):
    analyse(app, ("frame.mp4", film("mp4", "libx264", count=1, sound=True), "video/mp4"))
    assert "No voice: expected 0.3 s of sound or more" in said(app)
    assert "there is no answer" in said(app)


def test_a_face_of_somebody_who_is_silent_answers_alone(app: AppTest):
    analyse(app, ("silent.mp4", film("mp4", "libx264", count=40, sound=True), "video/mp4"))
    assert UNHEARD.capitalize() in said(app)
    assert "there is no answer" not in said(app)
    assert "Fused" in lanes(app)


def test_lines_at_the_same_time_and_after_the_end(app: AppTest):
    analyse(app, EXAMPLE, ("words.srt", OVERLAPPING, "text/plain"))
    assert lanes(app)[:2] == ["Words", "At the same time"]
    assert "1 of 4 lines lies after the end of the recording" in said(app)
    assert "1 line was cut at the end of the recording" in said(app)
    ends = [cue.end_s for cue in words_of(app).cues]
    assert len(ends) == 3
    assert max(ends) == player(app)["duration"]


def test_malformed_lines_are_left_out_and_counted_before_and_after(app: AppTest):
    words = ("words.srt", MALFORMED, "text/plain")
    app.file_uploader(key="recording_transcript").set_value(words)
    run(app)
    assert "2 of 3 cues were left out" in said(app)
    analyse(app, EXAMPLE)
    assert "2 of 3 cues were left out" in said(app)
    assert [cue.text for cue in words_of(app).cues] == ["anger today"]


def test_disagreements_have_the_face_of_their_moment(app: AppTest):
    press(app, "recording_example")
    drawn = player(app)
    (lane,) = [lane for lane in drawn["lanes"] if lane["name"] == "Disagree"]
    flagged = [moment for moment in drawn["moments"] if moment["flagged"]]
    assert lane["spans"]
    assert all(moment["text"].startswith("⚡") for moment in flagged)
    pictures = {span["picture"] for span in lane["spans"]} - {""}
    assert pictures
    assert all(picture.endswith(".jpg") for picture in pictures)
    assert pictures >= {moment["url"] for moment in flagged} - {""}
    findings = recording_of(app).findings()
    assert findings is not None
    assert len(findings.portraits) == len(pictures)
