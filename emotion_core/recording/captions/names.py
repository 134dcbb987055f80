"""Names of speakers that stand before what they say, such as `ANNA: Good morning`."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

MOST_WORDS, LONGEST = 4, 30
"""of a name, in words and characters"""
LEAST_SHARE = 0.5
"""of the lines; with so many labels even one that stands there once is a name"""
PARTICLES = frozenset("al and bin da de del der di el la le of the van von".split())
TITLES = frozenset("dr jr mr mrs ms prof sr st".split())
NOT_NAMES = frozenset(
    """also and attention because but caption captions caution chapter date day edit example fact
    first hint http https if important last lesson music nb next no note notes nothing now ok okay
    or part please plus problem ps reason remember reminder result rule scene second section so
    step subject subtitle subtitles summary that then there third this time tip title today
    tomorrow translation update warning well what when where who why yes yesterday""".split()
)
"""words that end in a colon without being anybody"""

_LABEL = re.compile(
    r"(?:[-–—>]+\s*)?[\[(]?(?P<name>[^\W\d_][^:：\[\]()<>\n]*?)[\])]?"
    r"(?:\s*[\[(][^\])\n]{0,40}[\])])?\s*(?::\s+|：\s*)(?P<text>\S.*)",
    re.DOTALL,
)


class SpokenLine(NamedTuple):
    """A line of a transcript, and whose it is."""

    speaker: str
    """empty where it is not known"""
    text: str


def _is_word_of_name(word: str) -> bool:
    bare = word.rstrip(".")
    if not re.fullmatch(r"[\w'’&#-]+", bare):
        return False
    if word != bare and len(bare) > 1 and bare.lower() not in TITLES:
        return False  # a sentence ends here
    return not bare[0].islower()


def _looks_like_name(name: str) -> bool:
    """Whether it is short, in capitals or in title case, and no word like `Note`."""
    first, *others = name.split()
    return (
        len(name) <= LONGEST
        and len(others) < MOST_WORDS
        and first.lower() not in NOT_NAMES
        and _is_word_of_name(first)
        and all(word in PARTICLES or _is_word_of_name(word) for word in others)
    )


def _candidate(line: str) -> SpokenLine | None:
    found = _LABEL.match(line[: LONGEST * 4])
    if found is None or not _looks_like_name(name := found["name"]):
        return None
    return SpokenLine(" ".join(name.split()), line[found.start("text") :])


def name_speakers(lines: Sequence[str]) -> list[SpokenLine]:
    """Who says each line, where a name stands before it.

    A name in capitals before words that are not is always one. Any other must stand before
    several lines, or half of the lines must have names, so that `Mission: Impossible` remains one.

    Example:
        >>> name_speakers(["ANNA: Good morning!", "Note: it is late."])
        [SpokenLine(speaker='ANNA', text='Good morning!'),
         SpokenLine(speaker='', text='Note: it is late.')]
    """
    found = [_candidate(line) for line in lines]
    counts = Counter(f.speaker for f in found if f)
    usual = counts.total() >= LEAST_SHARE * len(lines)

    def sure(line: SpokenLine) -> bool:
        loud = line.speaker.isupper() and not line.text.isupper()
        return loud or usual or counts[line.speaker] > 1

    return [
        f if f is not None and sure(f) else SpokenLine("", line)
        for f, line in zip(found, lines, strict=True)
    ]
