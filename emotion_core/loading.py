"""`load`: one door to the models of every modality."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from .types import Modality

if TYPE_CHECKING:
    from .audio.pipeline import AudioModel
    from .face.pipeline import FaceModel
    from .fusion.pipeline import FusionModel
    from .text.pipeline import TextModel

DEFAULT_TEXT_MODEL = "text-goemotions28"
DEFAULT_AUDIO_MODEL = "audio-cnn-bigru"
DEFAULT_FACE_MODEL = "face-cnn"
DEFAULT_FUSION_MODEL = "fusion-translation"


@overload
def load(
    model: str | Path = DEFAULT_TEXT_MODEL, modality: Literal["text"] = "text"
) -> "TextModel": ...
@overload
def load(model: str | Path, modality: Literal["audio"]) -> "AudioModel": ...
@overload
def load(model: str | Path, modality: Literal["face"]) -> "FaceModel": ...
@overload
def load(model: str | Path, modality: Literal["fusion"]) -> "FusionModel": ...
def load(
    model: str | Path = DEFAULT_TEXT_MODEL, modality: Modality | None = None
) -> "TextModel | AudioModel | FaceModel | FusionModel":
    """A model by bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder.

    Args:
        model: id, folder or hub name
        modality: of a hub model, which does not say it; a bundle does. Type checkers, which
            cannot read a bundle, take a model for one of texts unless told

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch

    Example:
        >>> load("text-emotion6").predict("I am so happy today").label
        'joy'
    """
    from .registry import modality_of

    known = modality or modality_of(model)
    if known == "audio":
        from .audio.pipeline import load_audio_model

        return load_audio_model(model)
    if known == "face":
        from .face.pipeline import load_face_model

        return load_face_model(model)
    if known == "fusion":
        from .fusion.pipeline import load_fusion_model

        return load_fusion_model(model)
    from .text.pipeline import load_text_model

    return load_text_model(model)
