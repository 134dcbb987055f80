"""Pictures and videos looked at in a thread while the page stays usable."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from emotion_core.errors import EmotionCoreError
from emotion_core.face.analysis import VideoAnalysis
from emotion_core.face.annotate import annotate_video
from emotion_core.face.pipeline import FaceModel
from emotion_core.rows import Row, answer_row

from .face_rows import picture_columns, picture_rows
from .jobs import Job
from .models import FaceChoice
from .palette import rgb_colours
from .player import Medium
from .tables import frame_of
from .uploads import Upload

PLAYED = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/mp4",
    ".webm": "video/webm",
}
"""ending of the files that browsers may play as they are -> the type that they take them for"""


class PicturesJob(Job):
    """Answers many pictures, one row per face; an error stands in its own row.

    Attributes:
        choice: model, label set and level
        pictures: to look at
        names: columns of its table
    """

    def __init__(self, choice: FaceChoice, pictures: Sequence[Upload]) -> None:
        self.choice, self.pictures = choice, pictures
        self.names = picture_columns(choice.labels, choice.model.spec.multi_label)
        self._rows: list[Row] = []
        super().__init__(len(pictures))

    def frame(self) -> pd.DataFrame:
        """The answers so far."""
        return frame_of(list(self._rows), self.names)

    def _work(self) -> None:
        for picture in self.pictures:
            if self.cancelled:
                break
            self._rows += self._answered(picture)
            self.done += 1

    def _answered(self, picture: Upload) -> list[Row]:
        labels, multi_label = self.choice.labels, self.choice.model.spec.multi_label
        try:
            found = self.choice.model.predict(picture.content)
        except EmotionCoreError as error:
            return [answer_row(picture.name, error, labels, multi_label=multi_label)]
        judged = [self.choice.judge(scores) for scores in found.scores]
        return picture_rows(picture.name, found, judged, labels, multi_label)


class VideoJob(Job):
    """Watches one video.

    Attributes:
        seen: None until it has ended without an error
        unplayable: whether a browser failed to play the file as it is
    """

    def __init__(self, model: FaceModel, video: Upload, fps: float) -> None:
        self.model, self.video, self.fps = model, video, fps
        self.seen: VideoAnalysis | None = None
        self.unplayable = Path(video.name).suffix.lower() not in PLAYED
        super().__init__(None)

    def same(self, model: FaceModel, video: Upload, fps: float) -> bool:
        """Whether a job with these would do the same."""
        return (model, video.identity, fps) == (self.model, self.video.identity, self.fps)

    def medium(self) -> Medium | None:
        """What the browser plays; None where it cannot."""
        if self.unplayable:
            return None
        mimetype = PLAYED[Path(self.video.name).suffix.lower()]
        return Medium(self.video.content, mimetype, "video")

    def give_up_playing(self) -> None:
        """Play the file no more, since the browser cannot."""
        self.unplayable = True

    def _progress(self, done_s: float, expected_s: float | None) -> None:
        self.done, self.total = done_s, expected_s

    def _work(self) -> None:
        self.seen = self.model.analyse(
            self.video.content,
            fps=self.fps,
            on_progress=self._progress,
            should_stop=self._cancelled.is_set,
        )


class FilmJob(Job):
    """Draws what was seen into a video.

    Attributes:
        video: that was watched
        blur: whether the faces are made unrecognisable
        film: an MP4; None until it has ended without an error and was not stopped
        notices: what a person should know of it
    """

    def __init__(self, video: Upload, judged: VideoAnalysis, blur: bool) -> None:
        self.video, self.blur = video, blur
        self._judged = judged
        self.film: Medium | None = None
        self.notices: tuple[str, ...] = ()
        super().__init__(judged.duration_s)

    def _progress(self, done_s: float, expected_s: float | None) -> None:
        self.done, self.total = done_s, expected_s or self.total

    def _work(self) -> None:
        target = io.BytesIO()
        self.notices = self._draw(target)
        if not self.cancelled:
            self.film = Medium(target.getvalue(), "video/mp4", "video")

    def _draw(self, target: BinaryIO) -> tuple[str, ...]:
        """Write the MP4, and tell what a person should know of it."""
        return annotate_video(
            self.video.content,
            self._judged,
            target,
            blur=self.blur,
            colours=rgb_colours(self._judged.labels),
            on_progress=self._progress,
            should_stop=self._cancelled.is_set,
        )
