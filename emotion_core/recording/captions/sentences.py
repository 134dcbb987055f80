"""Plain text to the sentences in it."""

import re
import textwrap
from itertools import pairwise

from .names import SpokenLine, name_speakers

SHORT_FORMS = frozenset(
    "approx cf dr e.g etc fig gen hon i.e jr mr mrs ms prof rev sen sgt sr st u.k u.s vs".split()
)
"""words whose full stop does not end a sentence"""
LONGEST = 300
"""characters of a sentence; a text without full stops is parted between words"""
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s)|[。！？]++[」』”）]*+")
_BEFORE_WORD = re.compile(r"[\s(\"'“]")
_NEAR = 12
"""characters that are looked at on either side of the end of a sentence"""
_CLOSED = re.compile(r"[.!?…。！？:;\"'”’»)\]]$")


def _ends(line: str) -> list[int]:
    """Where the sentences of a line end."""
    ends = []
    for found in _END.finditer(line):
        near = line[max(0, found.start() - _NEAR) : found.start()]
        before = _BEFORE_WORD.split(near)[-1].lower()
        stop = found.group() == "."
        after = line[found.end() : found.end() + _NEAR].lstrip()[:1]
        initial = len(before) == 1 and before.isalpha() and before != "i"
        if not (after.islower() or (stop and (initial or before in SHORT_FORMS))):
            ends.append(found.end())
    return ends


def split_sentences(line: str) -> list[str]:
    """The sentences of a line, in order.

    Example:
        >>> split_sentences("Mr. Lee is here. Why? Nobody knows ... yet")
        ['Mr. Lee is here.', 'Why?', 'Nobody knows ... yet']
    """
    parts = (line[start:end].strip() for start, end in pairwise([0, *_ends(line), len(line)]))
    return [
        short
        for part in parts
        for short in textwrap.wrap(part, LONGEST, break_long_words=False, break_on_hyphens=False)
    ]


def _unwrapped(text: str) -> list[str]:
    """Lines without the breaks that only keep them short."""
    lines: list[list[str]] = []
    open_sentence = False
    for line in (" ".join(raw.split()) for raw in text.split("\n")):
        if open_sentence and line[:1].islower():
            lines[-1].append(line)
        elif line:
            lines.append([line])
        open_sentence = bool(line) and not _CLOSED.search(line)
    return [" ".join(parts) for parts in lines]


def spoken_sentences(text: str) -> list[SpokenLine]:
    """Every sentence of a plain text and who says it; a name holds to the end of its line."""
    return [
        SpokenLine(line.speaker, sentence)
        for line in name_speakers(_unwrapped(text))
        for sentence in split_sentences(line.text)
    ]
