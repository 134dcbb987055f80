"""A picture and a film of drawn faces to try, for a visitor who has none at hand."""

import io
from functools import cache
from itertools import pairwise

import av
import cv2
import numpy as np

from .face_drawn import Look, Person, draw_face

PICTURE_NAME, FILM_NAME = "drawn faces.png", "drawn film.mp4"
SIZE_WH = 640, 360
UNIT_PX, HEIGHT_PX = 62, 165
"""half the width of a face, and the height of its middle"""
FILM_FPS = 10
FADE_S = 0.4
"""from one look to the next"""

NEUTRAL = Look(brows=-0.2, eyes=0.8)
JOY = Look(smile=1.0, mouth=0.6, brows=0.1, eyes=0.85)
SURPRISE = Look(mouth=1.0, brows=1.0, eyes=1.5)
SADNESS = Look(smile=-1.0, brows=-0.6, worry=1.0, eyes=0.45)
ANGER = Look(smile=-0.6, brows=-1.3, worry=-0.5, eyes=0.75)

LIGHT = Person()
DARK = Person((150, 104, 76), (28, 22, 20), (60, 40, 30), (150, 70, 60), long_hair=True)

Scene = tuple[tuple[float, Look | None], ...]
"""a moment in seconds -> the look from there on; None leaves the picture"""
SCENES: tuple[tuple[Person, Scene], ...] = (
    (LIGHT, ((0, NEUTRAL), (1.5, JOY), (4, NEUTRAL), (5.5, SURPRISE), (8, NEUTRAL))),
    (DARK, ((0, None), (1, NEUTRAL), (3, SADNESS), (5, None), (6.5, ANGER), (9, NEUTRAL))),
)
FILM_S = 10.0


@cache
def _half(person: Person, look: Look | None) -> np.ndarray:
    """Half a picture with one person in it, or nobody, (height, width, 3) RGB uint8."""
    width, height = SIZE_WH[0] // 2, SIZE_WH[1]
    wall = np.linspace((176, 188, 198), (128, 142, 156), height)
    frame = np.repeat(wall[:, None], width, axis=1).astype(np.float32)
    if look is not None:
        draw_face(frame, (width / 2, HEIGHT_PX), UNIT_PX, person, look)
    return np.clip(frame, 0, 255).astype(np.uint8)


def _look(scene: Scene, time_s: float) -> Look | None:
    """What a person expresses at a moment."""
    for (_, look), (until_s, following) in pairwise((*scene, (FILM_S, scene[-1][1]))):
        if time_s < until_s:
            left_s = until_s - time_s
            if look is None or following is None or left_s >= FADE_S:
                return look
            return look.towards(following, round(1 - left_s / FADE_S, 2))
    return scene[-1][1]


@cache
def example_picture() -> bytes:
    """Two drawn faces as a PNG."""
    frame = np.hstack([_half(LIGHT, JOY), _half(DARK, SURPRISE)])
    return cv2.imencode(".png", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))[1].tobytes()


@cache
def example_film() -> bytes:
    """Two drawn faces that change, one of which goes and comes back, as an MP4."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", FILM_FPS, options={"crf": "20"})
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        stream.gop_size = FILM_FPS  # a player can start at each second
        for i in range(round(FILM_S * FILM_FPS)):
            halves = [_half(person, _look(scene, i / FILM_FPS)) for person, scene in SCENES]
            frame = av.VideoFrame.from_ndarray(np.hstack(halves), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target.getvalue()
