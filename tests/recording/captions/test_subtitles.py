"""Subtitles with emotions, written and read again."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput
from emotion_core.recording.captions.names import name_speakers
from emotion_core.recording.captions.reading import read_transcript
from emotion_core.recording.captions.subtitles import srt, webvtt
from emotion_core.recording.transcript import Cue, Transcript

TALK = Transcript(
    (
        Cue(0.0, 1.5, "Well done!", "Anna"),
        Cue(1.5, 3.25, "A < B & C > D"),
        Cue(3661.0019, 3662.9996, "♪"),
    ),
    "SRT",
)
LABELS = ["joy", "very sad", ""]


def test_webvtt():
    assert webvtt(TALK, LABELS, {"joy": "#fc0", "very sad": "rgb(1, 2, 3)"}) == (
        "WEBVTT\n\n"
        "STYLE\n::cue(.joy) { color: #fc0 }\n::cue(.very-sad) { color: rgb(1, 2, 3) }\n\n"
        "00:00:00.000 --> 00:00:01.500\n"
        "<v Anna><c.joy>Well done! <c.emotion-label>[joy]</c></c>\n\n"
        "00:00:01.500 --> 00:00:03.250\n"
        "<c.very-sad>A &lt; B &amp; C &gt; D <c.emotion-label>[very sad]</c></c>\n\n"
        "01:01:01.002 --> 01:01:03.000\n♪\n"
    )


def test_srt():
    assert srt(TALK) == (
        "1\n00:00:00,000 --> 00:00:01,500\nAnna: Well done!\n\n"
        "2\n00:00:01,500 --> 00:00:03,250\nA < B & C > D\n\n"
        "3\n01:01:01,002 --> 01:01:03,000\n♪\n"
    )
    assert "Anna: Well done! [joy]\n" in srt(TALK, LABELS)


def test_read_again_without_the_emotions():
    found = read_transcript(webvtt(TALK, LABELS, {"joy": "red"}).encode())
    assert found.origin == "WebVTT"
    assert found.notices == ()
    assert [(c.text, c.speaker) for c in found.cues] == [(c.text, c.speaker) for c in TALK.cues]


def test_without_cues():
    empty = Transcript((), "SRT")
    assert webvtt(empty, []) == "WEBVTT\n"
    assert srt(empty) == ""


@pytest.mark.parametrize("write", [webvtt, srt])
def test_a_label_for_each_cue(write):
    with pytest.raises(InvalidInput, match="expected 3 labels, one per cue, got 1"):
        write(TALK, ["joy"])


@pytest.mark.parametrize("colour", ["red }", "url(x)", "a\n\nb", "", "#12"])
def test_only_colours_get_into_the_styles(colour):
    with pytest.raises(InvalidInput, match="joy: expected a CSS colour"):
        webvtt(TALK, LABELS, {"joy": colour})


def test_a_time_in_what_is_said_starts_no_cue():
    talk = Transcript((Cue(0, 1, "00:01 --> 00:02 it says"),), "SRT")
    assert len(read_transcript(srt(talk).encode())) == 1
    assert read_transcript(webvtt(talk, ["joy"]).encode()).cues == talk.cues


WORDS = st.text(max_size=30).map(lambda text: " ".join(text.replace("\0", "").split()))
SPOKEN = WORDS.filter(lambda text: any(c.isalnum() for c in text))
TIMES = st.lists(st.integers(0, 9_999_999), min_size=2, max_size=2).map(sorted)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Ordered cues in whole milliseconds, none of which starts with what looks like a name."""
    cues = [
        Cue(start / 1000, end / 1000, draw(SPOKEN), draw(WORDS))
        for start, end in draw(st.lists(TIMES, min_size=1, max_size=6))
    ]
    texts = ["" if cue.speaker else cue.text for cue in cues]
    assume(not any(line.speaker for line in name_speakers(texts)))
    return Transcript(tuple(sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))), "WebVTT")


@given(transcripts(), st.data())
def test_webvtt_gives_the_same_transcript_back(transcript, data):
    labels = [data.draw(st.sampled_from(["", "joy", "<so> & so", "-->"])) for _ in transcript.cues]
    text = webvtt(transcript, labels, {"joy": "#fc0"})
    assert read_transcript(text.encode()) == transcript
    assert len(re.findall(r"^\d\d+:\d\d:\d\d\.\d{3} --> ", text, re.MULTILINE)) == len(transcript)


PLAIN = st.text("abc ,.!?äß漢-→0123456789", max_size=30).map(lambda text: " ".join(text.split()))


@given(
    st.lists(st.tuples(TIMES, PLAIN.filter(str.strip), st.sampled_from(["", "ANNA"])), min_size=1)
)
def test_srt_gives_the_same_transcript_back(lines):
    cues = [Cue(a / 1000, b / 1000, text, speaker) for (a, b), text, speaker in lines]
    assume(any(c.isalnum() for cue in cues for c in cue.text))
    transcript = Transcript(tuple(sorted(cues, key=lambda c: (c.start_s, c.end_s))), "SRT")
    assert read_transcript(srt(transcript).encode()) == transcript
