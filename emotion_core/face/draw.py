"""What was seen, drawn on a frame: boxes, captions, bars, heat; and blur.

Every function takes an RGB frame (height, width, 3) uint8 and gives a new one.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np

from ..errors import InvalidInput
from ..types import EmotionScores, Faces
from .analysis import FaceWeights
from .detect import checked_frame

RGB = tuple[int, int, int]
Colours = Mapping[str, RGB]
"""label -> colour; a label that is missing is drawn in `OTHER_COLOUR`"""

NO_COLOURS: Colours = MappingProxyType({})
OTHER_COLOUR: RGB = (124, 135, 148)
BLACK: RGB = (0, 0, 0)
WHITE: RGB = (255, 255, 255)
GROUND: RGB = (24, 24, 28)
FOR_COLOUR: RGB = (250, 151, 0)
AGAINST_COLOUR: RGB = (16, 186, 255)

FONT = cv2.FONT_HERSHEY_SIMPLEX
USUAL_PX = 554
"""the side of a square as large as 640x480, for which the sizes below are meant"""
LINE, TEXT, STROKE = 2.0, 0.5, 1.2
SMALLEST_TEXT = 0.4
"""below this scale the strokes of a letter run into each other"""
LONGEST_NAME = 20
"""letters of a label, after which it is cut"""
MOST_BARS = 7
PANEL_OPACITY = 0.85
TOUCH_SHARE = 0.2
"""a caption of which less lies over another face still leaves it free"""
FACE_SHARE = 0.25
"""bars of which more would lie over their own face are left out"""
BLUR_MARGIN = 0.25
"""share of a face's box added on each side; from 0.21 on the ellipse covers the whole box"""
BLUR_CELLS = 4
"""what is left of a blurred face: as many mean colours across"""
OUTLINE = 0.5
"""share of the largest weight at which a region gets its outline"""
OPACITY = 0.75
ASCII = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
     "đ": "d", "Đ": "D", "ı": "i", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"'}
)  # fmt: skip


def ascii_text(text: str) -> str:
    """Text in the letters that OpenCV's fonts have: accents fall, what is left becomes `?`.

    Example:
        >>> ascii_text("Überraschung, joie – naïve"), ascii_text("喜び 😊")
        ('Uberraschung, joie - naive', '? ?')
    """
    apart = unicodedata.normalize("NFKD", " ".join(text.split()).translate(ASCII))
    kept = "".join(c for c in apart if unicodedata.category(c)[0] not in "MC")
    return re.sub(r"[^ -~]+", "?", kept)


def readable_on(colour: RGB) -> RGB:
    """Black or white, whichever contrasts more (WCAG 2.2, relative luminance).

    Example:
        >>> readable_on((250, 151, 0)), readable_on((0, 90, 181))
        ((0, 0, 0), (255, 255, 255))
    """
    shares = np.array(colour) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return BLACK if (luminance + 0.05) ** 2 > 1.05 * 0.05 else WHITE


def draw_faces(
    frame: np.ndarray,
    faces: Faces,
    scores: Sequence[EmotionScores | None],
    colours: Colours = NO_COLOURS,
    *,
    bars: bool = False,
) -> np.ndarray:
    """Box, number, emotion and percentage of each face; uncertain ones dashed and hollow.

    A face has the number of its track, or else that of its place in `faces`, from 1. Captions
    keep clear of each other where they can; one that does not fit the picture is left out.

    Args:
        frame: (height, width, 3) RGB uint8
        faces: in px of the frame
        scores: one per face; None draws the box and the number alone
        colours: label -> RGB
        bars: also the probabilities of each face beside it, where there is room

    Raises:
        InvalidInput: if there are not as many scores as faces, or the frame is no RGB picture
    """
    if len(scores) != len(faces):
        raise InvalidInput(f"expected scores for {len(faces)} faces, got {len(scores)}")
    sheet = _Sheet(frame, faces)
    numbers = [int(track) or at for at, track in enumerate(faces.track_id, 1)]
    looks = [colours.get(answer.label if answer else "", OTHER_COLOUR) for answer in scores]
    unsure = [answer is not None and answer.uncertain for answer in scores]
    for face in sheet.visible:
        sheet.draw_box(face, looks[face], dashed=unsure[face])
    for face in sheet.visible:
        texts = _captions(numbers[face], scores[face])
        sheet.draw_caption(face, texts, looks[face], hollow=unsure[face])
    for face in sheet.visible if bars else ():
        if (answer := scores[face]) is not None:
            sheet.draw_bars(face, f"#{numbers[face]}", answer, colours)
    return sheet.frame


def blur_faces(frame: np.ndarray, faces: Faces, margin: float = BLUR_MARGIN) -> np.ndarray:
    """Faces made unrecognisable for good: four mean colours across are all that is left.

    Args:
        frame: (height, width, 3) RGB uint8
        faces: in px of the frame
        margin: share of a box that is added on each of its sides

    Raises:
        InvalidInput: if the frame is no RGB picture
    """
    blurred = checked_frame(frame).copy()
    height, width = blurred.shape[:2]
    for left, top, right, bottom in faces.boxes_xyxy.astype(np.float64):
        centre = np.array([left + right, top + bottom]) / 2
        axes = (0.5 + margin) * np.array([right - left, bottom - top])
        (x0, y0), (x1, y1) = np.clip(
            [np.floor(centre - axes), np.ceil(centre + axes)], 0, (width, height)
        ).astype(int)
        if x0 < x1 and y0 < y1:
            part = blurred[y0:y1, x0:x1]
            across = (np.arange(x0, x1) + 0.5 - centre[0]) / axes[0]
            down = (np.arange(y0, y1) + 0.5 - centre[1]) / axes[1]
            inside = np.square(across)[None] + np.square(down)[:, None] <= 1
            cv2.copyTo(_coarse(part), inside.astype(np.uint8), part)
    return blurred


def draw_heat(explained: FaceWeights, size_px: int = 240) -> np.ndarray:
    """What the network saw, under the regions that drove its answer.

    Regions that speak for the label are orange with a solid outline, those against it blue with
    a dotted one, so that neither depends on colour alone. The strongest is the most opaque.

    Args:
        explained: crop and weights
        size_px: the longer side of the picture

    Returns:
        (height, width, 3) RGB uint8
    """
    height, width = explained.crop.shape[:2]
    scale = size_px / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    crop = explained.crop if explained.crop.ndim == 3 else np.stack([explained.crop] * 3, -1)
    frame = cv2.resize(crop, size_wh, interpolation=cv2.INTER_CUBIC)
    largest = float(np.abs(explained.weights).max(initial=0)) or 1.0
    shares = (explained.weights / largest).astype(np.float32)
    shares = np.clip(cv2.resize(shares, size_wh, interpolation=cv2.INTER_CUBIC), -1, 1)
    colour = np.where(shares[..., None] > 0, FOR_COLOUR, AGAINST_COLOUR)
    opacity = OPACITY * np.abs(shares)[..., None]
    frame = np.rint((1 - opacity) * frame + opacity * colour).astype(np.uint8)
    _outline(frame, shares >= OUTLINE, FOR_COLOUR, dotted=False)
    _outline(frame, shares <= -OUTLINE, AGAINST_COLOUR, dotted=True)
    return frame


def _coarse(part: np.ndarray) -> np.ndarray:
    """A few mean colours of a picture, running into each other."""
    height, width = part.shape[:2]
    cell = max(min(height, width) / BLUR_CELLS, 4)  # px; a cell of less would hide nothing
    cells_wh = max(1, round(width / cell)), max(1, round(height / cell))
    means = cv2.resize(part, cells_wh, interpolation=cv2.INTER_AREA)
    return cv2.resize(means, (width, height), interpolation=cv2.INTER_LINEAR)


def _outline(frame: np.ndarray, region: np.ndarray, colour: RGB, dotted: bool) -> None:
    edges, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    width = max(1, round(max(frame.shape) / 240))
    for ink, thickness in ((BLACK, 3 * width), (colour, width)):
        if not dotted:
            cv2.drawContours(frame, edges, -1, ink, thickness)
        for x, y in np.concatenate(edges)[:: 12 * width, 0].tolist() if dotted and edges else ():
            cv2.circle(frame, (x, y), thickness, ink, cv2.FILLED)


def _name(label: str) -> str:
    name = ascii_text(label)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 2]}.."


def _captions(number: int, answer: EmotionScores | None) -> tuple[str, ...]:
    """What may stand at a face, the fullest first."""
    if answer is None:
        return (f"#{number}",)
    label, percent = _name(answer.label), f"{answer.probability:.0%}"
    if answer.uncertain:
        most = f"#{number} {label} {percent} uncertain", f"#{number} {label} uncertain"
        return *most, f"{label} uncertain", f"{label}?", f"#{number}?"
    return f"#{number} {label} {percent}", f"{label} {percent}", label, f"#{number}"


def _overlap_px(spots: np.ndarray, rectangles: np.ndarray) -> np.ndarray:
    """How much of each of the spots (spot, 4) rectangles (rectangle, 4) cover, (spot,)."""
    low = np.maximum(spots[:, None, :2], rectangles[None, :, :2])
    high = np.minimum(spots[:, None, 2:], rectangles[None, :, 2:])
    return np.clip(high - low, 0, None).prod(-1).sum(-1)


def _spots_at(box: np.ndarray, size: np.ndarray) -> list[tuple[int, int]]:
    """Upper left corners of places of a size (2,) at a box (4,), the best for a caption first."""
    (left, top, right, bottom), (width, height) = box.tolist(), size.tolist()
    return [
        (left, top - height), (left, bottom), (right - width, top - height),
        (right - width, bottom), (left, top), (left, bottom - height),
        (left - width, top), (right, top),
    ]  # fmt: skip


class _Sheet:
    """A copy of a frame to draw on, in sizes that suit it; knows which places are taken.

    Args:
        frame: (height, width, 3) RGB uint8
        faces: the faces of the frame, which captions and bars leave free where they can
    """

    def __init__(self, frame: np.ndarray, faces: Faces) -> None:
        self.frame = checked_frame(frame).copy()
        height, width = frame.shape[:2]
        unit = math.sqrt(height * width) / USUAL_PX
        self.line = max(1, round(LINE * unit))
        self.text = max(SMALLEST_TEXT, TEXT * unit)
        self.stroke = max(1, round(STROKE * unit))
        (_, letters), descent = cv2.getTextSize("Ag", FONT, self.text, self.stroke)
        self.pad = max(2, round(4 * unit))
        self.descent, self.row = descent, letters + descent + self.pad
        self.size_wh = np.array([width, height])
        self.boxes = np.clip(np.rint(faces.boxes_xyxy), 0, [width, height] * 2).astype(int)
        self.visible = np.flatnonzero((self.boxes[:, :2] < self.boxes[:, 2:]).all(1)).tolist()
        self.taken = np.zeros((0, 4), int)

    def draw_box(self, face: int, colour: RGB, dashed: bool) -> None:
        """A frame around a face; its halo keeps it visible on every ground."""
        box, reach = self.boxes[face], self.line // 2 + 1
        low, high = box[:2] + reach, box[2:] - 1 - reach
        corners = np.stack([low, (high[0], low[1]), high, (low[0], high[1])])
        for ink, thickness in ((readable_on(colour), self.line + 2), (colour, self.line)):
            for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
                for first, last in _dashes(start, end, 5 * self.line) if dashed else [(start, end)]:
                    cv2.line(self.frame, first.tolist(), last.tolist(), ink, thickness)

    def draw_caption(self, face: int, texts: Sequence[str], colour: RGB, hollow: bool) -> None:
        """The fullest of the texts for which there is a free place at the face."""
        found = []
        for text in texts:
            size = np.array([self._width(text) + 2 * self.pad, self.row + self.pad])
            spot, covered = self._best_spot(face, _spots_at(self.boxes[face], size), size)
            if spot is None:
                continue
            found.append((covered[:2], text, spot))
            if not any(covered[:2]):
                break
        if found:
            _, text, spot = min(found, key=lambda entry: entry[0])
            inside, ink = (readable_on(colour), colour) if hollow else (colour, readable_on(colour))
            self._fill(spot, inside)
            self._frame(spot, ink)
            self._write(text, spot[0] + self.pad, spot[3] - self.pad, ink)

    def draw_bars(self, face: int, title: str, answer: EmotionScores, colours: Colours) -> None:
        """The most probable labels, in the model's order, where they cover no other face."""
        chosen = np.sort(np.argsort(-answer.probabilities, kind="stable")[:MOST_BARS])
        labels = [answer.labels[i] for i in chosen]
        names = [title, *map(_name, labels)]
        start = max(self._width(name) for name in names) + 2 * self.pad
        size = np.array([start + 5 * self.row + self.pad, len(names) * self.row + self.pad])
        (right, _), (left, bottom) = self.size_wh - size, (0, self.size_wh[1] - size[1])
        corners = [(right, 0), (left, 0), (right, bottom), (left, bottom)]
        spots = [*_spots_at(self.boxes[face], size)[::-1], *corners]
        spot, (drawn, others, own) = self._best_spot(face, spots, size)
        if spot is None or drawn or others or own > FACE_SHARE * size.prod():
            return
        self._fill(spot, GROUND, PANEL_OPACITY)
        left, top, right, _ = spot.tolist()
        for at, name in enumerate(names, 1):
            self._write(name, left + self.pad, top + at * self.row, WHITE)
        for at, (label, share) in enumerate(zip(labels, answer.probabilities[chosen], strict=True)):
            bottom = top + (at + 2) * self.row
            bar = np.array([left + start, bottom - self.row + self.pad, right - self.pad, bottom])
            self._frame(bar, OTHER_COLOUR)
            bar[2] = bar[0] + max(1, round(share * (bar[2] - bar[0])))
            self._fill(bar, colours.get(label, OTHER_COLOUR))

    def _best_spot(
        self, face: int, corners: Sequence[tuple[int, int]], size: np.ndarray
    ) -> tuple[np.ndarray | None, tuple[int, int, int]]:
        """The best of the places with these upper left corners, moved into the picture.

        Returns:
            (4,) or None if it is too large for the picture; how many px of what is drawn
            already, of other faces and of the face itself it covers, as few as can be
        """
        if (size > self.size_wh).any():
            return None, (0, 0, 0)
        low = np.clip(corners, 0, self.size_wh - size)
        spots = np.concatenate([low, low + size], axis=1)
        drawn = _overlap_px(spots, self.taken)
        others = _overlap_px(spots, np.delete(self.boxes, face, axis=0))
        others[others < TOUCH_SHARE * size.prod()] = 0
        own = _overlap_px(spots, self.boxes[face : face + 1])
        best = np.lexsort((own, others, drawn))[0]
        return spots[best], (int(drawn[best]), int(others[best]), int(own[best]))

    def _width(self, text: str) -> int:
        (width, _), _ = cv2.getTextSize(text, FONT, self.text, self.stroke)
        return width

    def _fill(self, spot: np.ndarray, colour: RGB, opacity: float = 1.0) -> None:
        left, top, right, bottom = spot
        part = self.frame[top:bottom, left:right]
        part[:] = np.rint((1 - opacity) * part + opacity * np.array(colour))
        self.taken = np.concatenate([self.taken, spot[None]])

    def _frame(self, spot: np.ndarray, colour: RGB) -> None:
        low, high = spot[:2].tolist(), (spot[2:] - 1).tolist()
        cv2.rectangle(self.frame, low, high, colour, max(1, self.line // 2))

    def _write(self, text: str, left: int, bottom: int, colour: RGB) -> None:
        place = int(left), int(bottom - self.descent)
        cv2.putText(self.frame, text, place, FONT, self.text, colour, self.stroke, cv2.LINE_AA)


def _dashes(
    start: np.ndarray, end: np.ndarray, length: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """An uneven number of pieces of a line, every other one left out; it begins and ends solid."""
    pieces = max(1, round(float(np.abs(end - start).max()) / length)) // 2 * 2 + 1
    knots = np.rint(start + np.linspace(0, 1, pieces + 1)[:, None] * (end - start)).astype(int)
    return list(zip(knots[:-1:2], knots[1::2], strict=True))
