"""Subtitles and plain text to a `Transcript`, and a transcript to a table that can be edited."""

import math
import re
from pathlib import Path

import pandas as pd

from ...encoding import decode
from ...errors import InvalidInput
from ..transcript import Cue, Transcript
from .blocks import has_times, timed_blocks, unrolled, voices
from .names import name_speakers
from .sentences import spoken_sentences

ENDINGS = (".srt", ".vtt", ".txt")
MAX_BYTES = 5 * 2**20
MAX_CUES = 20_000
PLAIN_TEXT = "plain text"
COLUMNS = ("start_s", "end_s", "speaker", "text")
"""of the table"""
_OTHER_FORMATS = {
    "[script info]": "SubStation Alpha",
    "<?xml": "XML",
    "<tt": "TTML",
    "<html": "HTML",
    "<!doctype": "HTML",
    "%pdf": "PDF",
    "{\\rtf": "RTF",
}
_SAID = re.compile(r"[^\W_]")


def read_transcript(source: str | Path | bytes, name: str = "") -> Transcript:
    r"""What is said in a recording, from subtitles or plain text.

    Args:
        source: path of an SRT, WebVTT or text file, or its bytes; what it is, its content tells
        name: what messages call it; empty takes the file's name

    Returns:
        Cues with times, in order of time; those of plain text have none yet (`is_timed`)

    Raises:
        InvalidInput: if there is no such file, it is too large, or holds nothing to read

    Example:
        >>> read_transcript(b"1\n00:00:01,000 --> 00:00:02,500\nANNA: Good morning!").cues
        (Cue(start_s=1.0, end_s=2.5, text='Good morning!', speaker='ANNA'),)
    """
    name = name or ("the transcript" if isinstance(source, bytes) else Path(source).name)
    text, notices = decode(_content(source, name))
    for line_break in ("\r\r\n", "\r\n", "\r"):
        text = text.replace(line_break, "\n")
    text = text.lstrip("\ufeff")
    if "\0" in text:
        raise InvalidInput(
            f"{name}: expected subtitles or text, got binary data; choose an SRT, WebVTT or text "
            "file"
        )
    webvtt = re.match(r"\s*WEBVTT(?:\s|$)", text) is not None
    if webvtt or has_times(text):
        return _read_subtitles(text.lstrip(), name, notices, webvtt=webvtt)
    start = text.lstrip()[:20].lower()
    for head, kind in _OTHER_FORMATS.items():
        if start.startswith(head):
            raise InvalidInput(f"{name} is {kind}; save it as SRT, WebVTT or plain text")
    lines = spoken_sentences(text)
    cues = tuple(Cue(0.0, 0.0, line.text, line.speaker) for line in lines)
    return Transcript(_readable(cues, name), PLAIN_TEXT, notices=notices)


def _content(source: str | Path | bytes, name: str) -> bytes:
    try:
        size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
        if size > MAX_BYTES:
            raise InvalidInput(
                f"{name}: expected at most {MAX_BYTES / 2**20:.0f} MB of text, got "
                f"{size / 2**20:,.1f} MB; choose subtitles, or part them"
            )
        return source if isinstance(source, bytes) else Path(source).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{name} cannot be read: {error}; choose a file") from error


def _readable(cues: tuple[Cue, ...], name: str) -> tuple[Cue, ...]:
    """The cues, unless there are none or too many."""
    if len(cues) > MAX_CUES:
        raise InvalidInput(
            f"{name}: expected at most {MAX_CUES:,} lines, got {len(cues):,}; part the transcript"
        )
    if not any(_SAID.search(cue.text) for cue in cues):
        raise InvalidInput(
            f"{name}: expected subtitles (SRT, WebVTT) or plain text, found no words in it; "
            "choose another file or type what is said"
        )
    return cues


def _read_subtitles(text: str, name: str, notices: tuple[str, ...], *, webvtt: bool) -> Transcript:
    blocks, lost = timed_blocks(text, webvtt=webvtt)
    forward = [b for b in unrolled(blocks) if b.end_s >= b.start_s]
    left_out, total = lost + len(blocks) - len(forward), lost + len(blocks)
    if left_out:
        notices += (
            f"{left_out:,} of {total:,} cues were left out: they have no times, or end before "
            "they start",
        )
    said = [(b, line) for b in forward for line in voices(b.lines, webvtt=webvtt)]
    labelled = name_speakers(["" if line.speaker else line.text for _, line in said])
    cues = []
    for (block, line), found in zip(said, labelled, strict=True):
        speaker, words = line if line.speaker else found
        cues.append(Cue(block.start_s, block.end_s, words, speaker))
    cues.sort(key=lambda cue: (cue.start_s, cue.end_s))
    return Transcript(_readable(tuple(cues), name), "WebVTT" if webvtt else "SRT", notices=notices)


def is_timed(transcript: Transcript) -> bool:
    """Whether it tells when anything is said; plain text does not."""
    return any(cue.end_s > 0 for cue in transcript.cues)


def table_of(transcript: Transcript) -> pd.DataFrame:
    """A row per cue, in the columns of `COLUMNS`."""
    rows = [(c.start_s, c.end_s, c.speaker, c.text) for c in transcript.cues]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def transcript_of(table: pd.DataFrame, origin: str, reliability: float = 1.0) -> Transcript:
    """An edited table as a transcript; rows without text are left out.

    Args:
        table: with the columns of `COLUMNS`
        origin: as of `Transcript`
        reliability: as of `Transcript`

    Raises:
        InvalidInput: if a column is missing, or the times of a row are wrong; the first row is 1
    """
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise InvalidInput(
            f"expected the columns {', '.join(COLUMNS)}; {', '.join(missing)} is missing"
        )
    if len(table) > MAX_CUES:
        raise InvalidInput(f"expected at most {MAX_CUES:,} rows, got {len(table):,}; part it")
    rows = zip(*(table[column].tolist() for column in COLUMNS), strict=True)
    cues = [
        Cue(*_times(place, start, end), _text(text), _text(speaker))
        for place, (start, end, speaker, text) in enumerate(rows, 1)
        if _text(text)
    ]
    cues.sort(key=lambda cue: (cue.start_s, cue.end_s))
    return Transcript(tuple(cues), origin, reliability)


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else " ".join(str(cell).split())  # type: ignore[call-overload]


def _times(row: int, start: object, end: object) -> tuple[float, float]:
    try:
        start_s, end_s = float(start), float(end)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        start_s = end_s = math.nan
    if not 0 <= start_s <= end_s < math.inf:
        raise InvalidInput(
            f"row {row}: expected 0 <= start <= end in seconds, got {start} to {end}; "
            "correct its times or delete the row"
        )
    return start_s, end_s
