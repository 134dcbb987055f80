"""What one item is like: its size, a digest of its content, or why it cannot be read."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import EmotionCoreError
from .labelled_items import Source
from .table import DataModality, text_of

UNITS: dict[DataModality, str] = {
    "text": "words", "audio": "seconds", "image": "pixels", "video": "seconds",
}  # fmt: skip
"""what the size of an item is counted in"""


@dataclass(frozen=True)
class Look:
    """One item, looked at.

    Attributes:
        size: in the modality's unit; 0 where it cannot be read
        digest: the same for the same content
        error: why it cannot be read, else empty
        notices: what is odd about it
    """

    size: float = 0.0
    digest: str = ""
    error: str = ""
    notices: tuple[str, ...] = ()


def content_of(source: Source) -> str | Path | bytes | np.ndarray:
    """What a decoder takes: a member of a ZIP is read, all else stays as it is."""
    return source if isinstance(source, str | Path | np.ndarray) else source.read()


def look_at(modality: DataModality, source: Source) -> Look:
    """Decode an item whole; an error is part of the answer."""
    lookers = {"audio": _sound, "image": _picture, "video": _clip}
    try:
        if modality == "text":
            return _text(text_of(source))
        return lookers[modality](content_of(source))
    except EmotionCoreError as error:
        return Look(error=str(error))


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _text(text: str) -> Look:
    from ..text.clean import clean

    cleaned = clean(text).text
    if not cleaned:
        return Look(error="the text is empty")
    return Look(len(cleaned.split()), _digest(cleaned.encode()))


def _sound(content: str | Path | bytes | np.ndarray) -> Look:
    from ..audio.decode import AudioStream

    digest = hashlib.blake2b(digest_size=16)
    with AudioStream(content) as stream:  # type: ignore[arg-type]
        for block in stream:
            digest.update(block.tobytes())
        return Look(stream.decoded_s, digest.hexdigest(), notices=stream.notices)


def _picture(content: str | Path | bytes | np.ndarray) -> Look:
    from ..face.image import read_image

    picture = read_image(content)  # type: ignore[arg-type]
    height, width = picture.frame.shape[:2]
    return Look(height * width, _digest(picture.frame.tobytes()), notices=picture.notices)


def _clip(content: str | Path | bytes | np.ndarray) -> Look:
    from ..face.video import VideoStream

    digest = hashlib.blake2b(digest_size=16)
    with VideoStream(content, fps=1.0) as stream:  # type: ignore[arg-type]
        for sampled in stream:
            digest.update(sampled.frame.tobytes())
        return Look(stream.read_s, digest.hexdigest(), notices=stream.notices)
