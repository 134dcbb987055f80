"""Any photo to one upright RGB frame of bounded size, and what is odd about it.

A photo's size is checked when only its header is read. Pillow's classes are called by what a
file's first bytes tell, and not through `Image.open`: that one tries formats which run other
programs, and its warning of large pictures can only be switched for all threads at once.
"""

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import InvalidInput
from ..media import open_file

ImageSource = str | Path | bytes | np.ndarray

MOST_BYTES = 200_000_000
MOST_PIXELS = 50_000_000
"""of what is decoded; each takes four bytes"""
MOST_JPEG_PIXELS = 200_000_000
"""of a JPEG, which is decoded at 1/2, 1/4 or 1/8 of its size where that is large enough"""
TILE_PX = 1024
"""side of the parts in which pictures of 32 bits are read"""
MUCH_SHRUNK = 2.0
"""a picture that becomes smaller than by this may lose small faces"""
BACKDROP = (128, 128, 128)
"""what is seen through transparent places"""
SVG_WITHIN = 4096
"""bytes from the start"""
END_OF_JPEG = b"\xff\xd9"
KINDS: tuple[tuple[int, bytes, type[ImageFile]], ...] = (
    (0, b"\xff\xd8\xff", JpegImageFile),
    (0, b"\x89PNG\r\n\x1a\n", PngImageFile),
    (8, b"WEBP", WebPImageFile),
    (0, b"GIF8", GifImageFile),
    (0, b"BM", BmpImageFile),
    (0, b"II*\0", TiffImageFile),
    (0, b"MM\0*", TiffImageFile),
    (4, b"ftypavi", AvifImageFile),
    (4, b"ftypmif1", AvifImageFile),
)
"""where in a file, which bytes tell its format, and what reads it"""
OTHER_KINDS = (
    (0, b"%PDF", "a PDF"),
    (4, b"ftypavi", "a damaged AVIF"),
    (4, b"ftyphe", "a HEIC photo"),
    (4, b"ftypmif1", "a HEIC photo"),
    (4, b"ftyp", "a video"),
    (0, b"\x1aE\xdf\xa3", "a video"),
)
"""where in a file, which bytes tell what is no picture or none that can be read"""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""orientation by EXIF -> what makes a picture upright"""
FIRST_SIDEWAYS = 5
"""orientation from which on height and width change places"""
DAMAGED = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError,
    RuntimeError, MemoryError, UserWarning, struct.error, zlib.error,
)  # fmt: skip
"""what Pillow raises on damaged files; it warns of damaged metadata, which may be an error too"""


class Picture(NamedTuple):
    """A photo as it is shown.

    Attributes:
        frame: (h, w, 3) RGB uint8, upright
        notices: what a person should know of how it was read
        size_wh: width and height of the upright picture in px, before it was shrunk to the frame
    """

    frame: np.ndarray
    notices: tuple[str, ...]
    size_wh: tuple[int, int]


def _content(source: str | Path | bytes, name: str) -> bytes:
    with open_file(source) as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            raise InvalidInput(f"{name} is empty (0 bytes); choose a picture")
        if size > MOST_BYTES:
            raise InvalidInput(
                f"{name}: expected a picture of {MOST_BYTES / 1e6:.0f} MB at most, got "
                f"{size / 1e6:,.0f} MB; make it smaller"
            )
        file.seek(0)
        return file.read()


def _shrunk(size_wh: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """A size with its longer side cut to the limit."""
    scale = min(1.0, longest_px / max(size_wh))
    return max(1, round(size_wh[0] * scale)), max(1, round(size_wh[1] * scale))


def _is_animated(image: ImageFile) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except DAMAGED:
        return False


class _PhotoFile:
    """A photo that is still encoded.

    Attributes:
        size_wh: by the header; of the upright picture once it is decoded
        notices: what a person should know of the file
    """

    def __init__(self, source: str | Path | bytes, longest_px: int) -> None:
        self.name = Path(source).name if isinstance(source, str | Path) else "the picture"
        self._content, self._longest_px = _content(source, self.name), longest_px
        self.size_wh: tuple[int, int] = 0, 0
        self.notices: list[str] = []

    def decode(self) -> Image.Image:
        """What can be decoded, upright, in its own colours."""
        image = self._open(self._content)
        if _is_animated(image):
            self.notices.append("the file holds several pictures; the first one was read")
        try:
            image.load()
        except DAMAGED:
            image = self._rescue(image)
            self.notices.append("the picture is damaged; what can be decoded of it was read")
        return self._upright(image)

    def _open(self, content: bytes) -> ImageFile:
        """The header, checked; a JPEG is set to be decoded no larger than it will be used."""
        image = self._open_header(content)
        wide, high = self.size_wh = image.size
        limit = MOST_PIXELS
        if isinstance(image, JpegImageFile):
            image.draft(None, _shrunk(image.size, self._longest_px))
            limit = MOST_PIXELS if "progressive" in image.info else MOST_JPEG_PIXELS
        if wide * high > limit or image.width * image.height > MOST_PIXELS:
            raise self._too_large(f"{wide:,} x {high:,} px")
        return image

    def _open_header(self, content: bytes) -> ImageFile:
        kind = next((kind for at, tell, kind in KINDS if content.startswith(tell, at)), None)
        if kind is None:
            raise self._unreadable()
        try:
            return kind(io.BytesIO(content))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise self._too_large("more") from error
        except DAMAGED as error:
            raise self._unreadable() from error

    def _rescue(self, image: ImageFile) -> ImageFile:
        """What came before the break; the rest is black, or grey in a JPEG.

        A JPEG is decoded again with its end marked; of other formats Pillow keeps its rows.
        """
        try:
            if isinstance(image, JpegImageFile):
                image = self._open(self._content + END_OF_JPEG)
            else:
                image.tile = []
            image.load()
        except DAMAGED as error:
            raise self._unreadable() from error
        if all(low == high for low, high in np.atleast_2d(image.getextrema())):
            raise self._unreadable()
        return image

    def _upright(self, image: ImageFile) -> Image.Image:
        try:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            turn = TURNS.get(orientation)
        except DAMAGED:
            return image
        if turn is None:
            return image
        if orientation >= FIRST_SIDEWAYS:
            wide, high = self.size_wh
            self.size_wh = high, wide
        return image.transpose(turn)

    def _unreadable(self) -> InvalidInput:
        content, found = self._content, "what cannot be decoded: it is of another kind or damaged"
        if b"<svg" in content[:SVG_WITHIN].lower():
            found = "an SVG drawing"
        others = (kind for at, tell, kind in OTHER_KINDS if content.startswith(tell, at))
        return InvalidInput(
            f"{self.name}: expected a picture (JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF), got "
            f"{next(others, found)}; export it as JPEG or PNG"
        )

    def _too_large(self, found: str) -> InvalidInput:
        return InvalidInput(
            f"{self.name}: expected a picture of {MOST_PIXELS / 1e6:.0f} megapixels at most "
            f"({MOST_JPEG_PIXELS / 1e6:.0f} if it is a JPEG that is not progressive), got "
            f"{found}; make it smaller"
        )


def _eight_bit(image: Image.Image) -> Image.Image:
    """A grey picture of more than 8 bits as 8 bits, with all of its range."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    finite = (values[np.isfinite(values)] for _, values in _tiles(image))
    ranges = np.array([(found.min(), found.max()) for found in finite if found.size] or [(0, 0)])
    low, high = ranges.min(), ranges.max()
    grey = Image.new("L", image.size)
    for corner, values in _tiles(image):
        scaled = np.nan_to_num((values - low) * (255 / max(high - low, 1e-9)))
        grey.paste(Image.fromarray(scaled.clip(0, 255).round().astype(np.uint8)), corner)
    return grey


def _tiles(image: Image.Image) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    """Left and top of each part of a grey picture, and its values (height, width) float64.

    All values at once would take several times the memory of the picture.
    """
    for top in range(0, image.height, TILE_PX):
        for left in range(0, image.width, TILE_PX):
            right, bottom = min(left + TILE_PX, image.width), min(top + TILE_PX, image.height)
            part = image.crop((left, top, right, bottom))
            yield (left, top), np.asarray(part).astype(np.float64)


def _colours(image: Image.Image) -> Image.Image:
    """A picture of any mode as RGB, or as RGBA where it may be transparent."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _eight_bit(image)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    behind = Image.new("RGBA", image.size, (*BACKDROP, 255))
    return Image.alpha_composite(behind, image).convert("RGB")


def _from_array(frame: np.ndarray) -> Image.Image:
    right = frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 3)
    if frame.dtype != np.uint8 or not right or not frame.size:
        raise InvalidInput(
            "expected an array (h, w, 3) RGB or (h, w) grey of uint8, got "
            f"{frame.shape} of {frame.dtype}"
        )
    return Image.fromarray(np.ascontiguousarray(frame))


def read_image(source: ImageSource, longest_px: int = 4096) -> Picture:
    """A photo as an upright RGB frame.

    Transparent places become grey, deeper colours 8 bits, and of several pictures in a file the
    first is read. Of a damaged file what can be decoded is used.

    Args:
        source: path of a file, its bytes, or an array (h, w, 3) RGB or (h, w) grey of uint8
        longest_px: the longer side of the frame, at most; larger pictures are shrunk

    Raises:
        InvalidInput: if there is no such file, no picture in it that can be decoded, or it is
            too large

    Example:
        >>> read_image(np.zeros((480, 640), np.uint8), longest_px=320).frame.shape
        (240, 320, 3)
    """
    if longest_px < 1:
        raise InvalidInput(f"expected a size of 1 px or more, got {longest_px}")
    notices: list[str] = []
    if isinstance(source, np.ndarray):
        image = _from_array(source)
        size_wh = image.size
    else:
        photo = _PhotoFile(source, longest_px)
        image, notices, size_wh = photo.decode(), photo.notices, photo.size_wh
    image, size = _colours(image), _shrunk(image.size, longest_px)
    if size != image.size:
        image = image.resize(size, Image.Resampling.BOX)
    if max(size_wh) > MUCH_SHRUNK * max(size):
        notices.append(
            f"the picture was shrunk from {size_wh[0]:,} x {size_wh[1]:,} px by "
            f"{max(size_wh) / max(size):.1f}; small faces may be lost"
        )
    return Picture(np.array(_opaque(image)), tuple(notices), size_wh)
