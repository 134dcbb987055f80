"""Hub models, on a random wav2vec2 of a few kilobytes in the hub's own format."""

import builtins
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import (
    PreTrainedModel,
    Wav2Vec2Config,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForSequenceClassification,
    Wav2Vec2Model,
)

from emotion_core import load
from emotion_core.audio.hub import LEAST_SAMPLES
from emotion_core.audio.pipeline import AudioModel
from emotion_core.errors import InvalidInput, MissingDependency, ModelUnavailable
from emotion_core.labels import IEMOCAP4
from emotion_core.types import Waveform
from tests.audio.sounds import RATE, noise


def config() -> Wav2Vec2Config:
    return Wav2Vec2Config(
        vocab_size=8,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_kernel=(10, 8),
        conv_stride=(10, 8),
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=8,
        id2label=dict(enumerate(IEMOCAP4)),
        label2id={label: k for k, label in enumerate(IEMOCAP4)},
    )


def save(folder: Path, model: PreTrainedModel, sampling_rate: int = RATE) -> Path:
    model.save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=sampling_rate).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub") / "tiny"
    return save(folder, Wav2Vec2ForSequenceClassification(config()))


@pytest.fixture(scope="module")
def model(folder) -> AudioModel:
    return load(folder, "audio")


def test_labels_come_from_the_config(model):
    assert model.labels == IEMOCAP4
    assert model.spec.id == "hub:tiny"
    assert model.spec.modality == "audio"
    assert model.spec.architecture["type"] == "wav2vec2"


def test_prefix_takes_a_folder_too(folder):
    assert load(f"hub:{folder}", "audio").labels == IEMOCAP4


@pytest.mark.usefixtures("loud_is_speech")
def test_same_answer_as_transformers(model):
    sound = noise(2)
    batch = model.classifier.extractor(sound, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        logits = model.classifier.model(**batch).logits[0]
    answer = model.predict(Waveform(sound, RATE))
    np.testing.assert_allclose(answer.probabilities, logits.softmax(0).numpy(), atol=1e-5)


@pytest.mark.usefixtures("loud_is_speech")
def test_along_time(model):
    analysis = model.analyse(Waveform(noise(5), RATE))
    assert analysis.timeline.labels == IEMOCAP4
    np.testing.assert_allclose(analysis.timeline.spans_s, [[0, 3], [1, 4], [2, 5]])
    assert analysis.scores is not None


def test_each_span_is_read_by_itself(model):
    sound, spans = noise(2), np.array([[0, 1], [0.5, 1.5], [0.2, 0.4]])
    together = model.classifier.read(sound, spans)
    for span, reading in zip(spans, together, strict=True):
        (alone,) = model.classifier.read(sound, span[None])
        np.testing.assert_array_equal(alone.logits, reading.logits)
        assert reading.embedding.shape == (16,)


def test_short_spans_are_said_again(model):
    sound = noise(0.1)
    again = np.tile(sound, -(-LEAST_SAMPLES // len(sound)))
    (short,) = model.classifier.read(sound, np.array([[0, 0.1]]))
    (long,) = model.classifier.read(again, np.array([[0, len(again) / RATE]]))
    np.testing.assert_array_equal(short.logits, long.logits)


@pytest.mark.usefixtures("loud_is_speech")
def test_embedding_is_the_mean_of_the_last_states(model):
    sound = noise(1)
    batch = model.classifier.extractor(sound, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        states = model.classifier.model.wav2vec2(**batch).last_hidden_state[0]
    found = model.embed([Waveform(sound, RATE)])
    np.testing.assert_allclose(found, states.mean(0)[None], atol=1e-5)


def test_neither_profile_nor_explanation(model):
    for ask in (model.profile, lambda s: model.explain(s, (0, 1))):
        with pytest.raises(InvalidInput, match="hub:tiny reads samples and not frames"):
            ask(Waveform(noise(8), RATE))


def test_unknown_name():
    with pytest.raises(ModelUnavailable, match="the hub model 'nobody/nothing' cannot be loaded"):
        load("hub:nobody/nothing", "audio")


def test_checkpoint_without_a_head(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"no audio-classification head: classifier\.bias"):
        load(save(tmp_path / "headless", Wav2Vec2Model(config())), "audio")


def test_a_model_of_another_rate(tmp_path):
    folder = save(tmp_path / "slow", Wav2Vec2ForSequenceClassification(config()), 8000)
    with pytest.raises(ModelUnavailable, match="hears 8000 Hz; expected 16000"):
        load(folder, "audio")


def test_pickled_weights_are_refused(tmp_path):
    model = Wav2Vec2ForSequenceClassification(config())
    folder = save(tmp_path / "old", model)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        load(folder, "audio")


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_damaged_weights(tmp_path, content):
    folder = save(tmp_path / "damaged", Wav2Vec2ForSequenceClassification(config()))
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        load(folder, "audio")


def test_weights_of_another_shape(tmp_path):
    folder = save(tmp_path / "wide", Wav2Vec2ForSequenceClassification(config()))
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    content["id2label"]["4"] = "more"
    content["label2id"]["more"] = 4
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        load(folder, "audio")


def test_the_names_that_older_checkpoints_give_their_weights(folder, model, tmp_path):
    older = shutil.copytree(folder, tmp_path / "older")
    newer = load_file(folder / "model.safetensors")
    new = "parametrizations.weight.original"
    renamed = {
        name.replace(f"{new}0", "weight_g").replace(f"{new}1", "weight_v"): tensor
        for name, tensor in newer.items()
    }
    assert set(renamed) != set(newer)
    save_file(renamed, older / "model.safetensors", metadata={"format": "pt"})
    sound, span = noise(1), np.array([[0, 1]])
    (found,) = load(older, "audio").classifier.read(sound, span)
    np.testing.assert_array_equal(found.logits, model.classifier.read(sound, span)[0].logits)


def test_without_transformers(folder, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **settings):
        if name.split(".")[0] == "transformers":
            raise ImportError(name)
        return real(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"pip install -e .\.\[hub\]"):
        load(folder, "audio")
