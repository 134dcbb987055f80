"""Bytes of a text file in any encoding to characters."""

import codecs

HEAD = 1024
"""bytes that tell UTF-16"""
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


def decode(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Characters of a text file, and what a person should know of how they were found.

    Example:
        >>> decode("señor".encode("utf-16"))
        ('señor', ('the file is UTF-16, not UTF-8',))
    """
    if encoding := _utf16(content[:HEAD]):
        return content.decode(encoding, "replace"), ("the file is UTF-16, not UTF-8",)
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        start = max(0, error.start - BEFORE)
        encoding = _one_byte(content[start : start + LOOKED_AT])
        note = f"the file is not UTF-8; it was read as {encoding}: check accents and symbols"
        return content.decode(encoding, "replace"), (note,)
