"""What an annotated recording tells of each moment."""

import io
from dataclasses import replace

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7
from emotion_core.recording.analysis import NOBODY, FusedLine, RecordingAnalysis
from emotion_core.recording.film import annotate_recording, telling
from emotion_core.recording.labelled import in_labels
from emotion_core.timeline.spans import parted
from tests.face.annotated import play, write_video
from tests.recording.examples import SCRIPT, recording

SIZE_WH = (640, 360)


@pytest.fixture(scope="module")
def judged() -> RecordingAnalysis:
    found = recording()
    return in_labels(found, found.labels)


def test_every_moment_has_the_answer_of_the_window_that_it_is_nearest_to(judged):
    at, line = telling(judged).at, judged.fused
    spans = parted(line.timeline.spans_s)
    for window, (start_s, end_s) in enumerate(spans.tolist()):
        told = at((start_s + end_s) / 2)
        assert told.scores is not None
        np.testing.assert_array_equal(
            told.scores.probabilities, line.timeline.probabilities[window]
        )
        assert told.person == line.person[window]
        assert told.warning == str(line.disagreements.get(window, ""))


def test_it_is_about_the_person_whose_face_is_fused_by_name(judged):
    angry = SCRIPT[3]
    told = telling(judged).at(angry.end_s - 1)
    assert (told.person, told.about) == (angry.person, "person 2 (Ben)")
    assert told.words == f"Ben: {angry.text}"
    assert told.warning.startswith("the words say joy")
    assert {part.split()[0] for part in told.note.split(", ")} == {"words", "voice", "face"}


def test_the_same_moment_is_told_once(judged):
    at = telling(judged).at
    assert at(16.1) is at(16.2)
    assert at(16.1) is not at(2.0)


def test_nobody_in_sight_and_no_words():
    found = recording(faces=False, words=False)
    shown = telling(in_labels(found, found.labels))
    told = shown.at(SCRIPT[3].start_s + 2)
    assert (told.person, told.about, told.words) == (NOBODY, "nobody in sight", "")
    assert told.note == "voice 100%"
    assert not shown.worded


def test_outside_of_all_windows_only_the_words_are_told(judged):
    line = judged.fused
    part = FusedLine(
        replace(
            line.timeline,
            spans_s=line.timeline.spans_s[:3],
            probabilities=line.timeline.probabilities[:3],
        ),
        line.uncertain[:3],
        line.contributions[:3],
        line.surprise[:3],
        line.person[:3],
    )
    told = telling(replace(judged, fused=part)).at(SCRIPT[3].start_s + 1)
    assert told.scores is None
    assert told.words.endswith(SCRIPT[3].text)


def test_the_video_has_rows_under_it_and_keeps_its_length(judged, tmp_path):
    def grey(_: float) -> np.ndarray:
        return np.full((SIZE_WH[1], SIZE_WH[0], 3), 110, np.uint8)

    path = write_video(tmp_path / "a.mp4", np.arange(60) / 25, picture=grey, sound="aac")
    target = io.BytesIO()
    assert annotate_recording(path, judged, target) == ()
    after = play(target.getvalue())
    assert len(after.frames) == 60
    assert after.codecs == ("h264", "aac")
    assert after.frames[0].shape[0] > SIZE_WH[1]


def test_where_nothing_is_fused_each_face_has_its_own_answer(judged, tmp_path):
    path = write_video(tmp_path / "a.mp4", np.arange(10) / 25)
    target = io.BytesIO()
    annotate_recording(path, replace(judged, fused=FusedLine.empty(EKMAN7)), target)
    assert play(target.getvalue()).frames[0].shape[0] == 480


def test_sound_alone_has_no_video():
    found = recording(faces=False, failures={"faces": "the file has no video track"})
    with pytest.raises(InvalidInput, match="the file has no video track"):
        annotate_recording(b"", in_labels(found, found.labels), io.BytesIO())
