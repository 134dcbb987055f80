"""A face model as a user meets it: pictures and videos in, `FaceScores` and `VideoAnalysis` out."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..scoring import calibrated_scores, softmax
from ..types import EmotionScores, Faces, ModelSpec, OnSeconds
from .align import crop_faces
from .analysis import FaceScores, FaceWeights, VideoAnalysis
from .detect import FaceDetector, open_detector
from .explain import class_map_weights, occlusion_weights
from .image import ImageSource, read_image
from .model import FaceClassifier, open_face_classifier
from .video import VideoSource, VideoStream
from .watching import Watching

VIDEO_FPS = 5.0


class FaceModel:
    """Finds, aligns, classifies and calibrates; thread-safe, so one serves everybody.

    Args:
        spec: labels and calibration
        classifier: opened from the bundle unless given
        detector: MTCNN, opened when a face is first looked for, unless given
    """

    def __init__(
        self,
        spec: ModelSpec,
        classifier: FaceClassifier | None = None,
        detector: FaceDetector | None = None,
    ) -> None:
        self.spec = spec
        self.classifier = classifier or open_face_classifier(spec)
        self._detector = detector

    @property
    def labels(self) -> tuple[str, ...]:
        """Ordered labels of the answers."""
        return self.spec.labels

    @property
    def detector(self) -> FaceDetector:
        """What finds the faces."""
        if self._detector is None:
            self._detector = open_detector()
        return self._detector

    @overload
    def predict(self, source: ImageSource, aligned: bool = False) -> FaceScores: ...
    @overload
    def predict(self, source: Sequence[ImageSource], aligned: bool = False) -> list[FaceScores]: ...
    def predict(
        self, source: ImageSource | Sequence[ImageSource], aligned: bool = False
    ) -> FaceScores | list[FaceScores]:
        """What every face of a picture expresses, or of several pictures.

        Args:
            source: path, bytes or (height, width, 3) RGB uint8, or a list of these
            aligned: whether each picture is a face already, so that nothing is detected

        Raises:
            InvalidInput: if a picture cannot be read

        Example:
            >>> grey = np.full((48, 48), 128, np.uint8)
            >>> found = load_face_model("face-cnn").predict([grey, grey], aligned=True)
            >>> [len(picture.scores) for picture in found]
            [1, 1]
        """
        if isinstance(source, list | tuple):
            return [self.predict(s, aligned) for s in source]
        picture = read_image(source)  # type: ignore[arg-type]
        if aligned:
            faces = _whole_picture(*picture.size_wh)
            scores = self._scores(self._whole_crop(picture.frame))
        else:
            found = self.detector.detect(picture.frame)
            scores = self.answer(picture.frame, found)
            faces = found.scaled(max(picture.size_wh) / max(picture.frame.shape[:2]))
        return FaceScores(faces, tuple(scores), picture.size_wh, picture.notices)

    def predict_each(
        self, sources: Iterable[ImageSource], aligned: bool = False
    ) -> list[FaceScores | EmotionCoreError]:
        """Answer each picture, with the error in the place of one that cannot be read."""
        answers: list[FaceScores | EmotionCoreError] = []
        for source in sources:
            try:
                answers.append(self.predict(source, aligned))
            except EmotionCoreError as error:
                answers.append(error)
        return answers

    def answer(self, frame: np.ndarray, faces: Faces) -> list[EmotionScores]:
        """What faces that were found in a frame (height, width, 3) RGB uint8 express."""
        return self._scores(crop_faces(frame, faces, self.classifier.crop))

    def largest_crop(self, source: ImageSource, aligned: bool = False) -> np.ndarray:
        """The largest face of a picture, (1, size, size) or (1, size, size, 3), as it is read.

        Args:
            source: path, bytes or (height, width, 3) RGB uint8
            aligned: whether the picture is a face already

        Raises:
            InvalidInput: if it cannot be read, or no face is found
        """
        frame = read_image(source).frame
        if aligned:
            return self._whole_crop(frame)
        faces = self.detector.detect(frame)
        if not len(faces):
            raise InvalidInput("no face was found; choose a picture in which one is seen")
        sides = faces.boxes_xyxy[:, 2:] - faces.boxes_xyxy[:, :2]
        return crop_faces(frame, faces.take(sides.prod(1).argmax()[None]), self.classifier.crop)

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """Embeddings (face, width) of crops as the classifier reads them, for fusion and few-shot.

        Raises:
            InvalidInput: if the crops have another size or type
        """
        return np.stack([r.embedding for r in self.classifier.read(crops)])

    def analyse(
        self,
        source: VideoSource,
        *,
        fps: float = VIDEO_FPS,
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
        embed: bool = False,
    ) -> VideoAnalysis:
        """Everybody who is seen in a video, along time, in one pass and bounded memory.

        Args:
            source: path or bytes
            fps: frames a second that are looked at
            on_progress: called with seconds done and seconds expected
            should_stop: asked now and then; yes ends the analysis with what was done so far
            embed: whether the samples' embeddings are kept

        Raises:
            InvalidInput: if the video cannot be decoded, or fps is not positive
        """
        with VideoStream(source, fps=fps) as stream:
            watched = Watching(self.spec, self.classifier, self.detector, stream, fps, embed)
            watched.through(on_progress, should_stop)
            return watched.finish()

    def explain(
        self, frame: np.ndarray, faces: Faces, face: int = 0, label: str = ""
    ) -> FaceWeights:
        """Which regions of a face drove its answer.

        Args:
            frame: (height, width, 3) RGB uint8
            faces: found in it
            face: number of the one explained
            label: the one explained; empty takes the most probable

        Raises:
            InvalidInput: if there is no such face or label
        """
        if not 0 <= face < len(faces):
            raise InvalidInput(f"expected the number of one of {len(faces)} faces, got {face}")
        crop = crop_faces(frame, faces.take(np.array([face])), self.classifier.crop)[0]
        return self.explain_crop(crop, label)

    def explain_crop(self, crop: np.ndarray, label: str = "") -> FaceWeights:
        """The same for a face that is cut out already.

        Raises:
            InvalidInput: if the label is unknown, or the crop has another size or type
        """
        if label and label not in self.labels:
            raise InvalidInput(f"expected one of {', '.join(self.labels)}, got {label!r}")
        reading = self.classifier.read(crop[None])[0]
        place = self.labels.index(label) if label else int(reading.logits.argmax())
        if reading.maps.size:
            weights, method = class_map_weights(reading.maps, place, len(crop)), "grad-cam"
        else:
            weights = occlusion_weights(crop, lambda crops: self.probabilities(crops)[:, place])
            method = "occlusion"
        return FaceWeights(crop, weights, self.labels[place], method)

    def probabilities(self, crops: np.ndarray) -> np.ndarray:
        """Calibrated (face, label) of crops as the classifier reads them."""
        logits = np.stack([r.logits for r in self.classifier.read(crops)]).astype(np.float64)
        return softmax(logits / self.spec.calibration.temperature)

    def _scores(self, crops: np.ndarray) -> list[EmotionScores]:
        return [calibrated_scores(self.spec, r.logits) for r in self.classifier.read(crops)]

    def _whole_crop(self, frame: np.ndarray) -> np.ndarray:
        """A picture of a face, as (1, size, size) or (1, size, size, 3)."""
        import cv2

        crop = self.classifier.crop
        if crop.channels == 1:
            frame = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        return cv2.resize(frame, (crop.size, crop.size), interpolation=cv2.INTER_AREA)[None]


def _whole_picture(width: int, height: int) -> Faces:
    """One face that fills a picture."""
    return Faces(
        np.array([[0, 0, width, height]]), np.ones(1), np.zeros(1), np.full((1, 5, 2), np.nan)
    )


def load_face_model(model: str | Path, detector: FaceDetector | None = None) -> FaceModel:
    """A face model by bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
        InvalidInput: if it is a model of another modality
    """
    from ..hub import hub_name
    from ..registry import find

    if name := hub_name(model):
        from .hub import load_hub_model

        return FaceModel(*load_hub_model(name), detector)
    spec = find(model)
    if spec.modality != "face":
        raise InvalidInput(f"{spec.id} answers {spec.modality}, not faces")
    return FaceModel(spec, detector=detector)
