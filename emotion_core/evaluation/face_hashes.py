"""Faces that are nearly the same: perceptual hashes, confirmed by the pixels.

The hash is a bit for each of the lowest frequencies of the cosine transform: whether it is above
their median. A mirror image has the same coefficients with the odd horizontal ones negated, so
its hash costs no second transform. Faces in one pose look alike to any short hash, and frontal
photographs before one backdrop even correlate: a pair counts only if its details do, the two
shifted against each other by up to two pixels.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.fft import dctn
from scipy.ndimage import gaussian_filter

SIDE, LOW = 48, 8
"""pixels and frequencies along a side: the hash has 64 bits, that of the mean among them"""
FAR_BITS = 10
"""of 64, beyond which two faces are different ones"""
ALIKE = 0.8
"""correlation of the details from which on a pair counts"""
LOOSELY = 0.8
"""correlation of the pixels themselves, below which details are not compared"""
DETAIL_PX, SHIFT_PX = 2.0, 2
"""what is coarser than the first is no detail; how far two faces are shifted"""
BLOCK = 2**24
"""hashes compared at a time"""


def thumbnails(frames: list[np.ndarray] | np.ndarray) -> np.ndarray:
    """(face, 48, 48) float32 of grey or RGB frames (y, x) or (y, x, 3) uint8 of any sizes."""
    import cv2

    small = np.empty((len(frames), SIDE, SIDE), np.float32)
    for place, frame in enumerate(frames):
        grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        small[place] = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small


def face_hashes(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hashes (face,) uint64 of thumbnails (face, 48, 48), and of their mirror images."""
    low = np.concatenate(
        [
            np.asarray(dctn(small[i : i + 4096], axes=(1, 2)))[:, :LOW, :LOW]
            for i in range(0, len(small), 4096)
        ]
        or [np.zeros((0, LOW, LOW), np.float32)]
    )
    mirrored = low * np.where(np.arange(LOW) % 2, -1.0, 1.0)
    return _bits(low), _bits(mirrored)


def _bits(low: np.ndarray) -> np.ndarray:
    flat = low.reshape(len(low), LOW * LOW)
    above = flat > np.median(flat[:, 1:], axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(np.uint64).reshape(-1)


def near_hashes(first: np.ndarray, second: np.ndarray, far: int = FAR_BITS) -> Iterator[np.ndarray]:
    """Pairs (pair, 2) of hashes that differ in `far` bits at most, in blocks."""
    size = max(1, BLOCK // max(1, len(second)))
    for start in range(0, len(first), size):
        apart = np.bitwise_count(first[start : start + size, None] ^ second[None])
        a, b = np.nonzero(apart <= far)
        yield np.stack([a + start, b], 1)


def _standard(small: np.ndarray) -> np.ndarray:
    """(face, pixel) with mean 0 and length 1; a plain face is all 0."""
    flat = small.reshape(len(small), -1)
    flat = flat - flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, length, out=np.zeros_like(flat), where=length > 1)


def correlations(small: np.ndarray, pairs: np.ndarray, shift_px: int = 0) -> np.ndarray:
    """(pair,) correlation of the pixels of thumbnails, as they are or one mirrored.

    Args:
        small: (face, 48, 48), of which only the places are read that no shift moves out
        pairs: (pair, 2)
        shift_px: by which the second is shifted at most; the best counts
    """
    found = np.zeros(len(pairs))
    size = BLOCK // (SIDE * SIDE)
    inner = slice(shift_px, SIDE - shift_px)
    shifts = range(2 * shift_px + 1)
    for start in range(0, len(pairs), size):
        a, b = pairs[start : start + size].T
        first, best = _standard(small[a][:, inner, inner]), np.full(len(a), -1.0)
        for second in (small[b], small[b][:, :, ::-1]):
            for down, right in product(shifts, shifts):
                height = SIDE - 2 * shift_px
                moved = second[:, down : down + height, right : right + height]
                best = np.maximum(best, (first * _standard(moved)).sum(1))
        found[start : start + size] = best
    return found


def details(small: np.ndarray) -> np.ndarray:
    """(face, 48, 48) what is finer than two pixels of thumbnails (face, 48, 48)."""
    return small - gaussian_filter(small, (0, DETAIL_PX, DETAIL_PX), mode="nearest")


def near_faces(
    small: np.ndarray, held_out: np.ndarray | None = None, alike: float = ALIKE
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of faces that are nearly the same, as they are or mirrored.

    Args:
        small: (face, 48, 48) thumbnails
        held_out: (face,) bool; only pairs of one that is held out and one that is not are looked
            for. None looks for all
        alike: correlation of the details from which on a pair counts

    Returns:
        (pair, 2) places, the first smaller or held out, and (pair,) correlation
    """
    straight, mirrored = face_hashes(small)
    own = np.arange(len(small)) if held_out is None else np.flatnonzero(held_out)
    others = own if held_out is None else np.flatnonzero(~held_out)
    found = [np.zeros((0, 2), np.int64)]
    for hashes in (straight, mirrored):
        for block in near_hashes(straight[own], hashes[others]):
            pairs = np.stack([own[block[:, 0]], others[block[:, 1]]], 1)
            found.append(pairs if held_out is not None else pairs[pairs[:, 0] < pairs[:, 1]])
    pairs = np.unique(np.concatenate(found), axis=0)
    pairs = pairs[correlations(small, pairs) >= LOOSELY]
    used, number = np.unique(pairs, return_inverse=True)
    index = correlations(details(small[used]), number.reshape(-1, 2), SHIFT_PX)
    return pairs[index >= alike], index[index >= alike]
