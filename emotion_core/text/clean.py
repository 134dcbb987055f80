"""Raw text to what the tokenizer reads, with a notice for all that was left out.

Training and serving share this module, so that a model is asked what it was taught.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ..errors import InvalidInput

MAX_CHARACTERS = 20_000
"""A text is cut here before it is tokenised, so that one huge cell cannot hold up the rest."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""half a character of UTF-16, left where a text was cut within an emoji"""


@dataclass(frozen=True)
class CleanText:
    """A text as the model reads it, and what the person should know of it."""

    text: str
    notices: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def _replacement(character: str) -> str:
    """What stands for one character: an emoji becomes its Unicode name, a control a blank."""
    category = unicodedata.category(character)
    if character == "´":
        return "'"  # typed for an apostrophe
    if category == "So":
        return f" {unicodedata.name(character, '').lower()} "
    if character in "\t\n\r" or category == "Cc":
        return " "
    if category in ("Cf", "Cs", "Co", "Cn", "Sk") and not character.isascii():
        return ""  # joiners, variation selectors, skin tones, lone surrogates
    return "" if 0xFE00 <= ord(character) <= 0xFE0F else character


def clean(text: str) -> CleanText:
    """Normalise a text: NFC, emoji by name, no control characters, single blanks.

    Raises:
        InvalidInput: if nothing is left to read

    Example:
        >>> clean("so  happy 😂").text
        'so happy face with tears of joy'
    """
    if not isinstance(text, str):
        raise InvalidInput(f"expected a text, got {type(text).__name__}")
    notices = []
    if len(text) > MAX_CHARACTERS:
        notices.append(f"only the first {MAX_CHARACTERS:,} of {len(text):,} characters were read")
        text = text[:MAX_CHARACTERS]
    if not text.isascii() or not text.isprintable():
        if SURROGATE.search(text):
            notices.append("half a character, such as of an emoji, was left out")
        text = "".join(map(_replacement, unicodedata.normalize("NFC", text)))
    text = " ".join(text.split())
    if not text:
        raise InvalidInput("the text is empty; type or choose a text with at least one word")
    return CleanText(text, tuple(notices))
