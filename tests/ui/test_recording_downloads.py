"""Charts of a recording, and the files that can be taken along."""

import csv
import io
import json

import numpy as np
import pytest

from emotion_core.labels import EKMAN7
from emotion_core.recording.answers import recording_columns
from emotion_core.recording.captions.reading import read_transcript
from emotion_core.recording.labelled import NO_MODELS, in_labels
from emotion_core.recording.summary import summarise
from tests.recording.examples import NAME, SCRIPT, recording
from ui.palette import colour
from ui.recording_charts import contribution_bars, share_bars
from ui.recording_downloads import files
from ui.recording_open import Findings


def found(**parts: bool) -> Findings:
    analysis = recording(words=parts.get("words", True), faces=parts.get("faces", True))
    judged = in_labels(analysis, analysis.labels)
    return Findings(analysis, judged, summarise(judged), NO_MODELS)


@pytest.fixture(scope="module")
def contents() -> dict[str, str]:
    """Ending -> what the file holds."""
    return {file.ending: file.content().decode() for file in files(found(), pictures=True)}


def test_the_table_has_every_modality(contents: dict[str, str]):
    rows = list(csv.DictReader(io.StringIO(contents["timeline.csv"])))
    assert list(rows[0]) == recording_columns(EKMAN7)
    assert {row["modality"] for row in rows} == {"words", "voice", "face", "fused"}
    assert {row["source"] for row in rows} == {NAME}


def test_the_figures_are_json(contents: dict[str, str]):
    record = json.loads(contents["summary.json"])
    assert record["file"] == NAME
    assert record["conflicts"]


def test_subtitles_give_the_words_back(contents: dict[str, str]):
    back = read_transcript(contents["subtitles.vtt"].encode())
    assert [cue.text for cue in back.cues] == [line.text for line in SCRIPT]
    assert "[joy]" in contents["subtitles.vtt"]


def test_the_report_shows_faces_only_where_that_is_wanted(contents: dict[str, str]):
    (bare,) = [f.content().decode() for f in files(found(), False) if f.ending == "report.html"]
    assert "data:image/jpeg" in contents["report.html"]
    assert "data:image/jpeg" not in bare


def test_without_words_there_are_no_subtitles():
    assert "subtitles.vtt" not in {file.ending for file in files(found(words=False), True)}


def test_every_bar_is_as_long_as_the_others():
    figure = share_bars({"all": {"joy": 3, "anger": 1}, "none": {}, "one": {"joy": 2}}, EKMAN7)
    totals = np.sum([bar.x for bar in figure.data], axis=0)
    np.testing.assert_allclose(totals, [1, 0, 1])
    assert {bar.marker.color for bar in figure.data} == {colour("joy"), colour("anger")}
    assert list(figure.data[0].y) == ["all", "none", "one"]


def test_contributions_are_in_percent():
    figure = contribution_bars({"words": 0.25, "voice": 0.75}, {"words": "red", "voice": "blue"})
    (bars,) = figure.data
    assert list(bars.text) == ["25%", "75%"]
    assert list(bars.marker.color) == ["red", "blue"]
