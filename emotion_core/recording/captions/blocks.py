"""The text of an SRT or WebVTT file to what is said from when to when, however untidy it is."""

import html
import re
from dataclasses import dataclass, field
from itertools import pairwise

from .names import SpokenLine

LABEL_CLASS = "emotion-label"
"""of the words that this project adds to its subtitles: they were not said"""

_TIME = (
    r"(?:([0-9]{1,4})[ \t]*:[ \t]*)?([0-9]{1,3})[ \t]*:[ \t]*([0-9]{1,2})"
    r"(?:[ \t]*[.,:][ \t]*([0-9]{1,9}))?"
)
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*(?:-[ \t]?-|[–—])[-–— \t]*>[ \t]*{_TIME}")
_TAG = re.compile(
    r"</?(?:[biusv]|c|font|span|p|br|ruby|rt|lang)(?:[\s./][^<>]*)?>|<[0-9:.]+>"
    r"|\{\\[^{}]*\}|\{/?[bius]\}",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_ADDED = re.compile(rf"<c\.{LABEL_CLASS}>[^<]*</c>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>")
_SAID_AT = re.compile(r"<[0-9]{2,}:[0-9:.]+>")
_NO_CUE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")


@dataclass
class TimedBlock:
    """The lines that stand under one pair of times.

    Attributes:
        start_s: where they start
        end_s: where they end; may lie before
        lines: as they stand in the file
    """

    start_s: float
    end_s: float
    lines: list[str] = field(default_factory=list)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    whole = 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds)
    return float(f"{whole}.{fraction or 0}")


def has_times(text: str) -> bool:
    """Whether a line of it is a pair of times, as subtitles have them."""
    return any(_TIMING.match(line) for line in text.split("\n") if ">" in line)


def timed_blocks(text: str, *, webvtt: bool) -> tuple[list[TimedBlock], int]:
    """Every block that has times, and how many have none.

    Words after an empty line belong to the block before, but for WebVTT, whose rules forbid it,
    and but for a number without times, which begins a block of its own.
    """
    found: list[TimedBlock] = []
    lost = 0
    for block in re.split(r"\n\n+" if webvtt else r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        if webvtt and _NO_CUE.match(lines[0]) and not lines[0].startswith("WEBVTT"):
            continue
        timed = _blocks_of(lines)
        found += timed
        words = [] if timed else [line for line in lines if line.strip()]
        if not words or (webvtt and _NO_CUE.match(lines[0])):
            continue
        numbered = words[0].strip().isdigit()
        if numbered and len(words) == 1:
            continue
        if webvtt or numbered or not found:
            lost += 1
        else:
            found[-1].lines += words
    return found, lost


def _blocks_of(lines: list[str]) -> list[TimedBlock]:
    """The blocks of lines between which no line is empty."""
    timings = [(i, found) for i, line in enumerate(lines) if (found := _TIMING.match(line))]
    ends = [*(i for i, _ in timings), len(lines)]
    blocks = []
    for (_, timing), (place, end) in zip(timings, pairwise(ends), strict=True):
        said = lines[place + 1 : end]
        if end < len(lines) and said and said[-1].strip().isdigit():
            del said[-1]  # the number of the next
        times = timing.groups()
        blocks.append(TimedBlock(_seconds(*times[:4]), _seconds(*times[4:]), said))
    return blocks


def unrolled(blocks: list[TimedBlock]) -> list[TimedBlock]:
    """Blocks without the lines that captions made while somebody speaks show a second time.

    Such captions tell when each word is said, and roll: the line before is shown again.
    """
    if not any(_SAID_AT.search(line) for block in blocks for line in block.lines):
        return blocks
    rolled, before = [], set[str]()
    for block in blocks:
        plain = {line: _plain(_ANY_TAG.sub("", line)) for line in block.lines}
        rolled.append(
            TimedBlock(
                block.start_s, block.end_s, [x for x in block.lines if plain[x] not in before]
            )
        )
        before = set(plain.values())
    return rolled


def _plain(text: str) -> str:
    return " ".join(text.split())


def voices(lines: list[str], *, webvtt: bool) -> list[SpokenLine]:
    """What is said under one pair of times, a line for each voice that a tag names."""
    text = " ".join(lines)
    if not webvtt and not _VOICE.search(text):
        said = _plain(_TAG.sub("", text))
        return [SpokenLine("", said)] if said else []
    before, *named = _VOICE.split(_ADDED.sub("", text))
    pairs = [("", before), *zip(named[::2], named[1::2], strict=True)]
    found = [
        SpokenLine(_plain(html.unescape(name)), _plain(html.unescape(_ANY_TAG.sub("", said))))
        for name, said in pairs
    ]
    return [line for line in found if line.text]
