"""A recording as a video with the fused answer of each moment, whom it is about, and the words."""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from ..errors import InvalidInput
from ..face.annotate import annotate_video
from ..face.panel import Telling, Told
from ..fusion.evidence import FUSED, SPOKEN_NAME
from ..markup import percent
from ..palette import rgb_colours
from ..timeline.spans import parted
from ..types import EmotionScores, OnSeconds
from .analysis import NOBODY, FusedLine, RecordingAnalysis
from .run import RecordingSource
from .summary import person_names

NOTHING = -1
"""in the place of a window: nothing is fused at that time"""


def annotate_recording(
    source: RecordingSource,
    judged: RecordingAnalysis,
    target: Path | BinaryIO,
    *,
    blur: bool = False,
    on_progress: OnSeconds | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[str, ...]:
    """Write the video as MP4 with the faces' boxes and, under it, what all of it says together.

    The person whose face is fused has the fused answer at the box, the others a number alone.
    Where nothing was fused, each face has its own answer.

    Args:
        source: the recording, path or bytes
        judged: everything in one label set
        target: path, or a file open for reading and writing, such as `io.BytesIO()`
        blur: also makes every face that was seen unrecognisable
        on_progress: called with seconds done and seconds expected
        should_stop: asked after every frame; yes ends the video there

    Returns:
        what a person should know of the result

    Raises:
        InvalidInput: if there is no picture, or the target cannot be written
    """
    if judged.faces is None:
        why = judged.failures.get("faces", "it has sound alone")
        raise InvalidInput(f"{judged.name}: expected a recording with a picture: {why}")
    return annotate_video(
        source,
        judged.faces,
        target,
        blur=blur,
        colours=rgb_colours(judged.labels),
        telling=telling(judged) if len(judged.fused.timeline) else None,
        on_progress=on_progress,
        should_stop=should_stop,
    )


def telling(judged: RecordingAnalysis) -> Telling:
    """What is told along a recording.

    Args:
        judged: everything in one label set
    """
    return Telling(_Moments(judged).at, judged.words is not None)


class _Moments:
    """What is told at any time.

    Args:
        judged: everything in one label set
    """

    def __init__(self, judged: RecordingAnalysis) -> None:
        self._line = judged.fused
        self._spans_s = parted(self._line.timeline.spans_s).tolist()
        self._starts_s = [start for start, _ in self._spans_s]
        self._cues = judged.words.transcript.cues if judged.words else ()
        self._names = person_names(judged)
        self._told = lru_cache(maxsize=16)(self._telling)

    def at(self, time_s: float) -> Told:
        """The same object for as long as it holds."""
        window = bisect_right(self._starts_s, time_s) - 1
        if window >= 0 and time_s >= self._spans_s[window][1]:
            window = NOTHING
        said = tuple(i for i, c in enumerate(self._cues) if c.start_s <= time_s < c.end_s)
        return self._told(window, said)

    def _telling(self, window: int, said: tuple[int, ...]) -> Told:
        words = " / ".join(self._said(i) for i in said)
        if window == NOTHING:
            return Told(words=words)
        line, person = self._line, int(self._line.person[window])
        return Told(
            EmotionScores(
                line.timeline.labels,
                line.timeline.probabilities[window],
                uncertain=bool(line.uncertain[window]),
            ),
            person,
            self._about(person),
            _parts(line, window),
            str(line.disagreements.get(window, "")),
            words,
        )

    def _about(self, person: int) -> str:
        """Whom an answer is about, by number and, where it is known, by name."""
        if person == NOBODY:
            return "nobody in sight"
        name = self._names.get(person, "")
        return f"person {person}" + f" ({name})" * bool(name)

    def _said(self, place: int) -> str:
        cue = self._cues[place]
        return f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text


def _parts(line: FusedLine, window: int) -> str:
    """The share that each modality had, the largest first."""
    names = (SPOKEN_NAME[modality] for modality in FUSED)
    shares = zip(line.contributions[window].tolist(), names, strict=True)
    found = sorted((part for part in shares if part[0] > 0), reverse=True)
    return ", ".join(f"{name} {percent(share)}" for share, name in found)
