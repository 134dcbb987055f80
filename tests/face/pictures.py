"""Pictures of every format, made on the spot."""

import io

import numpy as np
import pytest
from PIL import Image
from PIL.ImageFile import ImageFile
from skimage import data

from emotion_core.face import image as photos
from tests.face.films import numbered

PERSON = data.astronaut()[:400:2, ::2]
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


def encoded(frame: np.ndarray | Image.Image, kind: str = "PNG", **settings) -> bytes:
    picture = frame if isinstance(frame, Image.Image) else Image.fromarray(frame)
    file = io.BytesIO()
    picture.save(file, kind, **settings)
    return file.getvalue()


def turned(orientation: int) -> tuple[Image.Image, Image.Exif]:
    """A picture that is upright once the orientation of its EXIF is followed."""
    back = {6: 8, 8: 6}.get(orientation, orientation)
    upright = Image.fromarray(numbered(0, 48, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return upright.transpose(photos.TURNS[back]) if back > 1 else upright, exif


def astronaut(**settings) -> bytes:
    return encoded(PERSON, **settings)


def never_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(image: ImageFile) -> None:
        pytest.fail(f"{image} was decoded")

    for _, _, kind in photos.KINDS:
        monkeypatch.setattr(kind, "load", load)
