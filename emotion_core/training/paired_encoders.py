"""Frozen encoders of utterances: any bundle or hub model, one clip in, logits and embedding out.

A transformer without a head, such as `hub:bert-base-uncased`, says nothing by itself: its answer
is uniform, and a fusion reads its embedding alone.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..audio.decode import AudioStream
from ..audio.pipeline import NO_SPEECH, AudioModel, load_audio_model
from ..datasets.paired_clip import PairedClip
from ..errors import InvalidInput
from ..face.align import crop_faces
from ..face.analysis import Person
from ..face.answers import PICTURE_ENDINGS
from ..face.image import read_image
from ..face.pipeline import FaceModel, load_face_model
from ..fusion.evidence import FusedModality
from ..hub import HUB_PREFIX, hub_name
from ..text.clean import clean
from ..text.hub import HubTextClassifier
from ..text.model import OnnxTextClassifier
from ..text.pipeline import TextModel, load_text_model
from ..types import ModelSpec
from .fusion_voices import hear, samples_of
from .text_config import EncoderConfig

CLIP_FPS = 5.0
"""frames of a film that are looked at"""
BARE_TOKENS = 512
LONGER_TIMES, LONGER_BY_S = 3.0, 5.0
"""a file that is longer than its table says, by so many times and so much more, was cut wrongly"""


class Answer(NamedTuple):
    """What an encoder says of one clip."""

    logits: np.ndarray
    """(label,) before calibration"""
    embedding: np.ndarray
    """(width,); (0,) of a model that has none"""


class PairedEncoder(Protocol):
    """One modality of a clip in, an answer out."""

    @property
    def spec(self) -> ModelSpec: ...

    def read(self, clip: PairedClip) -> Answer:
        """Raise `InvalidInput` where the clip lacks the modality, or nobody speaks or is seen."""
        ...


class TextEncoder:
    """A text model; the embedding of a hub model is the mean of its last hidden states."""

    def __init__(self, model: TextModel) -> None:
        self.model, self.spec = model, model.spec

    def read(self, clip: PairedClip) -> Answer:
        """What the words say."""
        text, classifier = clean(clip.text).text, self.model.classifier
        logits, embedding = np.asarray(classifier.read([text])[0].logits), np.zeros(0)
        if isinstance(classifier, OnnxTextClassifier):
            embedding = classifier.embed([text])[0]
        elif isinstance(classifier, HubTextClassifier):
            limit = classifier.max_tokens
            embedding = _mean_state(classifier.model, classifier.tokenizer, text, limit)
        return Answer(logits, embedding)


class BareTextEncoder:
    """A transformer without a head.

    Args:
        name: hub name or folder
        labels: ordered, of the uniform answer
    """

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        from transformers import AutoTokenizer

        from .text_network import encoder_source, load_encoder

        self.encoder = load_encoder(EncoderConfig(name=name, finetune="none")).eval()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(encoder_source(name))
        id_ = f"{HUB_PREFIX}{Path(name).name if Path(name).is_dir() else name}"
        self.spec = ModelSpec(id_, "text", labels, {"kind": "hub"}, Path(name), {})

    def read(self, clip: PairedClip) -> Answer:
        """No answer, but an embedding."""
        embedding = _mean_state(self.encoder, self.tokenizer, clean(clip.text).text, BARE_TOKENS)
        return Answer(np.zeros(len(self.spec.labels)), embedding)


def _mean_state(model: Any, tokenizer: Any, text: str, most_tokens: int) -> np.ndarray:
    """(width,) mean of a transformer's last hidden states over the tokens of a text."""
    import torch

    limit = min(most_tokens, int(model.config.max_position_embeddings))
    batch = tokenizer([text], truncation=True, max_length=limit, return_tensors="pt")
    with torch.inference_mode():
        answer = model(**batch, output_hidden_states=True)
    return answer.hidden_states[-1][0].float().mean(0).numpy()


def _require_length(clip: PairedClip) -> None:
    """Raise `InvalidInput` for a clip that was cut wrongly, as two of MELD's test are."""
    if clip.span_s is None or clip.sound is None:
        return
    told_s = clip.span_s[1] - clip.span_s[0]
    with AudioStream(clip.sound) as stream:
        found_s = stream.expected_s or 0.0
    if found_s > LONGER_TIMES * told_s + LONGER_BY_S:
        raise InvalidInput(
            f"{clip.name}: expected {told_s:.1f} s by its table, got a file of {found_s:.1f} s, "
            "which holds more than was said; cut it again"
        )


class VoiceEncoder:
    """A voice model."""

    def __init__(self, model: AudioModel) -> None:
        self.model, self.spec = model, model.spec

    def read(self, clip: PairedClip) -> Answer:
        """What the voice says, weighted by duration as it is served."""
        if clip.sound is None:
            raise InvalidInput(f"{clip.name} has no sound")
        _require_length(clip)
        heard = hear(self.model.classifier, samples_of(clip.sound))
        if heard is None:
            raise InvalidInput(f"{clip.name}: {NO_SPEECH}")
        return Answer(heard.logits, heard.embedding)


class FaceEncoder:
    """A face model; of several people it looks at who is seen largest, for longest."""

    def __init__(self, model: FaceModel) -> None:
        self.model, self.spec = model, model.spec

    def read(self, clip: PairedClip) -> Answer:
        """What the face says; over a film, the mean of its samples."""
        if clip.picture is None:
            raise InvalidInput(f"{clip.name} has no picture")
        if clip.picture.suffix.lower() in PICTURE_ENDINGS:
            return self._photo(clip)
        _require_length(clip)
        people = self.model.analyse(clip.picture, fps=CLIP_FPS, embed=True).people
        if not people:
            raise InvalidInput(f"{clip.name}: nobody was seen for two frames or more")
        person = max(people, key=_seen)
        # logarithms of calibrated probabilities are the logits, divided by the temperature
        logs = np.log(np.maximum(person.probabilities, 1e-12)).mean(0)
        return Answer(
            logs * self.spec.calibration.temperature,
            person.embeddings.astype(np.float32).mean(0),
        )

    def _photo(self, clip: PairedClip) -> Answer:
        frame = read_image(clip.picture).frame if clip.picture else np.zeros((1, 1, 3), np.uint8)
        faces = self.model.detector.detect(frame)
        if not len(faces):
            raise InvalidInput(f"{clip.name}: no face was found")
        largest = _areas(faces.boxes_xyxy).argmax()
        crops = crop_faces(frame, faces.take(np.array([largest])), self.model.classifier.crop)
        reading = self.model.classifier.read(crops)[0]
        return Answer(reading.logits, reading.embedding)


def _areas(boxes_xyxy: np.ndarray) -> np.ndarray:
    """(box,) px."""
    return (boxes_xyxy[:, 2] - boxes_xyxy[:, 0]) * (boxes_xyxy[:, 3] - boxes_xyxy[:, 1])


def _seen(person: Person) -> float:
    """Area times samples."""
    return float(_areas(person.faces.boxes_xyxy).sum())


def _has_head(name: str) -> bool:
    """Whether a hub model classifies; one that is not there is left to whoever opens it."""
    from transformers import AutoConfig

    from .text_network import encoder_source

    try:
        config = AutoConfig.from_pretrained(encoder_source(name), trust_remote_code=False)
    except (OSError, ValueError):
        return True
    return any("Classification" in a for a in config.architectures or ())


def _open_text(name: str, labels: tuple[str, ...]) -> PairedEncoder:
    hub = hub_name(name)
    if hub is not None and not _has_head(hub):
        return BareTextEncoder(hub, labels)
    return TextEncoder(load_text_model(name))


_OPENERS: Mapping[FusedModality, Callable[[str, tuple[str, ...]], PairedEncoder]] = {
    "text": _open_text,
    "audio": lambda name, _: VoiceEncoder(load_audio_model(name)),
    "face": lambda name, _: FaceEncoder(load_face_model(name)),
}


def open_encoder(modality: FusedModality, name: str, labels: tuple[str, ...]) -> PairedEncoder:
    """An encoder by bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder.

    Args:
        modality: which part of a clip it reads
        name: of the model
        labels: ordered, of what a transformer without a head answers

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch
    """
    return _OPENERS[modality](name, labels)
