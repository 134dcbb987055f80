"""Any audio classifier of the Hugging Face hub, or of a folder in its format."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import MissingDependency, ModelUnavailable
from ..registry import is_file
from ..types import ModelSpec
from .analysis import VoiceProfile
from .decode import SAMPLE_RATE
from .model import AudioReading

HUB_PREFIX = "hub:"
LEAST_SAMPLES = 4000
"""shorter spans are said again until they are as long: convolutions need some length"""


def is_hub_folder(folder: Path) -> bool:
    """Whether a folder holds a model in the hub's format."""
    return is_file(folder / "config.json")


class HubAudioClassifier:
    """A `transformers` audio classifier (wav2vec2, HuBERT, WavLM, Whisper, AST ...)."""

    def __init__(self, model: Any, extractor: Any, labels: tuple[str, ...]) -> None:
        self.model, self.extractor, self.labels = model, extractor, labels

    def read(
        self, samples: np.ndarray, spans_s: np.ndarray, profile: VoiceProfile | None = None
    ) -> list[AudioReading]:
        """Answer each span by itself; its embedding is the mean of the last hidden states.

        Args:
            samples: (time,) mono, 16 kHz
            spans_s: (span, 2) in seconds from the first sample
            profile: not used; these models normalise by themselves
        """
        import torch

        del profile
        readings = []
        for start, end in np.round(spans_s * SAMPLE_RATE).astype(int):
            cut = samples[start:end]
            cut = np.tile(cut, -(-LEAST_SAMPLES // max(1, len(cut)))) if len(cut) else cut
            batch = self.extractor(cut, sampling_rate=SAMPLE_RATE, return_tensors="pt")
            with torch.inference_mode():
                answer = self.model(**batch, output_hidden_states=True)
            states = answer.hidden_states[-1][0].float().flatten(0, -2)
            readings.append(AudioReading(answer.logits[0].float().numpy(), states.mean(0).numpy()))
        return readings


def load_hub_model(name: str) -> tuple[ModelSpec, HubAudioClassifier]:
    """Load a hub model by name or folder; only safetensors weights are read.

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it, or it hears another rate
    """
    try:
        import torch  # noqa: F401
        from safetensors import SafetensorError
        from transformers import AutoFeatureExtractor, AutoModelForAudioClassification
    except ImportError as error:
        raise MissingDependency("transformers", "hub") from error
    try:
        model, found = AutoModelForAudioClassification.from_pretrained(
            name, use_safetensors=True, output_loading_info=True
        )
        extractor = AutoFeatureExtractor.from_pretrained(name)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelUnavailable(
            f"the hub model {name!r} cannot be loaded: {error}. Check the name, the connection, "
            "and that it has safetensors weights and an audio-classification head"
        ) from error
    if found["missing_keys"]:
        raise ModelUnavailable(
            f"the hub model {name!r} has no audio-classification head: "
            f"{', '.join(sorted(found['missing_keys']))} would be random"
        )
    if extractor.sampling_rate != SAMPLE_RATE:
        raise ModelUnavailable(
            f"the hub model {name!r} hears {extractor.sampling_rate} Hz; expected {SAMPLE_RATE}"
        )
    config = model.eval().config
    spec = ModelSpec(
        id=f"{HUB_PREFIX}{Path(name).name if Path(name).is_dir() else name}",
        modality="audio",
        labels=tuple(str(config.id2label[i]) for i in range(config.num_labels)),
        architecture={"kind": "hub", "name": name, "type": config.model_type},
        folder=Path(name),
        files={},
        licence="see the model's page on the hub",
        protocol="not measured here",
    )
    return spec, HubAudioClassifier(model, extractor, spec.labels)
