"""The value types of utterances of which words, voice and sometimes the face are known together."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class PairedClip:
    """One utterance.

    Attributes:
        name: within its corpus
        text: what was said; empty where nobody wrote it down or there are no words in it
        sound: where it is heard, or None
        picture: photo or video in which the face is seen, or None
        label: of its set
        speaker: who speaks, within the corpus; empty where unknown
        group: what must not be on both sides of a split: a session, a dialogue, a speaker
        dialogue: that it is part of, or empty
        session: of the recordings, with speakers of its own, or empty
        split: `train`, `validation`, `test`, or empty where the data have none
        span_s: start and end in the dialogue or the episode, where known
    """

    name: str
    text: str
    sound: Path | None
    picture: Path | None
    label: str
    speaker: str = ""
    group: str = ""
    dialogue: str = ""
    session: str = ""
    split: str = ""
    span_s: tuple[float, float] | None = None


@dataclass(frozen=True)
class PairedSet:
    """A corpus of utterances.

    Attributes:
        corpus: its name
        labels: ordered
        clips: in the order of its files
    """

    corpus: str
    labels: tuple[str, ...]
    clips: tuple[PairedClip, ...]

    @cached_property
    def truth(self) -> np.ndarray:
        """(clip,) place of its label."""
        return np.array([self.labels.index(clip.label) for clip in self.clips], np.int64)

    def __len__(self) -> int:
        return len(self.clips)
