"""Hub models, on a random BERT of a few kilobytes in the hub's own format."""

import builtins
import json

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
    PreTrainedModel,
    T5Config,
    T5ForSequenceClassification,
    XLNetConfig,
    XLNetForSequenceClassification,
)

from emotion_core import load
from emotion_core.errors import MissingDependency, ModelUnavailable
from emotion_core.labels import EKMAN7
from emotion_core.text.hub import MAX_TOKENS

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *EKMAN7, "what", "a", "day", "##s"]


def config(**settings) -> BertConfig:
    return BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
        id2label=dict(enumerate(EKMAN7)),
        label2id={label: k for k, label in enumerate(EKMAN7)},
        **settings,
    )


def save(folder, model: PreTrainedModel):
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _offline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    return save(tmp_path_factory.mktemp("hub") / "tiny", BertForSequenceClassification(config()))


def test_labels_come_from_the_config(folder):
    model = load(folder)
    assert model.labels == EKMAN7
    assert model.spec.id == "hub:tiny"
    assert model.spec.input["max_tokens"] == 16
    assert not model.spec.multi_label


def test_prefix_takes_a_folder_too(folder):
    assert load(f"hub:{folder}").labels == EKMAN7


def test_same_answer_as_transformers(folder):
    model, texts = load(folder), ["what a joy", "fear", "a day of anger"]
    for text, answer in zip(texts, model.predict(texts), strict=True):
        batch = model.classifier.tokenizer(text, return_tensors="pt")  # type: ignore[attr-defined]
        with torch.inference_mode():
            logits = model.classifier.model(**batch).logits[0]  # type: ignore[attr-defined]
        np.testing.assert_allclose(
            answer.probabilities, logits.double().softmax(0).numpy(), atol=1e-6
        )


def test_long_texts_are_cut_and_said(folder):
    short, long = load(folder).predict(["joy " * 14, "joy " * 15])
    assert short.notices == ()
    assert long.notices == ("only the first 16 tokens were read; the rest was left out",)


def t5() -> PreTrainedModel:
    settings = T5Config(
        vocab_size=len(VOCABULARY),
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=3,
        id2label=dict(enumerate(EKMAN7)),
    )
    settings.decoder_start_token_id = 0
    return T5ForSequenceClassification(settings)


def xlnet() -> PreTrainedModel:
    settings = XLNetConfig(
        vocab_size=len(VOCABULARY),
        d_model=16,
        n_layer=1,
        n_head=2,
        d_inner=16,
        id2label=dict(enumerate(EKMAN7)),
    )
    return XLNetForSequenceClassification(settings)


@pytest.mark.parametrize("network", [t5, xlnet])
def test_networks_that_name_no_limit(tmp_path, network):
    model = load(save(tmp_path / "relative", network()))
    assert model.spec.input["max_tokens"] == MAX_TOKENS
    short, long = model.predict(["joy " * 14, "joy " * MAX_TOKENS])
    assert short.notices == ()
    assert long.notices == ("only the first 512 tokens were read; the rest was left out",)


def test_tokenizer_of_another_network(tmp_path):
    settings = config()
    settings.vocab_size = 3
    folder = save(tmp_path / "mixed", BertForSequenceClassification(settings))
    with pytest.raises(ModelUnavailable, match=r"mixed' cannot answer a text: its tokenizer and"):
        load(folder)


def test_explained_by_occlusion(folder):
    found = load(folder).explain("what a joy")
    assert found.words == ["what", "a", "joy"]
    assert found.method == "occlusion"


def test_multi_label_models(tmp_path):
    settings = config(problem_type="multi_label_classification")
    model = load(save(tmp_path / "multi", BertForSequenceClassification(settings)))
    answer = model.predict("joy")
    assert answer.presence is not None
    assert answer.probabilities.sum() == pytest.approx(1)


def test_unknown_name():
    with pytest.raises(ModelUnavailable, match="the hub model 'nobody/nothing' cannot be loaded"):
        load("hub:nobody/nothing")


def test_pickled_weights_are_refused(tmp_path):
    folder = save(tmp_path / "old", BertForSequenceClassification(config()))
    weights = BertForSequenceClassification(config()).state_dict()
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        load(folder)


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_damaged_weights(tmp_path, content):
    folder = save(tmp_path / "damaged", BertForSequenceClassification(config()))
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelUnavailable, match=r"'.*damaged' cannot be loaded"):
        load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"id2label": {"0": "joy"}, "label2id": {"joy": 0}},  # weights of another shape
        {"hidden_size": "wide"},
        {"id2label": 7},
        {"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}},  # code of its own
    ],
)
def test_damaged_settings(tmp_path, change):
    folder = save(tmp_path / "damaged", BertForSequenceClassification(config()))
    content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(content | change), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"'.*damaged' cannot be loaded"):
        load(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "'.*half' cannot be loaded"), (None, "'.*half' has no tokenizer")],
)
def test_no_tokenizer_to_be_had(tmp_path, content, message):
    folder = save(tmp_path / "half", BertForSequenceClassification(config()))
    for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    if content is not None:
        (folder / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=message):
        load(folder)


def test_without_transformers(folder, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **settings):
        if name.split(".")[0] == "transformers":
            raise ImportError(name)
        return real(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"pip install -e .\.\[hub\]"):
        load(folder)


def test_checkpoint_without_a_head(tmp_path):
    with pytest.raises(ModelUnavailable, match="head"):
        load(save(tmp_path / "headless", BertModel(config())))
