"""Labelled items to try, all made by this app: sentences, a synthetic voice, drawn faces."""

import csv
import io
import zipfile

import cv2
import numpy as np
import soundfile

from emotion_core.labels import ANGER, DISGUST, FEAR, JOY, NEUTRAL, SADNESS, SURPRISE

from . import face_example
from .evaluation_own_file import OwnFile
from .examples import example_file
from .face_drawn import draw_face
from .voice_example import example_recording

SENTENCE_LABELS = (
    JOY, SADNESS, ANGER, FEAR, DISGUST, SURPRISE, NEUTRAL, JOY, JOY, JOY, SADNESS, SADNESS,
    ANGER, ANGER, FEAR, FEAR, DISGUST, DISGUST, SURPRISE, SURPRISE, NEUTRAL, NEUTRAL, JOY, SADNESS,
)  # fmt: skip
"""of the app's own sentences, in their order"""
LOOKS = {
    NEUTRAL: face_example.NEUTRAL, JOY: face_example.JOY, SURPRISE: face_example.SURPRISE,
    SADNESS: face_example.SADNESS, ANGER: face_example.ANGER,
}  # fmt: skip
SIDE_PX, UNIT_PX = 320, 70
CLIP_S, CLIP_LABELS = 2.0, (SURPRISE, SURPRISE, NEUTRAL, NEUTRAL)


def labelled_texts() -> OwnFile:
    """The app's own sentences with labels, and one row without a text."""
    sentences = [row["text"] for row in csv.DictReader(io.StringIO(example_file().decode()))]
    own = OwnFile(
        "example/texts", "sentences.csv",
        "An example: sentences of this app with labels that its makers gave them, and one empty "
        "row. It shows how a report looks and says nothing about the model.",
    )  # fmt: skip
    with own.path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("text", "label"))
        rows.writerows(zip(sentences, SENTENCE_LABELS, strict=True))
        rows.writerow(("", JOY))
    return own


def labelled_sounds() -> OwnFile:
    """Pieces of a synthetic voice in folders, and one of silence."""
    sound, rate = soundfile.read(io.BytesIO(example_recording()), dtype="float32")
    own = OwnFile(
        "example/sounds", "synthetic voices.zip",
        "An example: pieces of a synthetic voice, and one of silence. Their labels are invented; "
        "it shows how a report looks and says nothing about the model.",
    )  # fmt: skip
    with zipfile.ZipFile(own.path, "w") as archive:
        for place, label in enumerate(CLIP_LABELS):
            start = round(place * CLIP_S * rate)
            piece = sound[start : start + round(CLIP_S * rate)]
            archive.writestr(f"{label}/piece-{place}.wav", _wav(piece, rate))
        archive.writestr(f"{NEUTRAL}/silence.wav", _wav(np.zeros(rate, np.float32), rate))
    return own


def _wav(samples: np.ndarray, rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def labelled_pictures() -> OwnFile:
    """Drawn faces in folders, and one picture of a wall."""
    own = OwnFile(
        "example/pictures", "drawn faces.zip",
        "An example: faces drawn by this app, and a picture of a wall. A model of photographs need "
        "not know them; it shows how a report looks and says nothing about the model.",
    )  # fmt: skip
    with zipfile.ZipFile(own.path, "w") as archive:
        for label, look in LOOKS.items():
            for name, person in (("light", face_example.LIGHT), ("dark", face_example.DARK)):
                frame = _wall()
                draw_face(frame, (SIDE_PX / 2, SIDE_PX / 2), UNIT_PX, person, look)
                archive.writestr(f"{label}/{name}.png", _png(frame))
        archive.writestr(f"{NEUTRAL}/wall.png", _png(_wall()))
    return own


def _wall() -> np.ndarray:
    """(height, width, 3) float32."""
    return np.full((SIDE_PX, SIDE_PX, 3), (168, 180, 190), np.float32)


def _png(frame: np.ndarray) -> bytes:
    pixels = cv2.cvtColor(np.clip(frame, 0, 255).astype(np.uint8), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", pixels)[1].tobytes()
