"""`load`: one door to the models of every modality."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    from .audio.pipeline import AudioModel
    from .face.pipeline import FaceModel
    from .predicting import FusionPredictor, RecordingPredictor, VideoModel
    from .text.pipeline import TextModel

DEFAULT_TEXT_MODEL = "text-goemotions28"
DEFAULT_AUDIO_MODEL = "audio-cnn-bigru"
DEFAULT_FACE_MODEL = "face-cnn"
DEFAULT_FUSION_MODEL = "fusion-translation"

Kind = Literal["text", "audio", "image", "face", "video", "fusion", "recording"]
"""what a model answers; an image is answered by a model of faces"""
DEFAULTS: dict[str, str] = {
    "text": DEFAULT_TEXT_MODEL,
    "audio": DEFAULT_AUDIO_MODEL,
    "image": DEFAULT_FACE_MODEL,
    "face": DEFAULT_FACE_MODEL,
    "video": DEFAULT_FACE_MODEL,
    "fusion": DEFAULT_FUSION_MODEL,
    "recording": DEFAULT_FUSION_MODEL,
}


@overload
def load(
    model: Literal["audio", "audio-cnn-bigru", "audio-alexnet", "audio-resnet34"],
    modality: None = None,
) -> "AudioModel": ...
@overload
def load(model: Literal["image", "face", "face-cnn"], modality: None = None) -> "FaceModel": ...
@overload
def load(model: Literal["video"], modality: None = None) -> "VideoModel": ...
@overload
def load(
    model: Literal[
        "fusion", "fusion-translation", "fusion-attention", "fusion-concat", "fusion-late"
    ],
    modality: None = None,
) -> "FusionPredictor": ...
@overload
def load(model: Literal["recording"], modality: None = None) -> "RecordingPredictor": ...
@overload
def load(
    model: str | Path = DEFAULT_TEXT_MODEL, modality: Literal["text"] | None = None
) -> "TextModel": ...
@overload
def load(model: str | Path, modality: Literal["audio"]) -> "AudioModel": ...
@overload
def load(model: str | Path, modality: Literal["image", "face"]) -> "FaceModel": ...
@overload
def load(model: str | Path, modality: Literal["video"]) -> "VideoModel": ...
@overload
def load(model: str | Path, modality: Literal["fusion"]) -> "FusionPredictor": ...
@overload
def load(model: str | Path, modality: Literal["recording"]) -> "RecordingPredictor": ...
def load(
    model: str | Path = DEFAULT_TEXT_MODEL, modality: Kind | None = None
) -> "TextModel | AudioModel | FaceModel | VideoModel | FusionPredictor | RecordingPredictor":
    """A model by what it answers, bundle id or folder, hub name (`hub:owner/name`) or hub folder.

    Every model has `predict`, which takes one item or a list and returns one answer or a list.

    Args:
        model: `text`, `audio`, `image`, `video`, `fusion` or `recording` for the default model of
            these; or an id, a folder or a hub name
        modality: of a hub model, which does not say it, and `video` for a model of faces. A
            bundle says it; type checkers, which cannot read one, take a model that is not
            shipped for one of texts unless told

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
        InvalidInput: if it is a model of another modality than was asked for

    Example:
        >>> load("text-emotion6").predict("I am so happy today").label
        'joy'
        >>> [a.label for a in load("text-emotion6").predict(["what a joy", "I am afraid"])]
        ['joy', 'fear']
        >>> load("audio").labels[:3], load("image").spec.id, load("video").spec.id
        (('neutral', 'calm', 'joy'), 'face-cnn', 'face-cnn')
    """
    from .registry import modality_of

    if model in DEFAULTS and modality is None:
        modality, model = model, DEFAULTS[str(model)]  # type: ignore[assignment]
    return _opened(model, modality or modality_of(model) or "text")


def _opened(
    model: str | Path, kind: str
) -> "TextModel | AudioModel | FaceModel | VideoModel | FusionPredictor | RecordingPredictor":
    if kind == "audio":
        from .audio.pipeline import load_audio_model

        return load_audio_model(model)
    if kind in ("image", "face", "video"):
        from .face.pipeline import load_face_model

        face = load_face_model(model)
        if kind != "video":
            return face
        from .predicting import VideoModel

        return VideoModel(face)
    if kind == "fusion":
        from .predicting import load_fusion_predictor

        return load_fusion_predictor(model)
    if kind == "recording":
        from .predicting import load_recording_predictor

        return load_recording_predictor(model)
    from .text.pipeline import load_text_model

    return load_text_model(model)
