"""What is told of a moment beside the faces, in rows under the picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ..palette import symbol
from ..types import EmotionScores
from .draw import GROUND, NO_COLOURS, OTHER_COLOUR, RGB, WHITE, Colours
from .lettering import cut_to, lettered, symbol_picture, width_of, wrapped, write

QUIET: RGB = (186, 192, 200)
WARNING: RGB = (255, 138, 178)
TEXT_SHARE, SMALLEST_PX, LARGEST_PX = 1 / 34, 11, 36
"""height of a small letter as a share of the picture's width, and its limits"""
HEAD = 1.35
"""how much larger the answer is"""
WORD_ROWS = 2
NOT_WRITTEN = "some letters of the words are in no font of this computer and are written as ?"


@dataclass(frozen=True, eq=False)
class Told:
    """What is told of a moment.

    Attributes:
        scores: the answer; None where there is none
        person: number of the person whom it is about; 0 where it is about nobody who is seen
        about: whom or what it is about, in words
        note: what led to it
        warning: what speaks against it
        words: what is said
    """

    scores: EmotionScores | None = None
    person: int = 0
    about: str = ""
    note: str = ""
    warning: str = ""
    words: str = ""


@dataclass(frozen=True, eq=False)
class Telling:
    """What is told along a video.

    Attributes:
        at: time in s -> what is told; the same object for as long as it holds
        worded: whether words are told too, which need room
    """

    at: Callable[[float], Told]
    worded: bool


class Panel:
    """Draws the rows under the pictures of a video.

    Args:
        width: px, of the pictures
        worded: whether anything is said in it
        colours: label -> RGB
    """

    def __init__(self, width: int, worded: bool, colours: Colours = NO_COLOURS) -> None:
        self._width, self._colours = width, colours
        self._px = int(np.clip(round(width * TEXT_SHARE), SMALLEST_PX, LARGEST_PX))
        self._head_px = round(HEAD * self._px)
        self._pad = max(4, self._px // 2)
        self._word_rows = WORD_ROWS if worded else 0
        self._row, self._head_row = round(1.45 * self._px), round(1.5 * self._head_px)
        self.height = 2 * self._pad + self._head_row + (1 + self._word_rows) * self._row
        self._last: tuple[Told | None, np.ndarray] | None = None
        self.legible = True

    def under(self, frame: np.ndarray, told: Told) -> np.ndarray:
        """A frame (height, width, 3) RGB uint8 with the rows under it.

        Args:
            frame: as wide as the panel
            told: the same one for as long as it holds, since it is drawn once
        """
        if self._last is None or self._last[0] is not told:
            self._last = told, np.asarray(self._drawn(told))
        return np.concatenate([frame, self._last[1]])

    def _drawn(self, told: Told) -> Image.Image:
        sheet = Image.new("RGB", (self._width, self.height), GROUND)
        middle = self._pad + self._head_row / 2
        self._answer(sheet, told, middle)
        note, ink = (told.warning, WARNING) if told.warning else (told.note, QUIET)
        middle += (self._head_row + self._row) / 2
        room = self._width - 2 * self._pad
        write(sheet, cut_to(note, self._px, room), self._pad, middle, self._px, ink)
        rows = wrapped(told.words, self._px, room, self._word_rows) if told.words else []
        for text in rows if self._word_rows else ():
            middle += self._row
            left = (self._width - width_of(text, self._px)) / 2
            write(sheet, text, left, middle, self._px, WHITE)
        self.legible &= not told.words or lettered(told.words, self._px).whole
        return sheet

    def _answer(self, sheet: Image.Image, told: Told, middle: float) -> None:
        """Symbol, word, how sure it is, and whom it is about."""
        left = float(self._pad)
        if told.scores is not None:
            side = self._head_row - self._head_row // 6
            self._mark(sheet, told.scores, left, middle - side / 2, side)
            left += side + self._pad
        said = _said(told.scores)
        write(sheet, cut_to(said, self._head_px, self._width - left), left, middle,
              self._head_px, WHITE if told.scores is not None else QUIET)  # fmt: skip
        left += width_of(said, self._head_px) + 2 * self._pad
        about = cut_to(told.about, self._px, self._width - self._pad - left)
        right = self._width - self._pad - width_of(about, self._px)
        write(sheet, about, right, middle, self._px, QUIET)

    def _mark(
        self, sheet: Image.Image, scores: EmotionScores, left: float, top: float, side: int
    ) -> None:
        """The symbol over an edge in the colour of the label, dashed where it is uncertain."""
        face = max(1, side - side // 5)
        picture = Image.fromarray(symbol_picture(symbol(scores.label), face))
        place = round(left + (side - face) / 2), round(top)
        sheet.paste(picture, place, picture)
        pen = ImageDraw.Draw(sheet)
        ink = self._colours.get(scores.label, OTHER_COLOUR)
        bottom, low = top + side, top + side - max(3, side // 7)
        pieces = 5 if scores.uncertain else 1
        for piece in range(0, pieces, 2):
            start, end = (left + side * at / pieces for at in (piece, piece + 1))
            pen.rectangle((start, low, end, bottom), ink)


def _said(scores: EmotionScores | None) -> str:
    if scores is None:
        return "no answer"
    return f"{scores.label} {scores.probability:.0%}" + ", uncertain" * scores.uncertain
