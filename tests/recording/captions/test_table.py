"""A transcript as a table that a person edits, and back."""

import pandas as pd
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.recording.captions.reading import (
    COLUMNS,
    read_transcript,
    table_of,
    transcript_of,
)
from emotion_core.recording.transcript import Cue, Transcript

VTT = b"""WEBVTT

00:01.000 --> 00:02.500
<v Anna Lee>Good morning &amp; hello!

00:00:03.000 --> 00:00:04.250
<v Ben>How are you
"""


def test_a_table_and_back():
    transcript = read_transcript(VTT)
    table = table_of(transcript)
    assert list(table.columns) == ["start_s", "end_s", "speaker", "text"]
    assert transcript_of(table, "WebVTT") == transcript
    assert len(table_of(Transcript((), "SRT"))) == 0


def test_an_edited_table():
    rows = [(5, "6.5", None, " late  words "), (None, None, None, None), (1, 2, "Anna", "early")]
    found = transcript_of(pd.DataFrame(rows, columns=list(COLUMNS)), "edited", 0.3)
    assert found.cues == (Cue(1, 2, "early", "Anna"), Cue(5, 6.5, "late words"))
    assert (found.origin, found.reliability) == ("edited", 0.3)


@pytest.mark.parametrize(
    "times", [(2, 1), (-1, 2), (None, 2), ("soon", 2), (0, float("inf")), (float("nan"), 1)]
)
def test_wrong_times_are_told_by_their_row(times):
    table = pd.DataFrame([(0, 1, "", "a"), (*times, "", "b")], columns=list(COLUMNS))
    with pytest.raises(InvalidInput, match="row 2: expected 0 <= start <= end"):
        transcript_of(table, "edited")


def test_a_table_of_other_columns():
    with pytest.raises(InvalidInput, match="speaker, text is missing"):
        transcript_of(pd.DataFrame({"start_s": [0], "end_s": [1]}), "edited")
