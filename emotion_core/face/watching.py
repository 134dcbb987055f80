"""What is gathered while a video is looked at, frame by frame."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..types import Faces, ModelSpec, OnSeconds
from .align import crop_faces
from .analysis import VideoAnalysis
from .detect import FaceDetector
from .model import FaceClassifier, FaceReading
from .people import People, thumbnail
from .samples import Sample
from .track import FaceTracker
from .video import VideoFrame, VideoStream

DETECT_EVERY = 3
"""sampled frames of a video from one detection to the next"""
TOGETHER = 16
"""frames of a video whose faces are classified in one run"""


class _Waiting(NamedTuple):
    """What is cut out of a frame, which itself is let go: frames are large.

    Attributes:
        time_s: of the frame
        faces: tracked
        crops: (face, ...) as the classifier reads them
        pictures: (height, width, 3) RGB uint8 of each head
    """

    time_s: float
    faces: Faces
    crops: np.ndarray
    pictures: list[np.ndarray]

    def samples(self, readings: Iterator[FaceReading], embed: bool) -> Iterator[Sample]:
        """The faces, with the next answers, which are theirs."""
        for i, (crop, picture) in enumerate(zip(self.crops, self.pictures, strict=True)):
            answer = next(readings)
            yield Sample(
                self.time_s,
                self.faces.take(np.array([i])),
                answer.logits,
                picture,
                crop,
                answer.embedding if embed else None,
            )


class Watching:
    """One pass over a video, in bounded memory.

    Args:
        spec: labels and calibration
        classifier: answers faces
        detector: finds them
        stream: of the video
        fps: frames a second that it gives
        embed: whether the samples' embeddings are kept
    """

    def __init__(
        self,
        spec: ModelSpec,
        classifier: FaceClassifier,
        detector: FaceDetector,
        stream: VideoStream,
        fps: float,
        embed: bool,
    ) -> None:
        self._classifier, self._stream, self._fps, self._embed = classifier, stream, fps, embed
        self._tracker = FaceTracker(detector, detect_every=DETECT_EVERY)
        self._people = People(spec, 1 / fps, stream.scale, self._tracker.memory_s)
        self._waiting: list[_Waiting] = []
        self._stopped = False

    def through(
        self,
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Look at all of the video.

        Args:
            on_progress: called with seconds done and seconds expected
            should_stop: asked now and then; yes ends it there
        """
        for sampled in self._stream:
            faces = self._tracker.update(sampled.frame, sampled.time_s)
            self._waiting.append(self._cut(sampled, faces))
            if len(self._waiting) < TOGETHER:
                continue
            self._answer()
            if on_progress:
                on_progress(sampled.time_s, self._stream.expected_s)
            if should_stop and should_stop():
                self._stopped = True
                break
        self._answer()
        if on_progress:
            on_progress(self._stream.read_s, self._stream.expected_s)

    def _cut(self, sampled: VideoFrame, faces: Faces) -> _Waiting:
        """What is needed of a frame in which faces were found."""
        pictures = [thumbnail(sampled.frame, box) for box in faces.boxes_xyxy]
        crops = crop_faces(sampled.frame, faces, self._classifier.crop)
        return _Waiting(sampled.time_s, faces, crops, pictures)

    def _answer(self) -> None:
        """Classify the faces that wait in one run."""
        if not self._waiting:
            return
        crops = np.concatenate([frame.crops for frame in self._waiting])
        readings = iter(self._classifier.read(crops))
        for frame in self._waiting:
            self._people.add(frame.time_s, frame.samples(readings, self._embed))
        self._waiting.clear()

    def finish(self) -> VideoAnalysis:
        """Everybody who was seen."""
        stream, notices = self._stream, self._stream.notices
        if self._stopped:
            notices += (f"stopped at {stream.read_s:.0f} s; the rest was not analysed",)
        return VideoAnalysis(
            labels=self._people.spec.labels,
            people=self._people.finish(stream.read_s),
            times_s=self._people.times_s,
            duration_s=stream.read_s,
            fps=self._fps,
            size_wh=stream.size_wh,
            notices=notices,
            glimpses=self._people.glimpses,
        )
