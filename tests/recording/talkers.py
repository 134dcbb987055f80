"""Films of two people of whom one speaks, made of the talkers of GRID."""

import io
from pathlib import Path

import numpy as np

from emotion_core.face.film import open_film
from emotion_core.face.video import VideoStream

SILENT_FRAMES = 6
"""at the start of each talker's clip, before the sentence"""


def side_by_side(speaker: Path, listener: Path, *, speaker_left: bool) -> bytes:
    """An MP4 in which one person says a sentence and the other one keeps still beside."""
    with VideoStream(speaker, fps=25) as stream:
        talking = [f.frame for f in stream]
    with VideoStream(listener, fps=25) as stream:
        still = [f.frame for f, _ in zip(stream, range(SILENT_FRAMES), strict=False)]
    to_and_fro = [*range(SILENT_FRAMES), *range(SILENT_FRAMES - 2, 0, -1)]
    target = io.BytesIO()
    with open_film(target, speaker) as film:
        for i, frame in enumerate(talking):
            pair = [frame, still[to_and_fro[i % len(to_and_fro)]]]
            film.add(i / 25, np.concatenate(pair if speaker_left else pair[::-1], axis=1))
        film.finish(len(talking) / 25)
    return target.getvalue()
