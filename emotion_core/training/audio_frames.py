"""Recordings as logarithmic frames on disk: decoded, cut to their speech and transformed once."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..audio.analysis import VoiceProfile
from ..audio.decode import read_audio
from ..audio.features import RATE, FeatureExtractor
from ..audio.vad import speech_spans
from ..datasets.recordings import Recording
from ..errors import InvalidInput
from .loop import OnProgress

log = logging.getLogger(__name__)

LEAST_FRAMES = 8
"""a clip with less speech is taken whole, and left out if it is still shorter"""
LEAST_DEVIATION = 1e-2


@lru_cache(maxsize=4)
def _mapped(path: Path, bins: int) -> np.ndarray:
    return np.memmap(path, np.float16, "r").reshape(-1, bins)


@dataclass(frozen=True, eq=False)
class FrameStore:
    """Clips end to end in a file, which every process maps for itself.

    Attributes:
        path: of the raw levels, (frame, bin) float16
        bins: of a frame
        ends: (item,) past-the-last frame of each clip
    """

    path: Path
    bins: int
    ends: np.ndarray

    @property
    def levels(self) -> np.ndarray:
        """(frame, bin) of all clips."""
        return _mapped(self.path, self.bins)

    def clip(self, item: int) -> np.ndarray:
        """(frame, bin) float32 of one clip."""
        start = self.ends[item - 1] if item else 0
        return self.levels[start : self.ends[item]].astype(np.float32)

    def lengths(self) -> np.ndarray:
        """(item,) frames."""
        return np.diff(self.ends, prepend=0)

    def profile(self, items: np.ndarray) -> VoiceProfile:
        """Statistics over all frames of some clips."""
        total, squares, count = 0.0, 0.0, 0
        for i in items:
            clip = self.clip(int(i)).astype(np.float64)
            total, squares, count = (
                total + clip.sum(0),
                squares + (clip**2).sum(0),
                count + len(clip),
            )
        mean = np.asarray(total / count)
        deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
        return VoiceProfile(mean, np.maximum(deviation, LEAST_DEVIATION))


def clip_levels(path: Path, extractor: FeatureExtractor) -> np.ndarray:
    """Frames (frame, bin) from the first to the last speech of a recording.

    Raises:
        InvalidInput: if it cannot be decoded or is too short
    """
    waveform, _ = read_audio(path)
    samples = waveform.mono()
    spans = speech_spans(samples)
    if len(spans):
        start, end = int(spans[0, 0] * RATE), int(np.ceil(spans[-1, 1] * RATE))
        frames = extractor.frames(samples[start:end])
        if len(frames) >= LEAST_FRAMES:
            return extractor.levels(frames)
    frames = extractor.frames(samples)
    if len(frames) < LEAST_FRAMES:
        raise InvalidInput(f"{path.name}: {waveform.duration_s:.2f} s are too short to train on")
    return extractor.levels(frames)


def _fingerprint(recordings: Sequence[Recording], extractor: FeatureExtractor) -> str:
    told = [(str(r.path), r.path.stat().st_size, r.path.stat().st_mtime_ns) for r in recordings]
    content = json.dumps([told, extractor.config.as_dict()])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def store_frames(
    recordings: Sequence[Recording],
    extractor: FeatureExtractor,
    folder: Path,
    on_progress: OnProgress | None = None,
) -> tuple[FrameStore, list[Recording]]:
    """Compute the frames of recordings, or read what an earlier call computed.

    Args:
        recordings: in any format that is decoded
        extractor: of the frames
        folder: where the store lies
        on_progress: called with (recordings done, recordings)

    Returns:
        the store, and the recordings in it: those that cannot be read are logged and left out
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / f"frames-{_fingerprint(recordings, extractor)}"
    index = home.with_suffix(".npz")
    if not index.is_file():
        kept, ends, count = [], [], 0
        with home.with_suffix(".raw").open("wb") as raw:
            for place, recording in enumerate(recordings):
                try:
                    levels = clip_levels(recording.path, extractor).astype(np.float16)
                except InvalidInput as error:
                    log.warning("left out: %s", error)
                else:
                    raw.write(levels.tobytes())
                    count += len(levels)
                    kept.append(place)
                    ends.append(count)
                if on_progress:
                    on_progress(place + 1, len(recordings))
        np.savez(index, kept=np.array(kept, np.int64), ends=np.array(ends, np.int64))
    with np.load(index) as found:
        kept, ends = found["kept"], found["ends"]
    if not len(kept):
        raise InvalidInput("none of the recordings can be read; see the messages above")
    store = FrameStore(home.with_suffix(".raw"), extractor.config.bins, ends)
    return store, [recordings[int(i)] for i in kept]
