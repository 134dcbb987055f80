"""Recordings that are nearly the same: fingerprints that survive gain, codec and small shifts.

A fingerprint is a bit for each of 32 pairs of neighbouring bands and each moment: whether the
difference of their energies has grown since the moment before. Overall gain and smooth
equalisation cancel out. Recordings are compared where some of their 32 bits agree exactly, at
the shift that these tell.

Source: Haitsma and Kalker, "A highly robust audio fingerprinting system", ISMIR 2002.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SAMPLE_RATE = 16_000
WINDOW, HOP = 4096, 256
BANDS = 33
LOWEST_HZ, HIGHEST_HZ = 200.0, 3500.0
AUDIBLE = 1e-4
"""of the loudest moment's energy: quieter ones have no print"""
DIFFERENT_BITS = 0.18
"""share of bits from which on two recordings are different ones"""
SHORTEST_MOMENTS = 40
"""that two recordings must share to be compared, 0.64 s"""
SHARED_PART = 0.5
"""of the shorter recording that must overlap"""
CROWD = 64
"""recordings with one print beyond which it tells nothing"""
VOTES = 1


@dataclass(frozen=True, eq=False)
class SoundPrint:
    """Fingerprint of a recording.

    Attributes:
        bits: (moment,) uint32
        audible: (moment,) bool
    """

    bits: np.ndarray
    audible: np.ndarray


@dataclass(frozen=True)
class SoundMatch:
    """Two recordings that are nearly the same.

    Attributes:
        first: place
        second: place
        different: share of the bits that differ
        shift_s: by which the second starts later
    """

    first: int
    second: int
    different: float
    shift_s: float


@lru_cache(1)
def _edges() -> np.ndarray:
    hertz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    return np.round(hertz / SAMPLE_RATE * WINDOW).astype(int)


def sound_print(samples: np.ndarray) -> SoundPrint:
    """The fingerprint of samples (time,) at 16 kHz; shorter ones than a window are filled up."""
    padded = np.pad(samples.astype(np.float32), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = np.hanning(WINDOW).astype(np.float32)
    levels = []
    for start in range(0, len(frames), 256):
        power = np.abs(np.fft.rfft(frames[start : start + 256] * window)) ** 2
        levels.append(np.add.reduceat(power[:, : _edges()[-1]], _edges()[:-1], axis=1))
    energy = np.concatenate(levels)
    tilt = np.diff(energy, axis=1)
    grown = np.diff(tilt, axis=0) < 0
    bits = np.packbits(grown, axis=1, bitorder="little").view(np.uint32).reshape(-1)
    loudness = energy.sum(1)[1:]
    return SoundPrint(bits, loudness > AUDIBLE * max(float(loudness.max(initial=0)), 1e-12))


def _votes(prints: Sequence[SoundPrint]) -> dict[tuple[int, int], dict[int, int]]:
    """(first, second) -> shift in hops -> moments whose bits agree exactly."""
    audible = [np.flatnonzero(p.audible) for p in prints]
    owner = np.repeat(np.arange(len(prints)), [len(a) for a in audible])
    moment = np.concatenate(audible)
    bits = np.concatenate([p.bits[a] for p, a in zip(prints, audible, strict=True)])
    order = np.argsort(bits, kind="stable")
    bits, owner, moment = bits[order], owner[order], moment[order]
    found: dict[tuple[int, int], dict[int, int]] = {}
    edges = np.flatnonzero(np.append(True, bits[1:] != bits[:-1]))
    for start, past in zip(edges, np.append(edges[1:], len(bits)), strict=True):
        if past - start < 2:
            continue
        own = owner[start:past]
        if len(np.unique(own)) > CROWD or own[0] == own[-1]:
            continue
        for i in range(start, past):
            for j in range(i + 1, past):
                if owner[i] != owner[j]:
                    shifts = found.setdefault((int(owner[i]), int(owner[j])), {})
                    shift = int(moment[i] - moment[j])
                    shifts[shift] = shifts.get(shift, 0) + 1
    return found


def difference(first: SoundPrint, second: SoundPrint, shift: int) -> float:
    """Share of the bits that differ where both can be heard; 1 where too little overlaps.

    Args:
        first: fingerprint
        second: fingerprint
        shift: moment of the first at which the second starts
    """
    start, past = max(0, shift), min(len(first.bits), len(second.bits) + shift)
    own, other = slice(start, past), slice(start - shift, past - shift)
    heard = first.audible[own] & second.audible[other]
    least = SHARED_PART * min(first.audible.sum(), second.audible.sum())
    if heard.sum() < max(SHORTEST_MOMENTS, least):
        return 1.0
    apart = np.bitwise_count(first.bits[own][heard] ^ second.bits[other][heard])
    return float(apart.mean() / 32)


def near_sounds(prints: Sequence[SoundPrint]) -> list[SoundMatch]:
    """Pairs of recordings that are nearly the same, most alike first."""
    if len(prints) < 2:
        return []
    found = []
    for (first, second), shifts in _votes(prints).items():
        likely = [s for s, votes in shifts.items() if votes >= VOTES]
        if not likely:
            continue
        compared = {(difference(prints[first], prints[second], s), s) for s in likely}
        different, shift = min(compared)
        if different <= DIFFERENT_BITS:
            found.append(SoundMatch(first, second, different, shift * HOP / SAMPLE_RATE))
    return sorted(found, key=lambda match: match.different)
