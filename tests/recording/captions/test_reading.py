"""SRT, WebVTT and plain text, tidy and not."""

from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.encoding import decode
from emotion_core.errors import InvalidInput
from emotion_core.recording.captions import reading as captions
from emotion_core.recording.captions.names import name_speakers
from emotion_core.recording.captions.reading import (
    MAX_BYTES,
    is_timed,
    read_transcript,
    transcript_of,
)
from emotion_core.recording.captions.sentences import split_sentences
from emotion_core.recording.transcript import Cue, Transcript

SRT = """1
00:00:01,000 --> 00:00:02,500
Good morning!

2
00:00:03,000 --> 00:00:04,250
How are you
today?
"""
VTT = """WEBVTT - A title
Kind: captions
Language: en

NOTE
a note of
two lines

STYLE
::cue(.loud) { color: red }

REGION
id:fred

intro
00:01.000 --> 00:02.500 align:start position:10%
<v Anna Lee>Good <b>morning</b> &amp; hello!

00:00:03.000 --> 00:00:04.250
<v.first.loud Ben>How are <00:00:03.500><c.yellow>you</c>
"""


def read(text: str) -> Transcript:
    return read_transcript(text.encode())


def cue(lines: str, times: str = "00:00:01,000 --> 00:00:02,000") -> str:
    return f"1\n{times}\n{lines}\n"


def texts(text: str) -> list[str]:
    return [c.text for c in read(text).cues]


def test_srt():
    found = read(SRT)
    assert found.origin == "SRT"
    assert found.notices == ()
    assert found.reliability == 1
    assert found.cues == (Cue(1, 2.5, "Good morning!"), Cue(3, 4.25, "How are you today?"))


def test_webvtt():
    found = read(VTT)
    assert found.origin == "WebVTT"
    assert found.notices == ()
    assert found.cues == (
        Cue(1, 2.5, "Good morning & hello!", "Anna Lee"),
        Cue(3, 4.25, "How are you", "Ben"),
    )


def test_plain_text_has_no_times():
    found = read("I am so happy. Really!\nThank you")
    assert found.origin == "plain text"
    assert [c.text for c in found.cues] == ["I am so happy.", "Really!", "Thank you"]
    assert not is_timed(found)
    assert is_timed(read(SRT))


def test_the_content_tells_what_it_is(tmp_path):
    for name, content, origin in (
        ("a.txt", SRT, "SRT"),
        ("a.srt", VTT, "WebVTT"),
        ("a.vtt", "Hello you.", "plain text"),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert read_transcript(tmp_path / name).origin == origin
        assert read_transcript(str(tmp_path / name)).origin == origin


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\r\r\n"])
def test_unicode_and_line_breaks(encoding, line_break):
    content = cue("¿Qué pasó, señor?").replace("\n", line_break).encode(encoding)
    found = read_transcript(content)
    assert found.cues == (Cue(1, 2, "¿Qué pasó, señor?"),)
    assert bool(found.notices) == encoding.startswith("utf-16")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("latin-1", "C'est la fête à Orléans, ça va très bien, merci."),
        ("latin-1", "Ich hätte gern süße Brötchen für Jürgen, bitte schön."),
        ("cp1252", "It’s “fine”, he said – naïve as ever."),
        ("cp1251", "Привет, как дела? Всё хорошо, спасибо большое."),
    ],
)
def test_older_encodings(encoding, text):
    found, notices = decode(text.encode(encoding))
    assert found == text
    assert "the file is not UTF-8" in notices[0]
    assert read_transcript(text.encode(encoding)).notices == notices


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01.000 --> 00:00:02.000",
        "00:01,000 --> 00:02,000",
        "0:01 --> 0:02",
        "0:0:1,0-->0:0:2,0",
        "  00:00:01,000   -- >  00:00:02,000  ",
        "00:00:01,000 – > 00:00:02,000",
        "00 : 00 : 01 , 000 --> 00 : 00 : 02 , 000",
        "00:00:01:000 --> 00:00:02:000",
        "00:00:01,000 --> 00:00:02,000 X1:201 X2:516 Y1:397 Y2:423",
    ],
)
def test_untidy_times(times):
    assert read(cue("Hello", times)).cues == (Cue(1, 2, "Hello"),)


def test_numbers_and_empty_lines_may_be_missing():
    times = "00:00:0{} --> 00:00:0{}"
    body = "\n".join((times.format(1, 2), "One", "7", times.format(3, 4), "Two", "words"))
    assert [c.text for c in read(body).cues] == ["One", "Two words"]


def test_words_after_an_empty_line_belong_to_the_cue():
    spaced = SRT.replace("\n", "\n\n")
    assert read(spaced).cues == read(SRT).cues
    assert read(spaced).notices == ()


def test_a_cue_may_be_a_number():
    assert texts(cue("42") + "\n" + cue("43")) == ["42", "43"]


def test_styling_is_removed():
    said = r"{\an8}<i>Good</i> <font color='red'>morning</font>, <B>1 < 2</B> {i}you{/i}"
    assert texts(cue(said)) == ["Good morning, 1 < 2 you"]


def test_ordered_by_time_and_overlaps_kept():
    late = cue("Late", "00:00:05,000 --> 00:00:09,000")
    inside = cue("Inside", "00:00:01,000 --> 00:00:08,000")
    first = cue("First", "00:00:01,000 --> 00:00:06,000")
    assert texts("\n".join((late, inside, first))) == ["First", "Inside", "Late"]


def test_cues_that_cannot_be_placed_are_counted():
    backwards = cue("Back", "00:00:05,000 --> 00:00:04,000")
    found = read("\n".join((SRT, backwards, "4\nno times here\n", "5\n00:xx --> 00:09\nodd\n")))
    assert [c.text for c in found.cues] == ["Good morning!", "How are you today?"]
    assert found.notices == (
        "3 of 5 cues were left out: they have no times, or end before they start",
    )


def test_webvtt_without_times_is_counted():
    found = read(VTT + "\nlost words\n")
    assert len(found) == 2
    assert found.notices[0].startswith("1 of 3 cues")


def test_several_voices_in_one_cue():
    body = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>Hi!</v> <v Tom &amp; Jo>Hello</v>"
    assert read(body).cues == (Cue(1, 2, "Hi!", "Anna"), Cue(1, 2, "Hello", "Tom & Jo"))


def test_rolling_captions_are_said_once():
    body = (
        "WEBVTT\nKind: captions\n\n00:00.100 --> 00:02.000 align:start\n \n"
        "so<00:00:00.400><c> this</c>\n\n00:02.000 --> 00:02.010\nso this\n \n\n"
        "00:02.010 --> 00:04.000\nso this\nis<00:00:02.400><c> it</c>\n\n"
        "00:04.000 --> 00:06.000\nis it\n<c>really</c>\n"
    )
    assert texts(body) == ["so this", "is it", "really"]


def test_what_is_said_twice_stays():
    assert texts(cue("No.") + "\n" + cue("No.")) == ["No.", "No."]


@pytest.mark.parametrize("head", ["", "WEBVTT\n\n"])
def test_names_before_what_is_said(head):
    body = cue("ANNA: Good morning!") + "\n" + cue("- Dr. Lee (softly): It is late: go.")
    body += "\n" + cue("Dr. Lee: Please.")
    assert [(c.speaker, c.text) for c in read(head + body).cues] == [
        ("ANNA", "Good morning!"),
        ("Dr. Lee", "It is late: go."),
        ("Dr. Lee", "Please."),
    ]


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ("ANNA: hello", "ANNA"),
        ("[ANNA]: hello", "ANNA"),
        (">> ANNA LEE: hello", "ANNA LEE"),
        ("SPEAKER 2: hello", "SPEAKER 2"),
        ("MAN (shouting): hello", "MAN"),
        ("Ludwig van Beethoven: hello", "Ludwig van Beethoven"),
        ("O'Brien: hello", "O'Brien"),
        ("Mr. Smith: hello", "Mr. Smith"),
        ("张三：你好", "张三"),
        ("Q: Why?", "Q"),
    ],
)
def test_what_is_a_name(line, speaker):
    found = name_speakers([line, "Yes"])  # half of the lines
    assert found[0].speaker == speaker
    assert found[1] == ("", "Yes")


@pytest.mark.parametrize(
    "line",
    [
        "Note: hello",
        "NOTE: hello",
        "I say this: go",
        "We take Note: hello",
        "He said: go home",
        "Yes. Bob: hello",
        "Look at http://example.org",
        "It is 10:30 now",
        "at 10: thirty",
        "ANNA:",
        ": hello",
        "A very long line without any names in it but with Many Words: hello",
        "To Whom It May Ever Concern: hello",
        "note that: Anna is here",
    ],
)
def test_what_is_no_name(line):
    assert name_speakers([line]) == [("", line)]


def test_one_colon_among_many_lines_is_no_name():
    lines = ["It begins.", "Mission: Impossible", "It goes on.", "It ends."]
    assert [line.speaker for line in name_speakers(lines)] == [""] * 4
    assert [line.speaker for line in name_speakers([*lines, "Mission: done"])].count("Mission") == 2


def test_a_text_all_in_capitals():
    lines = ["I SAW IT: A BIRD", "IT FLEW AWAY", "AND CAME BACK"]
    assert [line.speaker for line in name_speakers(lines)] == ["", "", ""]


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Mr. Lee met Dr. No. J. R. Smith left.", ["Mr. Lee met Dr. No.", "J. R. Smith left."]),
        ("It costs 3.5 euros ... or so", ["It costs 3.5 euros ... or so"]),
        ('"Go!" he said. "No."', ['"Go!" he said.', '"No."']),
        ("No. Not you, nor I. Never.", ["No.", "Not you, nor I.", "Never."]),
        ("你好。你在哪里？我在这里", ["你好。", "你在哪里？", "我在这里"]),
        ("Wait... What?!", ["Wait...", "What?!"]),
        ("", []),
    ],
)
def test_sentences(line, sentences):
    assert split_sentences(line) == sentences


def test_a_text_without_full_stops_is_parted_between_words():
    found = split_sentences("so on and on " * 100)
    assert all(200 < len(part) <= 300 for part in found[:-1])
    assert " ".join(found) == ("so on and on " * 100).strip()


def test_plain_text_with_names_and_broken_lines():
    text = "ANNA: I am here. It is\nso late.\n\nBEN: Yes.\nand so\nGo on"
    assert [(c.speaker, c.text) for c in read(text).cues] == [
        ("ANNA", "I am here."),
        ("ANNA", "It is so late."),
        ("BEN", "Yes."),
        ("", "and so"),
        ("", "Go on"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found no words"),
        (b" \n\n \xef\xbb\xbf", "found no words"),
        (b"--- 12:30 ...", None),
        (b"... --- !!!", "found no words"),
        (b"WEBVTT\n\nNOTE nothing", "found no words"),
        (b"1\n00:00:02 --> 00:00:01\nback", "found no words"),
        (b"1\n00:00:01 --> 00:00:02\n\n", "found no words"),
        (b"PK\x03\x04\0\0\0\0binary\0\xff\xfe", "binary data"),
        (b"[Script Info]\nTitle: a", "SubStation Alpha; save it as SRT"),
        (b"<?xml version='1.0'?><tt></tt>", "XML; save it as SRT"),
        (b"%PDF-1.7", "PDF; save it as SRT"),
        (b"a" * (MAX_BYTES + 1), "expected at most 5 MB of text, got 5.0 MB"),
    ],
)
def test_what_cannot_be_read(content, message):
    if message is None:
        assert texts(content.decode()) == ["--- 12:30 ..."]
        return
    with pytest.raises(InvalidInput, match=f"mine: .*{message}|mine is {message}"):
        read_transcript(content, "mine")


def test_too_many_cues(monkeypatch):
    monkeypatch.setattr(captions, "MAX_CUES", 2)
    with pytest.raises(InvalidInput, match="expected at most 2 lines, got 3; part"):
        read("One. Two. Three.")
    with pytest.raises(InvalidInput, match="expected at most 2 rows, got 3"):
        transcript_of(pd.DataFrame([(0, 1, "", "a")] * 3, columns=list(captions.COLUMNS)), "SRT")


@pytest.mark.parametrize("path", ["nothing.srt", "a" * 5000, "\0"])
def test_no_such_file(path, tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_transcript(tmp_path / path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_transcript(tmp_path)


def test_two_hours():
    def clock(second: int) -> str:
        return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"

    found = read("\n".join(cue(f"Line {s}", f"{clock(s)},0 --> {clock(s)},9") for s in range(7200)))
    assert len(found) == 7200
    assert found.cues[-1] == Cue(7199, 7199.9, "Line 7199")


PIECES = st.sampled_from(
    ["WEBVTT", "\n", "\n\n", "\r", "1", "00:00:01,000", " --> ", "00:00:02.5", "-", ">", "<v ", "<",
     ">", "&amp;", "&#0;", "&#xD800;", "NOTE", "ANNA: ", "：", "a", ".", "{\\an8}", "\0", "\u2028",
     "<00:00:01.000>", "99:99:99,999999999", "[", "]", "(", ")", "é", "½", "²"]
)  # fmt: skip
UNTIDY = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@given(UNTIDY | UNTIDY.map(lambda text: "WEBVTT\n\n" + text))
def test_any_text_is_read_or_refused(text):
    try:
        found = read(text)
    except InvalidInput:
        return
    assert all(c.text.strip() for c in found.cues)
    assert [c.start_s for c in found.cues] == sorted(c.start_s for c in found.cues)
    assert found.origin in ("SRT", "WebVTT", "plain text")
    assert read_transcript(text.encode("utf-16")).cues == found.cues


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content):
    with suppress(InvalidInput):
        assert len(read_transcript(content))
