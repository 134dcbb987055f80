"""Files as FFmpeg gets them, and the time that a player calls zero; for sound and picture alike."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .errors import InvalidInput
from .registry import is_file

if TYPE_CHECKING:
    from av.container import Container

PLAYED = ("matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2")
"""formats that a browser plays, by their own clock"""
MICROSECONDS = 1_000_000
"""a second of a container's own times"""


def open_file(source: str | Path | bytes) -> BinaryIO:
    """The file or the bytes, to be read; never an address.

    Raises:
        InvalidInput: if there is no such file, or it cannot be read
    """
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, str | Path):
        raise InvalidInput(f"expected a path or bytes, got {type(source).__name__}")
    if not is_file(path := Path(source)):
        raise InvalidInput(f"{source}: expected a file, got a folder or nothing; check the path")
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{source} cannot be read: {error.strerror}") from error


def player_zero_s(container: "Container") -> float:
    """The time stamp at which a player's clock is zero.

    A browser counts from zero of the file's own clock; of formats that it does not play, the
    first time stamp is zero.

    Args:
        container: open
    """
    if container.format.name in PLAYED:
        return 0.0
    return (getattr(container, "start_time", None) or 0) / MICROSECONDS
