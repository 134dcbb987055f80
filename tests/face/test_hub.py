"""Hub models, on random networks of a few kilobytes in the hub's own format."""

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoImageProcessor,
    AutoModelForImageClassification,
    ConvNextConfig,
    ConvNextForImageClassification,
    PreTrainedModel,
    ResNetConfig,
    ResNetForImageClassification,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

from emotion_core import load
from emotion_core.errors import InvalidInput, LabelMismatch, MissingDependency, ModelUnavailable
from emotion_core.face.align import CropConfig
from emotion_core.face.hub import BATCH, HubFaceClassifier, load_hub_model
from emotion_core.labels import EKMAN7
from emotion_core.scoring import softmax

WORDS = ("angry", "Disgust", "fear", "happy", "neutral", "sad", "surprised")
RATE = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4], "rescale_factor": 1 / 255}


def labelled(words: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id2label": dict(enumerate(words)),
        "label2id": {word: k for k, word in enumerate(words)},
    }


def vit(words: tuple[str, ...] = WORDS, image_size: int = 32) -> ViTConfig:
    return ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        image_size=image_size, patch_size=8, **labelled(words),
    )  # fmt: skip


def resnet(channels: int = 3) -> ResNetConfig:
    return ResNetConfig(
        layer_type="basic", embedding_size=8, hidden_sizes=[8, 24], depths=[1, 1],
        num_channels=channels, **labelled(WORDS),
    )  # fmt: skip


def convnext() -> ConvNextConfig:
    return ConvNextConfig(hidden_sizes=[8, 12], depths=[1, 1], num_stages=2, **labelled(WORDS))


def save(folder: Path, model: PreTrainedModel, processor: dict[str, object]) -> Path:
    model.save_pretrained(folder)
    content = json.dumps({"do_normalize": True, **RATE, **processor})
    (folder / "preprocessor_config.json").write_text(content, encoding="utf-8")
    return folder


def save_vit(folder: Path, model: PreTrainedModel | None = None, side: int = 32) -> Path:
    size = {"height": side, "width": side}
    processor = {"image_processor_type": "ViTImageProcessor", "size": size, "resample": 2}
    return save(folder, model or ViTForImageClassification(vit()), processor)


def save_resnet(folder: Path, channels: int = 3) -> Path:
    processor = {
        "feature_extractor_type": "ConvNextFeatureExtractor", "size": {"shortest_edge": 40},
        "crop_pct": 0.8, "resample": 3,
    }  # fmt: skip
    return save(folder, ResNetForImageClassification(resnet(channels)), processor)


def save_convnext(folder: Path) -> Path:
    processor = {
        "image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384},
        "resample": 3,
    }  # fmt: skip
    return save(folder, ConvNextForImageClassification(convnext()), processor)


SAVED = {"vit": save_vit, "resnet": save_resnet, "convnext": save_convnext}
SIZES = {"vit": 32, "resnet": 40, "convnext": 384}
WIDTHS = {"vit": 16, "resnet": 24, "convnext": 12}


@pytest.fixture(scope="module", autouse=True)
def _offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        yield


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    torch.manual_seed(0)
    return {kind: write(tmp_path_factory.mktemp("hub") / kind) for kind, write in SAVED.items()}


def opened(folder: Path) -> HubFaceClassifier:
    return load_hub_model(str(folder))[1]


def crops(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, size, size, 3), np.uint8)


@pytest.mark.parametrize("kind", SAVED)
def test_what_is_told_of_a_model(folders, kind):
    spec, classifier = load_hub_model(str(folders[kind]))
    assert spec.id == f"hub:{kind}"
    assert spec.modality == "face"
    assert spec.architecture == {"kind": "hub", "name": str(folders[kind]), "type": kind}
    assert classifier.labels == spec.labels == EKMAN7
    assert classifier.crop == CropConfig(size=SIZES[kind], channels=3)
    assert CropConfig.from_dict(spec.input["crop"]) == classifier.crop


@pytest.mark.parametrize("prefix", ["", "hub:"])
def test_a_face_model_like_any_other(folders, prefix):
    model = load(f"{prefix}{folders['resnet']}", "face")
    (face,) = crops(1, SIZES["resnet"])
    answer = model.predict(face, aligned=True).scores[0]
    logits = model.classifier.read(face[None])[0].logits
    np.testing.assert_allclose(answer.probabilities, softmax(logits), atol=1e-6)
    assert model.embed(face[None]).shape == (1, WIDTHS["resnet"])
    weights = model.explain_crop(face)
    assert (weights.method, weights.label) == ("occlusion", answer.label)
    assert np.abs(weights.weights).max() > 0


@pytest.mark.parametrize("kind", SAVED)
def test_same_answer_as_transformers(folders, kind):
    network = AutoModelForImageClassification.from_pretrained(folders[kind]).eval()
    processor = AutoImageProcessor.from_pretrained(folders[kind])
    faces = crops(3, SIZES[kind])
    for face, reading in zip(faces, opened(folders[kind]).read(faces), strict=True):
        with torch.inference_mode():
            answer = network(**processor(face, return_tensors="pt"), output_hidden_states=True)
        np.testing.assert_allclose(reading.logits, answer.logits[0], atol=1e-5)
        states = answer.hidden_states[-1][0]
        mean = states.mean((1, 2)) if states.ndim == 3 else states.mean(0)
        assert reading.embedding.shape == (WIDTHS[kind],)
        np.testing.assert_allclose(reading.embedding, mean, atol=1e-5)
        assert reading.maps.shape == (7, 0, 0)


def test_colours_are_normalised_as_the_checkpoint_says(folders):
    """By hand, from the numbers in its file; a crop of the right size is not resampled."""
    seen: list[torch.Tensor] = []
    classifier = opened(folders["vit"])
    classifier.model.register_forward_pre_hook(
        lambda _, __, named: seen.append(named["pixel_values"]), with_kwargs=True
    )
    face = crops(1, 32)
    classifier.read(face)
    expected = (face[0] / 255 - RATE["image_mean"]) / RATE["image_std"]
    np.testing.assert_allclose(seen[0][0], np.moveaxis(expected, 2, 0), atol=1e-6)


def test_a_face_hangs_on_no_other_and_there_may_be_many(folders):
    classifier = opened(folders["vit"])
    faces = crops(BATCH + 3, 32)
    together = classifier.read(faces)
    assert len(together) == BATCH + 3
    for place in (0, BATCH, BATCH + 2):
        (alone,) = classifier.read(faces[place : place + 1])
        np.testing.assert_allclose(alone.logits, together[place].logits, atol=1e-6)
    assert not np.allclose(together[0].logits, together[1].logits)
    assert classifier.read(faces[:0]) == []


@pytest.mark.parametrize(
    ("faces", "told"),
    [(np.zeros((2, 32, 32), np.uint8), r"uint8 \(2, 32, 32\)"),
     (np.zeros((2, 32, 32, 3), np.float32), r"float32 \(2, 32, 32, 3\)")],
)  # fmt: skip
def test_crops_of_another_kind(folders, faces, told):
    with pytest.raises(InvalidInput, match=rf"expected uint8 RGB crops \(.*\), got {told}"):
        opened(folders["vit"]).read(faces)


def test_words_that_mean_the_same_stay_apart(tmp_path):
    words = ("happy", "joy", "sad")
    folder = save_vit(tmp_path / "two", ViTForImageClassification(vit(words)))
    assert load_hub_model(str(folder))[0].labels == words


def test_one_label_is_no_choice(tmp_path):
    folder = save_vit(tmp_path / "one", ViTForImageClassification(vit(("face",))))
    with pytest.raises(LabelMismatch, match="expected two different labels or more"):
        load_hub_model(str(folder))


def test_unknown_name():
    with pytest.raises(ModelUnavailable, match="the hub model 'nobody/nothing' cannot be loaded"):
        load_hub_model("nobody/nothing")


def test_checkpoint_without_a_head(tmp_path):
    folder = save_vit(tmp_path / "headless", ViTModel(vit(), add_pooling_layer=False))
    with pytest.raises(ModelUnavailable, match=r"no image-classification head: classifier\.bias"):
        load_hub_model(str(folder))


def test_pickled_weights_are_refused(tmp_path):
    model = ViTForImageClassification(vit())
    folder = save_vit(tmp_path / "old", model)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match=r"cannot be loaded: .*safetensors"):
        load_hub_model(str(folder))


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_damaged_weights(tmp_path, content):
    folder = save_vit(tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"'.*damaged' cannot be loaded"):
        load_hub_model(str(folder))


@pytest.mark.parametrize(
    "change",
    [
        {"patch_size": 4},  # weights of another shape
        {"hidden_size": "wide"},
        {"id2label": 7},
        {"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}},  # code of its own
    ],
)
def test_damaged_settings(tmp_path, change):
    folder = save_vit(tmp_path / "damaged")
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(content | change), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"'.*damaged' cannot be loaded"):
        load_hub_model(str(folder))


@pytest.mark.parametrize("content", ["{", '{"image_processor_type": "Sam3ImageProcessor"}', None])
def test_no_processor_to_be_had(tmp_path, content):
    folder = save_vit(tmp_path / "half")
    (folder / "preprocessor_config.json").unlink()
    if content is not None:
        (folder / "preprocessor_config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"cannot be loaded: .* and an image processor"):
        load_hub_model(str(folder))


def test_a_processor_of_another_size(tmp_path):
    folder = save_vit(tmp_path / "apart", side=48)
    with pytest.raises(ModelUnavailable, match=r"its image processor and its network do not fit"):
        load_hub_model(str(folder))


def test_a_network_of_one_channel(tmp_path):
    with pytest.raises(ModelUnavailable, match="cannot answer an RGB face"):
        load_hub_model(str(save_resnet(tmp_path / "grey", channels=1)))


def test_without_transformers(folders, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **settings):
        if name.split(".")[0] == "transformers":
            raise ImportError(name)
        return real(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"pip install -e .\.\[hub\]"):
        load_hub_model(str(folders["vit"]))
