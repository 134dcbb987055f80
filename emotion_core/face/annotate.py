"""A video with everybody who was seen drawn in, or with their faces made unrecognisable.

What else is told of a moment, such as an answer that more than the face led to, stands in rows
under the picture, so that it hides nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from ..types import EmotionScores, Faces, OnSeconds
from .analysis import Person, VideoAnalysis
from .draw import NO_COLOURS, Colours, blur_faces, draw_faces
from .film import TIME_BASE, open_film
from .panel import NOT_WRITTEN, Panel, Telling
from .video import LONGEST_S, VideoSource, VideoStream

LONGEST_PX = 1280
BLUR_BRIDGE_S = 1.0
"""a person who was not seen for less is blurred all the while"""
BLUR_HOLD_S = 0.5
"""how long before and after a face was seen the place is blurred"""
BLUR_MARGIN = 0.4
"""share of a box added on each side, more than in a photo, as faces move between samples"""
REPORT_S = 1.0
"""of the video, from one report of progress to the next"""


def annotate_video(
    source: VideoSource,
    analysis: VideoAnalysis,
    target: Path | BinaryIO,
    *,
    blur: bool = False,
    colours: Colours = NO_COLOURS,
    telling: Telling | None = None,
    on_progress: OnSeconds | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[str, ...]:
    """Write the whole video as MP4 with box, number and emotion of everybody who is seen.

    Every frame keeps its time. Between two samples a box lies between those of the samples; where
    a person was not seen there is none. The sound is taken over. A file that the target names is
    replaced when the new one is complete.

    Args:
        source: the video that was analysed, path or bytes
        analysis: what was seen in it
        target: path, or a file open for reading and writing, such as `io.BytesIO()`
        blur: also makes every face that was seen unrecognisable
        colours: label -> RGB
        telling: tells an answer of each moment, which then stands at the face that it is about
            and under the picture; the other faces have their boxes and numbers alone
        on_progress: called with seconds done and seconds expected
        should_stop: asked after every frame; yes ends the video there

    Returns:
        what a person should know of the result

    Raises:
        InvalidInput: if the video cannot be decoded, or the target cannot be written
    """
    with ExitStack() as opened:
        every_frame = VideoStream(source, fps=float(1 / TIME_BASE), longest_px=LONGEST_PX)
        stream = opened.enter_context(every_frame)
        film = opened.enter_context(open_film(target, source))
        scene = _Scene(analysis, stream.scale, blur, colours, telling)
        stopped, reported_s = False, 0.0
        for time_s, frame in stream:
            film.add(time_s, scene.draw(time_s, frame))
            if on_progress and time_s >= reported_s + REPORT_S:
                reported_s = time_s
                on_progress(time_s, stream.expected_s)
            if stopped := bool(should_stop and should_stop()):
                break
        film.finish(stream.read_s if stopped else LONGEST_S)
        notices = (*stream.notices, *film.notices, *scene.notices)
        if stopped:
            return *notices, f"stopped at {stream.read_s:.0f} s; the rest was left out"
        if on_progress:
            on_progress(stream.read_s, stream.expected_s)
        return notices


class _Sighting(NamedTuple):
    """A face at one moment, and the number of the sample that is nearest."""

    person: Person
    box_xyxy: np.ndarray
    sample: int


class _Path:
    """Where the face of one person is at any time.

    Args:
        person: who
        joined: (sample - 1,) whether the face was followed from a sample to the next one
        from_s: (sample,) where it was not, from when the face is at the place of a sample
        until_s: (sample,) until when
    """

    def __init__(
        self, person: Person, joined: np.ndarray, from_s: np.ndarray, until_s: np.ndarray
    ) -> None:
        self._person, self._joined = person, joined
        self._from_s, self._until_s = from_s, until_s

    @classmethod
    def seen(cls, person: Person, analysis: VideoAnalysis) -> "_Path":
        """While the person was seen: from sample to sample, or for the length of one."""
        place = np.searchsorted(analysis.times_s, person.times_s)
        next_s = np.append(analysis.times_s, np.inf)[place + 1]
        until_s = np.minimum(person.times_s + 1 / analysis.fps, next_s)
        return cls(person, np.diff(place) == 1, person.times_s, until_s)

    @classmethod
    def suspected(cls, person: Person, analysis: VideoAnalysis) -> "_Path":
        """While the person may be there: also in short gaps, and for a while before and after."""
        bridge_s, hold_s = max(BLUR_BRIDGE_S, 2 / analysis.fps), _hold_s(analysis)
        times = person.times_s
        return cls(person, np.diff(times) <= bridge_s, times - hold_s, times + hold_s)

    def at(self, time_s: float) -> Iterator[_Sighting]:
        """The face at a time; nothing in a gap."""
        times, boxes = self._person.times_s, self._person.faces.boxes_xyxy
        after = int(np.searchsorted(times, time_s, side="right"))
        before = after - 1
        if 0 < after < len(times) and self._joined[before]:
            share = (time_s - times[before]) / (times[after] - times[before])
            box = (1 - share) * boxes[before] + share * boxes[after]
            yield _Sighting(self._person, box, after if share > 0.5 else before)
        elif after > 0 and time_s < self._until_s[before]:
            yield _Sighting(self._person, boxes[before], before)
        elif after < len(times) and time_s >= self._from_s[after]:
            yield _Sighting(self._person, boxes[after], after)


class _Scene:
    """Draws what was seen on the frames of a video.

    Args:
        analysis: what was seen
        scale: px of the given frames per px of the video as it is shown
        blur: whether faces are made unrecognisable
        colours: label -> RGB
        telling: what else is told; None draws the faces alone
    """

    def __init__(
        self,
        analysis: VideoAnalysis,
        scale: float,
        blur: bool,
        colours: Colours,
        telling: Telling | None,
    ) -> None:
        self._analysis, self._scale = analysis, scale
        self._blur, self._colours = blur, colours
        self._telling = telling
        self._panel: Panel | None = None
        self._seen = [_Path.seen(p, analysis) for p in analysis.people]
        self._suspected = [_Path.suspected(p, analysis) for p in analysis.people]
        self._end_s = analysis.times_s.max(initial=-np.inf) + 2 / analysis.fps
        self._drawn = self._bare = self._beyond = 0

    def draw(self, time_s: float, frame: np.ndarray) -> np.ndarray:
        """The frame (height, width, 3) RGB uint8 of a time, drawn on."""
        self._drawn += 1
        self._beyond += time_s > self._end_s
        if self._blur:
            frame = blur_faces(frame, self._hidden(time_s, frame), BLUR_MARGIN)
        found = _sightings(self._seen, time_s)
        if self._telling is None:
            scores = [self._face_alone(sighting) for sighting in found]
            return draw_faces(frame, self._faces(found), scores, self._colours)
        told = self._telling.at(time_s)
        scores = [told.scores if s.person.track_id == told.person else None for s in found]
        frame = draw_faces(frame, self._faces(found), scores, self._colours)
        if self._panel is None:
            self._panel = Panel(frame.shape[1], self._telling.worded, self._colours)
        return self._panel.under(frame, told)

    def _face_alone(self, sighting: _Sighting) -> EmotionScores:
        """What one face expresses by itself."""
        person, _, sample = sighting
        return EmotionScores(
            self._analysis.labels,
            person.probabilities[sample],
            uncertain=bool(person.uncertain[sample]),
        )

    def _hidden(self, time_s: float, frame: np.ndarray) -> Faces:
        """What to blur: faces, or all of a frame that was not analysed."""
        if time_s > self._end_s:
            height, width = frame.shape[:2]
            return _faces(np.array([[0, 0, width, height]]), np.zeros(1))
        found = self._faces(_sightings(self._suspected, time_s)).boxes_xyxy
        boxes = np.concatenate([found, self._scale * self._glimpsed(time_s)])
        self._bare += not len(boxes)
        return _faces(boxes, np.zeros(len(boxes)))

    def _glimpsed(self, time_s: float) -> np.ndarray:
        """(glimpse, 4) px of the video, of those who may be there."""
        glimpses, hold_s = self._analysis.glimpses, _hold_s(self._analysis)
        times_s = glimpses.times_s
        near = (times_s - hold_s <= time_s) & (time_s < times_s + hold_s)
        return glimpses.boxes_xyxy[near]

    def _faces(self, found: list[_Sighting]) -> Faces:
        boxes = np.array([s.box_xyxy for s in found]).reshape(-1, 4)
        return _faces(boxes * self._scale, np.array([s.person.track_id for s in found]))

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of the frames drawn so far."""
        found = []
        if self._beyond:
            how = "blurred as a whole" if self._blur else "as they were"
            found.append(
                f"{self._beyond:,} of {self._drawn:,} frames were not analysed and are {how}"
            )
        if self._blur:
            found.append(
                f"a face that was not found is not blurred, and {self._bare:,} of {self._drawn:,} "
                "frames have no blur at all; look through the video before you pass it on"
            )
        if self._panel is not None and not self._panel.legible:
            found.append(NOT_WRITTEN)
        return tuple(found)


def _hold_s(analysis: VideoAnalysis) -> float:
    """How long before and after a sighting its place is blurred."""
    return max(BLUR_HOLD_S, 2 / analysis.fps)


def _sightings(paths: list[_Path], time_s: float) -> list[_Sighting]:
    return [sighting for path in paths for sighting in path.at(time_s)]


def _faces(boxes_xyxy: np.ndarray, track_id: np.ndarray) -> Faces:
    count = len(boxes_xyxy)
    return Faces(boxes_xyxy, np.ones(count), track_id, np.full((count, 5, 2), np.nan))
