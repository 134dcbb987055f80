"""An encoder that reads texts with words masked before it learns labels."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.registry import find
from emotion_core.training.config import PretrainingConfig, TextConfig, load_config
from emotion_core.training.text_data import TextDataset, read_dataset
from emotion_core.training.text_pretraining import (
    NOT_ASKED,
    MaskedBatches,
    field_texts,
    mask_token,
    pretrained_encoder,
)
from emotion_core.training.text_trainer import load_tokenizer
from emotion_core.training.text_training import train_text

TEXTS = [f"i feel so {word} about the day today" for word in ("happy", "sad", "angry", "mad")] * 25


def settings(encoder: Path, data: Path, *more: str) -> TextConfig:
    values = [
        f"data={data}", f"encoder.name={encoder}", "encoder.train_embeddings=true", "epochs=2",
        "precision=32-true", "head.lstm_hidden=8", "head.lstm_layers=1", "batch_size=8",
        f"pretraining.data={data}", "pretraining.epochs=4", "pretraining.batch_size=8",
        "pretraining.learning_rate=5e-3", *more,
    ]  # fmt: skip
    return load_config(TextConfig, None, values)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def test_tokens_are_hidden_as_bert_does(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_encoder), 32)
    batches = MaskedBatches(TEXTS, tokenizer, PretrainingConfig(masked=0.5, batch_size=10), 3)
    hidden = kept = asked = words = 0
    for place in range(len(batches)):
        batch = batches[place]
        rows = batches.batches[place]
        for i, row in enumerate(rows):
            whole = torch.from_numpy(batches.tokens[row])
            ids, targets = batch.ids[i, : len(whole)], batch.targets[i, : len(whole)]
            chosen = targets != NOT_ASKED
            assert torch.equal(targets[chosen], whole[chosen])
            assert torch.equal(ids[~chosen], whole[~chosen])
            assert not chosen[[0, -1]].any()  # the special tokens at both ends
            assert (batch.targets[i, len(whole) :] == NOT_ASKED).all()
            words += len(whole) - 2
            asked += int(chosen.sum())
            hidden += int((ids[chosen] == mask_token(tokenizer)).sum())
            kept += int((ids[chosen] == whole[chosen]).sum())
    assert asked / words == pytest.approx(0.5, abs=0.06)
    assert hidden / asked == pytest.approx(0.8, abs=0.06)
    assert kept / asked == pytest.approx(0.1, abs=0.05)


def test_epochs_differ_and_repeat_themselves(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_encoder), 32)
    batches = MaskedBatches(TEXTS, tokenizer, PretrainingConfig(batch_size=10), 3)

    def read(epoch: int) -> list[list[int]]:
        batches.set_epoch(epoch)
        return [x for i in range(len(batches)) for x in batches[i].ids.tolist()]

    assert read(1) == read(1)
    assert read(1) != read(2)


def test_held_out_texts_are_not_read_wherever_they_lie(tiny_encoder: Path, tmp_path: Path) -> None:
    rows = [
        {"text": text, "label": label, "split": split}
        for text, label, split in (
            ("I feel happy", "joy", "train"), ("i feel sad", "sadness", "train"),
            ("i feel down", "sadness", "validation"), ("i feel glad", "joy", "test"),
        )
    ]  # fmt: skip
    data, more = tmp_path / "data.jsonl", tmp_path / "more.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    others = ["I FEEL GLAD", "i feel down", "i feel mad", "i feel happy", " "]
    more.write_text("\n".join(json.dumps({"text": text}) for text in others))
    config = settings(tiny_encoder, data, f"pretraining.data={data}, {more}")
    assert field_texts(config, read_dataset(config)) == ["I feel happy", "i feel sad", "i feel mad"]
    nowhere = settings(tiny_encoder, data, f"pretraining.data={tmp_path}")
    with pytest.raises(InvalidInput, match=r"pretraining\.data"):
        field_texts(nowhere, read_dataset(config))


@pytest.fixture
def dataset(tiny_data: Path) -> TextDataset:
    return read_dataset(TextConfig(data=str(tiny_data)))


def test_the_encoder_learns_and_an_interrupted_run_goes_on(
    tiny_encoder: Path, tiny_data: Path, dataset: TextDataset, tmp_path: Path
) -> None:
    class Stopped(Exception):
        """Stands for a kill."""

    def stop(step: int, steps: int) -> None:
        if step > steps / 2:
            raise Stopped

    config = settings(tiny_encoder, tiny_data, "pretraining.epochs=40")
    found = pretrained_encoder(config, dataset, tmp_path / "whole")
    assert found.encoder.name == str(tmp_path / "whole" / "encoder")
    history = torch.load(tmp_path / "whole" / "last.ckpt", weights_only=True)["history"]
    assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]
    before, after = weights(tiny_encoder), weights(tmp_path / "whole" / "encoder")
    name = "encoder.layer.0.output.dense.weight"
    assert not np.allclose(before[name], after[name], atol=1e-3)
    with pytest.raises(Stopped):
        pretrained_encoder(config, dataset, tmp_path / "broken", stop)
    pretrained_encoder(config, dataset, tmp_path / "broken")
    for key, value in weights(tmp_path / "broken" / "encoder").items():
        torch.testing.assert_close(value, after[key])


def test_without_texts_the_encoder_stays(
    tiny_encoder: Path, tiny_data: Path, dataset: TextDataset, tmp_path: Path
) -> None:
    config = settings(tiny_encoder, tiny_data, "pretraining.data=''")
    assert pretrained_encoder(config, dataset, tmp_path / "none") is config
    assert not (tmp_path / "none").exists()


def test_a_vocabulary_without_a_mask_is_refused(tiny_encoder: Path) -> None:
    tokenizer = load_tokenizer(str(tiny_encoder), 32)
    words = json.loads(tokenizer.to_str())
    del words["model"]["vocab"]["[MASK]"]
    without = type(tokenizer).from_str(json.dumps(words))
    with pytest.raises(ModelUnavailable, match="none of"):
        mask_token(without)


def test_a_whole_training_names_the_encoder_that_was_asked_for(
    tiny_encoder: Path, tiny_data: Path, tmp_path: Path
) -> None:
    train_text(settings(tiny_encoder, tiny_data), tmp_path / "mine")
    spec = find(tmp_path / "mine")
    assert spec.architecture["encoder"] == str(tiny_encoder)
    assert not (tmp_path / "mine.work").exists()
