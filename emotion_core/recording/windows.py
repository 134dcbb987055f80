"""Voice, words and faces of a recording as one moment per window."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..audio.analysis import VoiceAnalysis
from ..face.analysis import Person
from ..fusion.evidence import Evidence, Moment
from ..growing import PackedRows
from ..types import EmotionScores, ModelSpec
from .analysis import NOBODY, WordsAnalysis

LEAST_SHARE = 0.1
"""of a window that a modality must cover to take part"""
FULL_SHARE = 0.5
"""of a window that a modality must cover to be trusted fully"""
FULL_FACE_PX = 64.0
"""height of a face from which on it is trusted fully"""


class Window(NamedTuple):
    """A window of a recording in which anything was said, heard or seen.

    Attributes:
        span_s: start and end
        moment: what was
        person: number of the person whose face takes part, or `NOBODY`
    """

    span_s: tuple[float, float]
    moment: Moment
    person: int


def grid(duration_s: float, window_s: float, hop_s: float) -> np.ndarray:
    """(window, 2) over a whole recording; one that is shorter than a window is one by itself.

    Example:
        >>> grid(4.5, 3, 1).tolist()
        [[0.0, 3.0], [1.0, 4.0], [1.5, 4.5]]
    """
    last = max(0.0, duration_s - window_s)
    starts = np.arange(0, last + 1e-9, hop_s)
    if last - starts[-1] > 1e-6:
        starts = np.append(starts, last)
    return np.stack([starts, np.minimum(starts + window_s, duration_s)], 1)


class Lane:
    """What one model says along time, asked window by window.

    Args:
        spec: of the model
        spans_s: (answer, 2), by start and by end
        probabilities: (answer, label), calibrated
        embeddings: (answer, width); of width 0 where there are none
        trust: (answer,) in [0, 1]
        covered_s: (span, 2) without overlap in which there is anything to answer; None takes the
            answers' own spans
    """

    def __init__(
        self,
        spec: ModelSpec,
        spans_s: np.ndarray,
        probabilities: np.ndarray,
        embeddings: np.ndarray | PackedRows,
        trust: np.ndarray,
        covered_s: np.ndarray | None = None,
    ) -> None:
        self.spec = spec
        self._spans, self._trust = Spans(np.asarray(spans_s, np.float64).reshape(-1, 2)), trust
        self._logits = np.log(np.maximum(probabilities, 1e-9))
        self._embeddings = embeddings
        self._covered = self._spans if covered_s is None else Spans(covered_s)

    def share(self, window: np.ndarray) -> float:
        """How much of a window (2,) is covered, in [0, 1]."""
        return min(1.0, float(self._covered.overlap_s(window)[1].sum() / np.ptp(window)))

    def evidence(self, window: np.ndarray) -> Evidence | None:
        """The mean of the logits, in which what fills most of the window counts most.

        Args:
            window: (2,)

        Returns:
            None where hardly anything is covered
        """
        if (share := self.share(window)) < LEAST_SHARE:
            return None
        part, overlap_s = self._spans.overlap_s(window)
        weights = overlap_s**2
        if not weights.any():
            return None
        weights /= weights.sum()
        trust = min(1.0, float(weights @ self._trust[part]))
        reliability = trust * min(1.0, share / FULL_SHARE)
        scores = self._scores(weights @ self._logits[part])
        return Evidence(scores, self._embedding(part, weights), reliability)

    def _embedding(self, part: slice, weights: np.ndarray) -> np.ndarray | None:
        """The mean of the embeddings of some answers, by their weights (answer,)."""
        if not self._embeddings.shape[1]:
            return None
        return weights.astype(np.float32) @ self._embeddings[part].astype(np.float32)

    def _scores(self, logits: np.ndarray) -> EmotionScores:
        mean = np.exp(logits - logits.max())
        mean /= mean.sum()
        level = self.spec.calibration.uncertain_below
        return EmotionScores(self.spec.labels, mean, uncertain=bool(mean.max() < level))


class Spans:
    """Spans of time, asked which of them overlap a window.

    Args:
        spans_s: (span, 2) ordered by start; one that ends before an earlier one does no harm
    """

    def __init__(self, spans_s: np.ndarray) -> None:
        self._spans_s = spans_s
        self._latest_end = np.maximum.accumulate(spans_s[:, 1])

    def overlap_s(self, window: np.ndarray) -> tuple[slice, np.ndarray]:
        """Which of them may touch a window (2,), and the seconds that they share with it."""
        first = int(np.searchsorted(self._latest_end, window[0], "right"))
        past = int(np.searchsorted(self._spans_s[:, 0], window[1], "left"))
        part = slice(first, max(first, past))
        spans_s = self._spans_s[part]
        shared = np.minimum(spans_s[:, 1], window[1]) - np.maximum(spans_s[:, 0], window[0])
        return part, np.maximum(shared, 0)


def voice_lane(spec: ModelSpec, heard: VoiceAnalysis) -> Lane:
    """Of the voice; covered where somebody speaks."""
    line = heard.timeline
    trust = np.ones(len(line))
    return Lane(spec, line.spans_s, line.probabilities, heard.embeddings, trust, heard.speech_s)


def words_lane(spec: ModelSpec, words: WordsAnalysis) -> Lane:
    """Of the words; as much to be trusted as the transcript."""
    found = [i for i, scores in enumerate(words.scores) if scores is not None]
    cues = [words.transcript.cues[i] for i in found]
    probabilities = [s.probabilities for s in words.scores if s is not None]
    return Lane(
        spec,
        np.array([(c.start_s, c.end_s) for c in cues]).reshape(-1, 2),
        np.array(probabilities).reshape(-1, len(spec.labels)),
        words.embeddings[found],
        np.full(len(found), words.transcript.reliability),
    )


def face_lane(spec: ModelSpec, person: Person) -> Lane:
    """Of one person's face; the larger, the more it is to be trusted."""
    heights = np.ptp(person.faces.boxes_xyxy[:, 1::2], axis=1)
    trust = np.minimum(1, heights / FULL_FACE_PX)
    line = person.timeline
    return Lane(spec, line.spans_s, line.probabilities, person.embeddings, trust)


def filled_windows(
    windows_s: np.ndarray,
    voice: Lane | None,
    words: Lane | None,
    faces: Sequence[Lane],
    person: np.ndarray,
) -> Iterator[Window]:
    """The windows in which there is anything, one by one, since their embeddings are large.

    Args:
        windows_s: (window, 2)
        voice: None where there is no sound
        words: None without a transcript
        faces: one per person, in the order of their numbers from 1
        person: (window,) whose face stands for the window, or `NOBODY`
    """
    for window, number in zip(windows_s, person.tolist(), strict=True):
        face = faces[number - 1] if number != NOBODY else None
        lanes = {"text": words, "audio": voice, "face": face}
        said = {m: lane.evidence(window) for m, lane in lanes.items() if lane is not None}
        moment: Moment = {m: e for m, e in said.items() if e is not None}  # type: ignore[misc]
        if moment:
            start_s, end_s = window.tolist()
            yield Window((start_s, end_s), moment, number if "face" in moment else NOBODY)
