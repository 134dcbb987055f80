"""Faces drawn by code, shaded enough for a detector to take them for faces."""

from dataclasses import dataclass

import cv2
import numpy as np

RGB = tuple[int, int, int]
LIPS: RGB = (178, 88, 84)
CREASE, TEETH = np.array([0, 0.075]), np.array([0, 0.12])
"""from the upper lid up to its crease, and from the upper lip down to the edge of the teeth"""
SUBPIXEL_BITS = 4
CURVE_POINTS = 40


@dataclass(frozen=True)
class Look:
    """What a face expresses.

    Attributes:
        smile: corners of the mouth, -1 down to 1 up
        mouth: how far it is open, 0 to 1
        brows: -1 lowered and drawn together to 1 raised
        worry: inner ends of the brows, -1 lowered to 1 raised
        eyes: how far they are open, 0 to 1.5; 1 is usual
    """

    smile: float = 0.0
    mouth: float = 0.0
    brows: float = 0.0
    worry: float = 0.0
    eyes: float = 1.0

    def towards(self, other: "Look", share: float) -> "Look":
        """A look between two, by a share in [0, 1]."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Look(*(a + share * (b - a) for a, b in pairs))


@dataclass(frozen=True)
class Person:
    """What a face looks like whatever it expresses.

    Attributes:
        skin: colour where the light falls
        hair: colour
        iris: colour
        shirt: colour
        long_hair: whether it falls to the shoulders
    """

    skin: RGB = (226, 178, 150)
    hair: RGB = (62, 40, 28)
    iris: RGB = (72, 98, 120)
    shirt: RGB = (58, 92, 140)
    long_hair: bool = False


class _Canvas:
    """A frame to paint on; x runs to the right and y down, both in half widths of the face.

    Args:
        frame: (height, width, 3) float32, painted on in place
        center: px of the middle between chin and crown
        unit: px of half the face's width
    """

    def __init__(self, frame: np.ndarray, center: tuple[float, float], unit: float) -> None:
        self.frame, self.center, self.unit = frame, np.array(center), unit

    def fill(
        self, points: np.ndarray, colour: RGB, opacity: float = 1.0, soft: float = 0.015
    ) -> None:
        """A shape (point, 2) whose edge is blurred over `soft`."""
        reach = 3 * soft * self.unit + 2
        px = points * self.unit + self.center
        size = np.array(self.frame.shape[1::-1])
        low = np.clip(np.floor(px.min(0) - reach), 0, size).astype(int)
        high = np.clip(np.ceil(px.max(0) + reach), 0, size).astype(int)
        if (high <= low).any():
            return
        mask = np.zeros((high - low)[::-1], np.float32)
        fixed = np.round((px - low) * 2**SUBPIXEL_BITS).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 1.0, cv2.LINE_8, SUBPIXEL_BITS)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, soft * self.unit))
        part = self.frame[low[1] : high[1], low[0] : high[0]]
        part += opacity * mask[..., None] * (np.array(colour, np.float32) - part)

    def ellipse(
        self,
        center: tuple[float, float],
        axes: tuple[float, float],
        colour: RGB,
        opacity: float = 1.0,
        soft: float = 0.015,
    ) -> None:
        """A filled ellipse."""
        self.fill(oval(center, axes), colour, opacity, soft)

    def stroke(self, points: np.ndarray, width: float, colour: RGB, opacity: float = 1.0) -> None:
        """A line (point, 2) that is widest in its middle."""
        along = np.gradient(points, axis=0)
        normal = np.column_stack([-along[:, 1], along[:, 0]])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        half = width / 2 * np.sin(np.linspace(0.15, np.pi - 0.15, len(points)))[:, None]
        self.fill(np.concatenate([points + half * normal, (points - half * normal)[::-1]]),
                  colour, opacity, 0.012)  # fmt: skip


def oval(center: tuple[float, float], axes: tuple[float, float]) -> np.ndarray:
    """Points (point, 2) of an ellipse."""
    angle = np.linspace(0, 2 * np.pi, 2 * CURVE_POINTS, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * axes + center


def curve(*points: tuple[float, float], roundness: float = 0.0) -> np.ndarray:
    """A curve (point, 2) from the first of three points over the second to the third.

    Args:
        points: three of them
        roundness: 0 for a parabola to 1 for half an ellipse
    """
    start, middle, end = np.array(points)
    share = np.linspace(0, 1, CURVE_POINTS)[:, None]
    bulge = (4 * share * (1 - share)) ** (1 - roundness / 2)
    return start + share * (end - start) + bulge * (middle - (start + end) / 2)


def _shade(colour: RGB, factor: float) -> RGB:
    red, green, blue = (int(min(255, factor * c)) for c in colour)
    return red, green, blue


def draw_face(
    frame: np.ndarray, center: tuple[float, float], unit: float, person: Person, look: Look
) -> None:
    """Draw head and shoulders.

    Args:
        frame: (height, width, 3) float32 RGB in [0, 255], painted on in place
        center: px of the middle between chin and crown
        unit: px of half the face's width
        person: who
        look: what is expressed
    """
    canvas = _Canvas(frame, center, unit)
    _body(canvas, person)
    _head(canvas, person)
    for side in (-1, 1):
        _eye(canvas, person, look, side)
        _brow(canvas, person, look, side)
    _nose(canvas, person)
    _mouth(canvas, person, look)
    _fringe(canvas, person)


def _body(canvas: _Canvas, person: Person) -> None:
    if person.long_hair:
        canvas.ellipse((0, 0.25), (1.25, 1.75), _shade(person.hair, 0.8), soft=0.05)
    canvas.ellipse((0, 3.0), (2.1, 1.35), person.shirt, soft=0.04)
    neck = [(-0.48, 0.8), (0.48, 0.8), (0.52, 1.6), (0.3, 1.95), (-0.3, 1.95), (-0.52, 1.6)]
    canvas.fill(np.array(neck), _shade(person.skin, 0.78), soft=0.04)
    canvas.ellipse((0, 1.25), (0.6, 0.28), _shade(person.skin, 0.5), 0.6, 0.1)


def _head(canvas: _Canvas, person: Person) -> None:
    skin = person.skin
    for side in (-1, 1):
        canvas.ellipse((side * 1.0, 0.05), (0.14, 0.26), _shade(skin, 0.82), soft=0.02)
    canvas.ellipse((0, -0.35), (1.08, 1.12), person.hair, soft=0.03)
    angle = np.linspace(0, 2 * np.pi, 2 * CURVE_POINTS, endpoint=False)
    narrow = 1 - 0.16 * np.clip(np.sin(angle), 0, 1) ** 2  # towards the chin
    outline = np.column_stack([np.cos(angle) * narrow, 1.3 * np.sin(angle)])
    canvas.fill(outline, _shade(skin, 0.8))
    canvas.fill(0.86 * outline + (-0.03, -0.03), skin, 0.9, 0.14)
    canvas.ellipse((-0.12, -0.65), (0.5, 0.25), _shade(skin, 1.12), 0.6, 0.15)
    for side in (-1, 1):
        canvas.ellipse((side * 0.52, 0.35), (0.24, 0.18), _shade(skin, 1.1), 0.6, 0.1)
        canvas.ellipse((side * 0.5, 0.42), (0.26, 0.2), (205, 110, 100), 0.18, 0.1)
        canvas.ellipse((side * 0.42, -0.12), (0.3, 0.2), _shade(skin, 0.6), 0.45, 0.07)


def _fringe(canvas: _Canvas, person: Person) -> None:
    top = oval((0, -0.3), (1.08, 1.2))
    top = top[top[:, 1] < -0.45]
    order = np.argsort(-top[:, 0])
    line = curve((-1.02, -0.35), (0.1, -0.92), (1.02, -0.35))
    canvas.fill(np.concatenate([top[order], line]), person.hair, soft=0.04)
    canvas.stroke(curve((-0.6, -1.1), (0, -1.3), (0.5, -1.15)), 0.12, _shade(person.hair, 1.7), 0.5)


def _eye(canvas: _Canvas, person: Person, look: Look, side: int) -> None:
    x, y = side * 0.42, -0.12
    squeezed = 0.03 * max(0.0, look.smile)
    up, down = 0.13 * look.eyes - squeezed / 2, 0.085 * min(1.0, look.eyes) - squeezed
    upper = curve((x - 0.23, y + 0.02), (x, y - up), (x + 0.23, y + 0.02))
    lower = curve((x - 0.23, y + 0.02), (x, y + down), (x + 0.23, y + 0.02))
    if up + down > 0.03:
        canvas.fill(np.concatenate([upper, lower[::-1]]), (238, 234, 230), soft=0.008)
        _iris(canvas, person, (x, y - 0.01), upper, lower)
    canvas.stroke(upper, 0.055, (36, 26, 24))
    canvas.stroke(lower, 0.025, _shade(person.skin, 0.45), 0.7)
    canvas.stroke(upper - CREASE, 0.03, _shade(person.skin, 0.55), 0.7)


def _iris(
    canvas: _Canvas,
    person: Person,
    center: tuple[float, float],
    upper: np.ndarray,
    lower: np.ndarray,
) -> None:
    """The iris, as far as the lids leave it free."""
    for radius, colour in (
        (0.115, _shade(person.iris, 0.6)),
        (0.095, person.iris),
        (0.05, (14, 12, 14)),
    ):
        ring = oval(center, (radius, radius))
        top = np.interp(ring[:, 0], upper[:, 0], upper[:, 1])
        bottom = np.interp(ring[:, 0], lower[:, 0], lower[:, 1])
        ring[:, 1] = np.clip(ring[:, 1], top, bottom)
        canvas.fill(ring, colour, soft=0.006)
    canvas.ellipse(
        (center[0] - 0.035, center[1] - 0.035), (0.024, 0.024), (255, 255, 255), 0.9, 0.006
    )


def _brow(canvas: _Canvas, person: Person, look: Look, side: int) -> None:
    lift = -0.42 - 0.14 * look.brows
    inner = lift - 0.16 * look.worry + 0.1 * max(0.0, -look.brows)
    outer = lift + 0.08 + 0.08 * look.worry
    near = 0.19 - 0.05 * max(0.0, -look.brows)
    line = curve((near, inner), (0.45, lift - 0.05), (0.72, outer))
    canvas.stroke(line * (side, 1), 0.1, _shade(person.hair, 0.9), 0.95)


def _nose(canvas: _Canvas, person: Person) -> None:
    skin = person.skin
    canvas.fill(np.array([(0.02, -0.15), (0.1, 0.3), (0.2, 0.42), (0.05, 0.45)]),
                _shade(skin, 0.6), 0.45, 0.05)  # fmt: skip
    canvas.ellipse((-0.03, 0.1), (0.055, 0.3), _shade(skin, 1.15), 0.7, 0.04)
    canvas.ellipse((0, 0.4), (0.15, 0.1), _shade(skin, 1.05), 0.6, 0.05)
    for side in (-1, 1):
        canvas.ellipse((side * 0.15, 0.42), (0.07, 0.06), _shade(skin, 0.78), 0.7, 0.03)
        canvas.ellipse((side * 0.085, 0.475), (0.05, 0.025), _shade(skin, 0.3), 0.85, 0.02)


def _mouth(canvas: _Canvas, person: Person, look: Look) -> None:
    merry = max(0.0, look.smile)
    width = 0.36 + 0.1 * look.smile - 0.1 * look.mouth * (1 - merry)
    corner, middle = 0.76 - 0.11 * look.smile, 0.76 + 0.04 * look.smile
    gap = 0.28 * look.mouth
    roundness = look.mouth * (1 - merry)

    def line(y: float) -> np.ndarray:
        return curve((-width, corner), (0, y), (width, corner), roundness=roundness)

    upper, lower = line(middle - 0.4 * gap), line(middle + gap)
    top, bottom = line(middle - 0.4 * gap - 0.09), line(middle + gap + 0.13)
    canvas.ellipse((0, middle + gap + 0.2), (0.28, 0.06), _shade(person.skin, 0.55), 0.5, 0.05)
    canvas.fill(np.concatenate([top, bottom[::-1]]), LIPS)
    canvas.stroke((lower + bottom) / 2, 0.04, _shade(LIPS, 1.35), 0.5)
    if gap > 0.02:
        canvas.fill(np.concatenate([upper, lower[::-1]]), (58, 18, 22), soft=0.01)
        teeth = np.minimum(lower, upper + TEETH)
        canvas.fill(np.concatenate([upper, teeth[::-1]]), (242, 238, 230), 0.95, 0.01)
    canvas.stroke(upper, 0.03, _shade(LIPS, 0.5), 0.9)
    for side in (-1, 1):
        fold = curve((0.2, 0.42), (0.36, 0.5), (0.5 + 0.08 * merry, 0.7 - 0.06 * merry))
        canvas.stroke(fold * (side, 1), 0.05, _shade(person.skin, 0.55), 0.1 + 0.5 * merry)
