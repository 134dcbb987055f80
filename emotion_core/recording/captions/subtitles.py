"""A transcript as subtitles, with the emotion of what is said."""

import re
from collections.abc import Mapping, Sequence

from ...errors import InvalidInput
from ..transcript import Cue, Transcript
from .blocks import LABEL_CLASS

_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]+|rgba?\([0-9., %]+\)")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": " "})
_ARROW = re.compile(r"[-–—][-–— ]*>")


def webvtt(
    transcript: Transcript, labels: Sequence[str], colours: Mapping[str, str] | None = None
) -> str:
    """WebVTT subtitles; the emotion stands in brackets after what is said, and gives the colour.

    `read_transcript` gives the same cues back, without the emotions.

    Args:
        transcript: with times
        labels: one per cue; empty where there is none
        colours: label -> CSS colour

    Raises:
        InvalidInput: if there are more or fewer labels than cues, or a colour is none

    Example:
        >>> print(webvtt(Transcript((Cue(0, 1.5, "Well done!", "Anna"),), "SRT"), ["joy"]))
        WEBVTT
        <BLANKLINE>
        00:00:00.000 --> 00:00:01.500
        <v Anna><c.joy>Well done! <c.emotion-label>[joy]</c></c>
        <BLANKLINE>
    """
    _check(transcript, labels)
    blocks = ["WEBVTT"]
    styles = [_style(label, colour) for label, colour in (colours or {}).items()]
    if styles:
        blocks.append("\n".join(("STYLE", *styles)))
    for cue, label in zip(transcript.cues, labels, strict=True):
        said = _escaped(cue.text)
        if label:
            added = f"<c.{LABEL_CLASS}>[{_escaped(label)}]</c>"
            said = f"<c.{_class_name(label)}>{said} {added}</c>"
        voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker.strip() else ""
        blocks.append(f"{_times(cue, '.')}\n{voice}{said}")
    return "\n\n".join(blocks) + "\n"


def srt(transcript: Transcript, labels: Sequence[str] | None = None) -> str:
    """SRT subtitles: the speaker before what is said and, if wanted, the emotion in brackets after.

    Args:
        transcript: with times
        labels: one per cue, empty where there is none; None leaves them out

    Raises:
        InvalidInput: if there are more or fewer labels than cues

    Example:
        >>> print(srt(Transcript((Cue(0, 1.5, "Well done!", "ANNA"),), "SRT")))
        1
        00:00:00,000 --> 00:00:01,500
        ANNA: Well done!
        <BLANKLINE>
    """
    labels = [""] * len(transcript) if labels is None else labels
    _check(transcript, labels)
    blocks = []
    for number, (cue, label) in enumerate(zip(transcript.cues, labels, strict=True), 1):
        parts = [f"{cue.speaker}:" if cue.speaker.strip() else "", cue.text]
        said = _line(" ".join([*parts, f"[{label}]" if label else ""]))
        blocks.append(f"{number}\n{_times(cue, ',')}\n{_ARROW.sub('→', said)}\n")
    return "\n".join(blocks)


def _check(transcript: Transcript, labels: Sequence[str]) -> None:
    if len(labels) != len(transcript):
        raise InvalidInput(f"expected {len(transcript)} labels, one per cue, got {len(labels)}")


def _line(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())


def _escaped(text: str) -> str:
    """On one line, and without the characters that WebVTT reads as its own."""
    return _line(text).translate(_ESCAPES)


def _class_name(label: str) -> str:
    """A label as a class of a style sheet.

    Example:
        >>> _class_name("very happy!"), _class_name("2nd")
        ('very-happy-', '_2nd')
    """
    name = re.sub(r"[^\w-]", "-", label)
    return name if name[0].isalpha() or name[0] == "_" else f"_{name}"


def _style(label: str, colour: str) -> str:
    if not _COLOUR.fullmatch(colour):
        raise InvalidInput(f"{label}: expected a CSS colour such as #ffcc00, got {colour!r}")
    return f"::cue(.{_class_name(label)}) {{ color: {colour} }}"


def _times(cue: Cue, point: str) -> str:
    return f"{_clock(cue.start_s, point)} --> {_clock(cue.end_s, point)}"


def _clock(time_s: float, point: str) -> str:
    seconds, thousandths = divmod(round(time_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{thousandths:03d}"
