"""Any audio classifier of the Hugging Face hub, or of a folder in its format."""

from typing import Any

import numpy as np

from ..errors import ModelUnavailable
from ..hub import CheckpointKind, hub_labels, hub_spec, load_checkpoint
from ..types import ModelSpec
from .analysis import VoiceProfile
from .decode import SAMPLE_RATE
from .model import AudioReading

KIND = CheckpointKind(
    "AutoModelForAudioClassification", "AutoFeatureExtractor", "an audio-classification",
    "a feature extractor",
)  # fmt: skip
LEAST_SAMPLES = 4000
"""shorter spans are said again until they are as long: convolutions need some length"""


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
    """Load a hub model by name or folder; only safetensors weights are read, no code is run.

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it, or it hears another rate
    """
    model, extractor = load_checkpoint(name, KIND)
    if extractor.sampling_rate != SAMPLE_RATE:
        raise ModelUnavailable(
            f"the hub model {name!r} hears {extractor.sampling_rate} Hz; expected {SAMPLE_RATE}"
        )
    labels = hub_labels(model.config)
    spec = hub_spec(name, "audio", model.config, labels)
    return spec, HubAudioClassifier(model, extractor, labels)
