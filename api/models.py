"""A model for an id, opened once and shared by all requests."""

import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.face.pipeline import FaceModel, load_face_model
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.labels import LABEL_SETS, label_set, mapping
from emotion_core.loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)
from emotion_core.recording.pipeline import RecordingModel
from emotion_core.registry import available
from emotion_core.text.pipeline import TextModel, load_text_model
from emotion_core.types import Modality, ModelSpec

from .problems import Problem

AnyModel = TextModel | AudioModel | FaceModel | FusionModel
Opened = TypeVar("Opened", TextModel, AudioModel, FaceModel, FusionModel)
DEFAULTS: dict[Modality, str] = {
    "text": DEFAULT_TEXT_MODEL,
    "audio": DEFAULT_AUDIO_MODEL,
    "face": DEFAULT_FACE_MODEL,
    "fusion": DEFAULT_FUSION_MODEL,
}


class Loaders(NamedTuple):
    """What opens a model of each kind by its id."""

    text: Callable[[str], TextModel] = load_text_model
    audio: Callable[[str], AudioModel] = load_audio_model
    face: Callable[[str], FaceModel] = load_face_model
    fusion: Callable[[str], FusionModel] = load_fusion_model


class ModelStore:
    """The bundles that were there at the start, each opened when it is first asked for.

    Ids alone are accepted: neither a folder nor a hub name reaches the package.

    Args:
        specs: of the models; None takes those of the registry
        loaders: open them; others share what is open already, such as for a dashboard
    """

    def __init__(self, specs: list[ModelSpec] | None = None, loaders: Loaders = Loaders()) -> None:
        self._loaders = loaders
        self.specs = {s.id: s for s in (available() if specs is None else specs)}
        self._opened: dict[str, AnyModel] = {}
        self._locks = {name: threading.Lock() for name in self.specs}

    def add(self, model: AnyModel) -> None:
        """Serve a model that is open already."""
        self.specs[model.spec.id] = model.spec
        self._locks[model.spec.id] = threading.Lock()
        self._opened[model.spec.id] = model

    def spec(self, modality: Modality, model: str | None = None) -> ModelSpec:
        """The spec of an id; None takes the default of the modality.

        Raises:
            Problem: if there is no such model of this modality
        """
        found = self.specs.get(model or DEFAULTS[modality])
        if found is None or found.modality != modality:
            names = ", ".join(s.id for s in self.specs.values() if s.modality == modality)
            raise Problem("unknown-model", f"expected one of {names or 'no model'}, got another")
        return found

    def is_open(self, model: str) -> bool:
        """Whether a model is in memory."""
        return model in self._opened

    @property
    def ready(self) -> bool:
        """Whether the default models are there."""
        return all(name in self.specs for name in DEFAULTS.values())

    @property
    def open_count(self) -> int:
        """How many models are in memory."""
        return len(self._opened)

    def text(self, spec: ModelSpec) -> TextModel:
        """The text model of a spec; opens it if it must."""
        return self._open(spec, TextModel, self._loaders.text)

    def audio(self, spec: ModelSpec) -> AudioModel:
        """The voice model of a spec; opens it if it must."""
        return self._open(spec, AudioModel, self._loaders.audio)

    def face(self, spec: ModelSpec) -> FaceModel:
        """The face model of a spec; opens it if it must."""
        return self._open(spec, FaceModel, self._loaders.face)

    def recording(self) -> RecordingModel:
        """The default models together."""
        fusion = self._open(self.spec("fusion"), FusionModel, self._loaders.fusion)
        return RecordingModel(
            self.text(self.spec("text")),
            self.audio(self.spec("audio")),
            self.face(self.spec("face")),
            fusion,
        )

    def _open(self, spec: ModelSpec, kind: type[Opened], load: Callable[[str], Opened]) -> Opened:
        model = self._opened.get(spec.id)
        if model is None:
            with self._locks[spec.id]:
                model = self._opened.get(spec.id) or load(spec.id)
                self._opened[spec.id] = model
        if not isinstance(model, kind):
            raise Problem("unknown-model", f"{spec.id} is of another kind")
        return model


def target_labels(specs: list[ModelSpec], labels: str | None, own: ModelSpec) -> tuple[str, ...]:
    """Ordered labels of an answer.

    Args:
        specs: of the models whose answers are mapped
        labels: name of a label set; None takes the model's own
        own: the model whose labels these are

    Raises:
        Problem: if there is no such set
        LabelMismatch: if no label of a model has a place in it
    """
    if labels is None:
        return own.labels
    if labels.upper() not in LABEL_SETS:
        raise Problem("unknown-labels", f"expected one of {', '.join(LABEL_SETS)}, got another")
    target = label_set(labels)
    for spec in specs:
        mapping(spec.labels, target)
    return target
