"""Bytes of a text file in any encoding to characters."""

import codecs
import io
from typing import BinaryIO

HEAD = 1024
"""bytes that tell UTF-16"""
BLOCK = 2**20
"""bytes that are looked at for UTF-8 at a time"""
BEFORE, LOOKED_AT = 2**16, 2**18
"""bytes that tell another encoding: so many before the first that is not UTF-8, so many in all"""
WESTERN = "cp1252"
"""taken where several encodings fit as well"""
WIDE = ["utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"]
"""would be told by their marks or zeros"""


def _utf16(head: bytes) -> str:
    """The kind of UTF-16, by its mark or by where its zeros stand; empty for others."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = [head[start::2].count(0) for start in (0, 1)]
    if max(zeros) < len(head) / 4 or min(zeros) > max(zeros) / 4:
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _not_utf8(file: BinaryIO) -> int | None:
    """About where the first bytes stand that are not UTF-8; None if there are none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    place = 0
    try:
        while block := file.read(BLOCK):
            decoder.decode(block)
            place += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return place + error.start
    return None


def _one_byte(content: bytes) -> str:
    """The likeliest encoding of a text that is neither UTF-8 nor UTF-16."""
    from charset_normalizer import from_bytes

    guesses = from_bytes(content, cp_exclusion=WIDE)
    best = guesses.best()
    if best is None:
        return WESTERN
    as_good = (g for g in guesses if (g.chaos, g.coherence) == (best.chaos, best.coherence))
    western = any(WESTERN in g.could_be_from_charset for g in as_good)
    return WESTERN if western else best.encoding


def find_encoding(file: BinaryIO) -> tuple[str, tuple[str, ...]]:
    """The encoding of a text file, and what a person should know of how it was found.

    Args:
        file: open at its start; it is read in blocks, so that its size does not matter
    """
    if encoding := _utf16(file.read(HEAD)):
        return encoding, ("the file is UTF-16, not UTF-8",)
    file.seek(0)
    place = _not_utf8(file)
    if place is None:
        return "utf-8-sig", ()
    file.seek(max(0, place - BEFORE))
    encoding = _one_byte(file.read(LOOKED_AT))
    note = f"the file is not UTF-8; it was read as {encoding}: check accents and symbols"
    return encoding, (note,)


def decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Characters of a text file, and what a person should know of how they were found.

    Example:
        >>> decode("señor".encode("utf-16"))
        ('señor', ('the file is UTF-16, not UTF-8',))
    """
    encoding, notices = find_encoding(io.BytesIO(content))
    return content.decode(encoding, "replace"), notices
