"""Any image classifier of the Hugging Face hub, or of a folder in its format."""

from typing import Any

import numpy as np

from ..errors import InvalidInput
from ..hub import CheckpointKind, hub_labels, hub_spec, load_checkpoint, required_to_fit
from ..labels import label_of
from ..types import ModelSpec
from .align import CropConfig
from .model import FaceReading

KIND = CheckpointKind(
    "AutoModelForImageClassification", "AutoImageProcessor", "an image-classification",
    "an image processor",
)  # fmt: skip
CHANNELS = 3
PROBE_PX = 256
"""side of the empty picture by which the size that a processor ends in is found"""
BATCH = 16
"""faces that one run of the network takes at most"""


class HubFaceClassifier:
    """A `transformers` image classifier (ViT, ConvNeXT, ResNet, Swin ...) of single faces.

    Its readings have no class maps, (label, 0, 0): what stands between the last feature maps and
    the logits differs from network to network, so its answers are explained by occlusion.
    """

    def __init__(self, model: Any, processor: Any, labels: tuple[str, ...]) -> None:
        self.model, self.processor, self.labels = model, processor, labels
        (blank,) = self._pixels(np.zeros((1, PROBE_PX, PROBE_PX, CHANNELS), np.uint8))
        self.crop = CropConfig(size=max(blank.shape[-2:]), channels=CHANNELS)

    def _pixels(self, crops: np.ndarray) -> Any:
        """What the network reads, (face, channel, y, x), by the model's own processor."""
        batch = self.processor(list(crops), input_data_format="channels_last", return_tensors="pt")
        return batch["pixel_values"]

    def read(self, crops: np.ndarray) -> list[FaceReading]:
        """Answer each face; its embedding is the mean of the last hidden states over the face.

        Args:
            crops: (face, size, size, 3) RGB uint8, aligned by `crop`

        Raises:
            InvalidInput: for crops of another shape or type
        """
        import torch

        if crops.ndim != 4 or crops.shape[-1] != CHANNELS or crops.dtype != np.uint8:
            raise InvalidInput(
                f"expected uint8 RGB crops (face, y, x, 3), got {crops.dtype} {crops.shape}"
            )
        readings = []
        for start in range(0, len(crops), BATCH):
            with torch.inference_mode():
                answer = self.model(
                    pixel_values=self._pixels(crops[start : start + BATCH]),
                    output_hidden_states=True,
                )
            states = answer.hidden_states[-1].float()
            places = (2, 3) if states.ndim == 4 else (1,)  # maps of convolutions, else tokens
            logits, embeddings = answer.logits.float().numpy(), states.mean(places).numpy()
            maps = np.zeros((len(self.labels), 0, 0), np.float32)
            readings += [FaceReading(*row, maps) for row in zip(logits, embeddings, strict=True)]
        return readings


def _labels(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words as this project's labels, or as they are where two would become one."""
    labels = tuple(map(label_of, words))
    return labels if len(set(labels)) == len(words) else words


def load_hub_model(name: str) -> tuple[ModelSpec, HubFaceClassifier]:
    """Load a hub model by name or folder; only safetensors weights are read, no code is run.

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it, or its parts do not fit
    """
    model, processor = load_checkpoint(name, KIND, backend="pil")
    labels = _labels(hub_labels(model.config))
    classifier = _fitting(name, model, processor, labels)
    crop = {"crop": classifier.crop.as_dict()}
    return hub_spec(name, "face", model.config, labels, input=crop), classifier


def _fitting(name: str, model: Any, processor: Any, labels: tuple[str, ...]) -> HubFaceClassifier:
    """The classifier, after it has answered an empty crop: its two parts come from two files."""
    with required_to_fit(name, "an RGB face", "image processor"):
        classifier = HubFaceClassifier(model, processor, labels)
        size = classifier.crop.size
        classifier.read(np.zeros((1, size, size, CHANNELS), np.uint8))
    return classifier
