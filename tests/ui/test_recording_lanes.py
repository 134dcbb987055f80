"""What was found in a recording, as lanes and moments of the player."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.recording.analysis import RecordingAnalysis
from emotion_core.recording.labelled import in_labels
from emotion_core.recording.transcript import Cue
from emotion_core.types import EmotionScores
from tests.recording.examples import SCRIPT, recording
from ui.palette import colour
from ui.player import Lane, SpanLane, StackLane
from ui.player.lanes import lane_data
from ui.recording_lanes import (
    CONFLICT_COLOUR,
    MODALITY_COLOURS,
    ROWS_AT_MOST,
    recording_lanes,
    rows_of_cues,
    words_lanes,
)
from ui.recording_moments import WORDS_AT_MOST, shortened


@pytest.fixture(scope="module")
def judged() -> RecordingAnalysis:
    found = recording()
    return in_labels(found, found.labels)


def lane(lanes: list[Lane], name: str) -> Any:
    (found,) = [one for one in lanes if one.name == name]
    return found


def test_every_modality_has_a_lane(judged: RecordingAnalysis):
    lanes = recording_lanes(judged, {2: "Ben"})
    assert [one.name for one in lanes] == [
        "Words", "Sound", "Voice", "Face of person 1", "Face of Ben", "Fused", "Share of each",
        "Disagree",
    ]  # fmt: skip
    json.dumps([lane_data(one) for one in lanes], allow_nan=False)


def test_the_words_stand_in_their_lane_in_the_colour_of_their_emotion(judged: RecordingAnalysis):
    spans = lane(recording_lanes(judged, {}), "Words").spans
    assert [(s.start_s, s.end_s, s.text) for s in spans] == [
        (line.start_s, line.end_s, line.text) for line in SCRIPT
    ]
    assert spans[1].words == "Ben: I am glad to be here."
    assert spans[1].colour == colour("joy")
    assert spans[1].tip.startswith("joy ")


def test_a_disagreement_is_flagged_in_words(judged: RecordingAnalysis):
    spans = lane(recording_lanes(judged, {}), "Disagree").spans
    (span,) = [s for s in spans if s.text == "the words say joy, the voice says anger"]
    assert span.colour == CONFLICT_COLOUR
    assert span.start_s < SCRIPT[3].end_s
    assert span.end_s > SCRIPT[3].start_s


def test_shares_add_up_to_one_wherever_there_is_an_answer(judged: RecordingAnalysis):
    found = lane(recording_lanes(judged, {}), "Share of each")
    assert isinstance(found, StackLane)
    assert list(found.parts) == ["words", "voice", "face"]
    assert list(found.colours) == list(MODALITY_COLOURS.values())
    sums = found.shares.sum(1)
    assert np.isnan(sums[-1])
    np.testing.assert_allclose(sums[np.isfinite(sums)], 1)
    assert (np.diff(found.times_s) > 0).all()
    assert found.times_s[-1] == judged.duration_s


@pytest.mark.parametrize(
    ("lacking", "gone"),
    [
        (partial(recording, words=False), {"Words"}),
        (partial(recording, voice=False), {"Sound", "Voice"}),
        (partial(recording, faces=False), {"Face of person 1", "Face of person 2"}),
    ],
)
def test_what_is_absent_has_no_lane(lacking: Callable[[], RecordingAnalysis], gone: set[str]):
    whole, part = recording(), lacking()
    names = {one.name for one in recording_lanes(in_labels(whole, whole.labels), {})}
    left = {one.name for one in recording_lanes(in_labels(part, part.labels), {})}
    assert names - left - {"Disagree"} == gone


def test_nothing_at_all_has_no_lanes():
    found = recording(words=False, voice=False, faces=False)
    assert recording_lanes(found, {}) == []


def test_a_stack_is_json_with_gaps():
    stack = StackLane(
        "Shares", np.arange(3), np.array([[0.25, 0.75], [1, 0], [np.nan, np.nan]]), "ab", ["", ""]
    )
    assert lane_data(stack)["shares"] == [[0.25, 1.0, None], [0.75, 0.0, None]]


def test_cues_that_overlap_lie_in_lanes_of_their_own():
    cues = [Cue(0, 10, "long"), Cue(1, 2, "short"), Cue(2, 3, "next"), Cue(12, 13, "later")]
    assert rows_of_cues(cues) == [[0, 3], [1, 2]]
    assert rows_of_cues([]) == []
    assert len(rows_of_cues([Cue(0, 5, str(i)) for i in range(9)])) == ROWS_AT_MOST


def test_no_span_of_words_reaches_into_the_next_or_ends_before_it_starts():
    cues = [Cue(0, 5, "a"), Cue(0, 5, "b"), Cue(0, 9, "c"), Cue(1, 2, "d"), Cue(1.5, 3, "e")]
    scores = [EmotionScores(("joy", "anger"), np.array([0.9, 0.1])) for _ in cues]
    for one in words_lanes(cues, scores):
        assert isinstance(one, SpanLane)
        assert all(span.start_s <= span.end_s for span in one.spans)
        for before, after in zip(one.spans, one.spans[1:], strict=False):
            assert before.end_s <= after.start_s


def test_a_cue_without_words_has_a_span_without_an_emotion():
    (one,) = words_lanes([Cue(0, 1, "♪")], [None])
    assert isinstance(one, SpanLane)
    (span,) = one.spans
    assert (span.symbol, span.text, span.words) == ("", "♪", "♪")


def test_words_of_a_moment_are_cut_where_they_are_long():
    assert shortened("short") == "short"
    assert len(shortened("so long " * 20)) <= WORDS_AT_MOST
    assert shortened("so long " * 20).endswith("…")


def page() -> None:
    import numpy as np
    import streamlit as st

    from emotion_core.recording.labelled import in_labels
    from emotion_core.recording.summary import summarise
    from tests.recording.examples import recording
    from ui.player import player
    from ui.recording_lanes import recording_lanes
    from ui.recording_moments import conflict_pictures, recording_moments

    found = recording()
    judged = in_labels(found, found.labels)
    portraits = {judged.conflicts[0].start_s: np.full((96, 96, 3), 90, np.uint8)}
    pictures = conflict_pictures(portraits, "place")
    strong = summarise(judged).moments
    moments = recording_moments(judged, strong, {2: "Ben"}, "place", pictures)
    player(None, judged.duration_s, recording_lanes(judged, {}), "player", moments=moments)
    st.caption("shown")


def test_moments_are_in_order_of_time_and_peaks_have_pictures():
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    (component,) = app.get("bidi_component")
    moments = json.loads(component.proto.json)["moments"]
    times = [moment["time_s"] for moment in moments]
    assert times == sorted(times)
    assert any(moment["url"].endswith(".jpg") for moment in moments)
    said = [moment for moment in moments if moment["text"].startswith("⚡")]
    assert any(m["text"] == "⚡ the words say joy, the voice says anger (Ben)" for m in said)
    assert [bool(moment["url"]) for moment in said] == [True] + [False] * (len(said) - 1)
    assert [moment["flagged"] for moment in moments] == [moment in said for moment in moments]
