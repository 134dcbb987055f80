"""What was seen in one picture, kept while a person looks at it."""

import time
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from emotion_core.face.analysis import FaceScores, FaceWeights
from emotion_core.face.draw import NO_COLOURS, Colours, blur_faces, draw_faces
from emotion_core.face.image import read_image
from emotion_core.face.pipeline import FaceModel
from emotion_core.types import EmotionScores

from .models import FaceChoice
from .palette import rgb_colours
from .uploads import Upload

SHOWN_PX = 1600
"""longer side of a picture on the page; downloads have the whole"""


@dataclass(frozen=True, eq=False)
class SeenPicture:
    """A picture and what a model saw in it.

    Attributes:
        upload: the picture as it came
        model: that looked at it
        frame: (height, width, 3) RGB uint8
        found: faces and scores, in px of the frame
        size_wh: of the upright upload in px, which may be larger than the frame
        elapsed_s: how long that took
        explained: face and label -> what drove the answer, as far as somebody asked
    """

    upload: Upload
    model: FaceModel
    frame: np.ndarray
    found: FaceScores
    size_wh: tuple[int, int]
    elapsed_s: float
    explained: dict[tuple[int, str], FaceWeights] = field(default_factory=dict)

    def same(self, model: FaceModel, upload: Upload) -> bool:
        """Whether looking at this with that model would show the same."""
        return (model, upload.identity) == (self.model, self.upload.identity)

    @property
    def in_upload(self) -> FaceScores:
        """What was found, in px of the upload."""
        scale = max(self.size_wh) / max(self.frame.shape[:2])
        return replace(self.found, faces=self.found.faces.scaled(scale), size_wh=self.size_wh)

    def judged(self, choice: FaceChoice) -> list[EmotionScores]:
        """What each face expresses, as it was chosen to be shown."""
        return [choice.judge(scores) for scores in self.found.scores]

    def explanation(self, face: int, label: str) -> FaceWeights:
        """Which regions of a face drove the answer; worked out once.

        Raises:
            EmotionCoreError: if the model cannot explain it
        """
        if (face, label) not in self.explained:
            self.explained[face, label] = self.model.explain(
                self.frame, self.found.faces, face, label
            )
        return self.explained[face, label]

    def drawn(self, judged: list[EmotionScores], blur: bool = False) -> np.ndarray:
        """The picture with all that is known of each face, (height, width, 3) RGB uint8.

        Args:
            judged: one per face
            blur: also makes the faces unrecognisable
        """
        faces = self.found.faces
        frame = blur_faces(self.frame, faces) if blur else self.frame
        return draw_faces(frame, faces, judged, _colours(judged), bars=True)

    def shown(self, judged: list[EmotionScores]) -> np.ndarray:
        """The picture for the page, where the bars stand on the cards."""
        scale = min(1.0, SHOWN_PX / max(self.frame.shape[:2]))
        frame = self.frame
        if scale < 1:
            frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return draw_faces(frame, self.found.faces.scaled(scale), judged, _colours(judged))


def _colours(judged: list[EmotionScores]) -> Colours:
    return rgb_colours(judged[0].labels) if judged else NO_COLOURS


def look_at(model: FaceModel, upload: Upload) -> SeenPicture:
    """Find and answer the faces of a picture.

    Raises:
        InvalidInput: if it cannot be read
    """
    begun = time.perf_counter()
    picture = read_image(upload.content)
    found = model.predict(picture.frame)
    found = replace(found, notices=(*picture.notices, *found.notices))
    elapsed_s = time.perf_counter() - begun
    return SeenPicture(upload, model, picture.frame, found, picture.size_wh, elapsed_s)


def encoded(frame: np.ndarray, ending: str = ".jpg") -> bytes:
    """A frame (height, width, 3) RGB or (height, width) grey uint8 as a JPEG or PNG file."""
    stored = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR) if frame.ndim == 3 else frame
    return cv2.imencode(ending, stored)[1].tobytes()
