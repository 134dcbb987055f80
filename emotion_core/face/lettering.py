"""Words and symbols in the fonts of this computer, for what OpenCV's own letters cannot write."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .draw import RGB, ascii_text

FONTS = (
    "NotoSans-Regular.ttf", "DejaVuSans.ttf", "LiberationSans-Regular.ttf", "segoeui.ttf",
    "Arial.ttf", "arial.ttf", "Helvetica.ttc", "Arial Unicode.ttf", "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf", "wqy-microhei.ttc", "msyh.ttc", "malgun.ttf", "PingFang.ttc",
    "NotoNaskhArabic-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "Nirmala.ttf",
)  # fmt: skip
"""the first that has every letter of a text is taken; without one, the letters that Pillow has"""
COLOUR_FONTS = (("NotoColorEmoji.ttf", 109), ("Apple Color Emoji.ttc", 160), ("seguiemj.ttf", 96))
"""fonts of symbols, and the size in px in which each has them"""
MISSING = "\U0010fffe"
"""a letter that no font has"""
CUT = "…"

Font = ImageFont.FreeTypeFont


class Letters(NamedTuple):
    """A text as it is written.

    Attributes:
        text: as far as there are letters for it
        font: which has them
        whole: whether there were letters for all of it
    """

    text: str
    font: Font
    whole: bool


@lru_cache(maxsize=256)
def _font(name: str, px: int) -> Font | None:
    """A font of this computer, None where there is none of that name."""
    try:
        return ImageFont.truetype(name, px)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _drawn(name: str, letter: str) -> bytes:
    """A letter as a font draws it."""
    sheet = Image.new("L", (40, 40))
    ImageDraw.Draw(sheet).text((8, 8), letter, 255, _font(name, 16))
    return sheet.tobytes()


def _has(name: str, letter: str) -> bool:
    return _drawn(name, letter) != _drawn(name, MISSING)


def _letters_only(text: str) -> str:
    """Without symbols, which fonts of letters lack, and without breaks."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in spaced if c.isprintable() and c < "\U00010000").split())


@lru_cache(maxsize=512)
def lettered(text: str, px: int) -> Letters:
    """A text in a font that has its letters; else accents fall, and what is left becomes `?`.

    Args:
        text: of any language
        px: height of the font
    """
    wanted = _letters_only(text)
    needed = sorted({c for c in wanted if not c.isspace()})
    for name in FONTS:
        font = _font(name, px)
        if font is not None and all(_has(name, letter) for letter in needed):
            return Letters(wanted, font, True)
    plain = ImageFont.load_default(px)
    if not isinstance(plain, ImageFont.FreeTypeFont):
        plain = ImageFont.truetype(FONTS[0], px)
    written = ascii_text(wanted)
    return Letters(written, plain, written == wanted)


def cut_to(text: str, px: int, width: float) -> str:
    """As much of a text as fits, with dots where it was cut."""
    letters = lettered(text, px)
    if letters.font.getlength(letters.text) <= width:
        return letters.text
    low, high = 0, len(letters.text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = letters.font.getlength(letters.text[:middle].rstrip() + CUT) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return letters.text[:low].rstrip() + CUT if low else ""


def wrapped(text: str, px: int, width: float, rows: int) -> list[str]:
    """A text in so many rows at most, of which the last is cut."""
    letters = lettered(text, px)
    words, found = letters.text.split(" "), []
    while words and len(found) < rows - 1:
        count = 1
        while count < len(words) and letters.font.getlength(" ".join(words[: count + 1])) <= width:
            count += 1
        found.append(cut_to(" ".join(words[:count]), px, width))
        words = words[count:]
    return [*found, cut_to(" ".join(words), px, width)] if words else found


def width_of(text: str, px: int) -> float:
    """Px that a text takes."""
    letters = lettered(text, px)
    return letters.font.getlength(letters.text)


def write(sheet: Image.Image, text: str, left: float, middle: float, px: int, ink: RGB) -> None:
    """Put a text on a picture, from `left` on, its letters around a height `middle`."""
    letters = lettered(text, px)
    ImageDraw.Draw(sheet).text((left, middle), letters.text, ink, letters.font, anchor="lm")


@lru_cache(maxsize=64)
def symbol_picture(symbol: str, px: int) -> np.ndarray:
    """A symbol in colour, (px, px, 4) RGBA uint8; all clear where no font of symbols is there."""
    for name, own_px in COLOUR_FONTS:
        font = _font(name, own_px)
        if font is not None:
            side = round(1.3 * own_px)
            sheet = Image.new("RGBA", (side, side))
            place = (side / 2, side / 2)
            ImageDraw.Draw(sheet).text(place, symbol, font=font, anchor="mm", embedded_color=True)
            box = sheet.getbbox()
            drawn = sheet.crop(box) if box else sheet
            return np.asarray(drawn.resize((px, px), Image.Resampling.LANCZOS))
    return np.zeros((px, px, 4), np.uint8)
