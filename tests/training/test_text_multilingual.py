"""Several languages with labels that some of them lack, from a file to a bundle."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion_core import load
from emotion_core.cli import main
from emotion_core.errors import ModelUnavailable
from emotion_core.text.ngram_network import NgramClassifier
from emotion_core.training.config import load_config
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_data import read_dataset
from emotion_core.training.text_ngrams import NgramTrainer

WORDS = {
    "eng": {"anger": "angry", "joy": "happy", "": "table"},
    "deu": {"anger": "zornig", "joy": "froh", "": "tisch"},
    "zul": {"anger": "thukuthele", "joy": "jabule", "": "itafula"},
}
CONFIGS = Path(__file__).parent.parent.parent / "configs"


@pytest.fixture
def many_languages(tmp_path: Path) -> Path:
    """Three languages; English was not asked for anger, Zulu has no training texts."""
    rows = []
    for split, repeats in (("train", 12), ("validation", 6), ("test", 4)):
        for language, words in WORDS.items():
            if split == "train" and language == "zul":
                continue
            for label, word in words.items():
                rows += [
                    {
                        "text": f"{word} {'so ' * (i % 3)}{word} {split} {i}",
                        "lang": language,
                        "anger": None if language == "eng" else int(label == "anger"),
                        "joy": int(label == "joy"),
                        "split": split,
                    }
                    for i in range(repeats)
                ]
    path = tmp_path / "many.parquet"
    frame = pd.DataFrame(rows).astype({"anger": "Int8", "joy": "Int8"})
    frame.to_parquet(path)
    return path


def settings(data: Path, *more: str) -> TextConfig:
    values = [
        f"data={data}", "label_columns=anger,joy", "empty_label=neutral", "multi_label=true",
        "language_column=lang", "borrowed_share=0.5", *more,
    ]  # fmt: skip
    return load_config(TextConfig, None, values)


NGRAMS = (
    "architecture=ngram-network", "ngrams.min_count=2", "ngrams.width=8", "ngrams.folds=2",
    "ngrams.learning_rate=0.3", "epochs=8",
)  # fmt: skip


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return int(stop.value.code or 0)


def train(data: Path, out: Path, *more: str) -> int:
    config = settings(data, *more)
    names = ("label_columns", "empty_label", "multi_label", "language_column", "borrowed_share")
    values = [f"{name}={getattr(config, name)}" for name in names] + list(more)
    return run(
        "train", "text", "--data", data, "--out", out, *(x for v in values for x in ("--set", v))
    )


def test_missing_labels_and_borrowed_texts(many_languages: Path):
    dataset = read_dataset(settings(many_languages))
    assert dataset.labels == ("anger", "joy", "neutral")
    splits = dataset.splits
    assert {k: sum(s.languages == "zul") for k, s in splits.items()} == {
        "train": 9, "validation": 9, "test": 12,
    }  # fmt: skip
    assert not set(splits["train"].texts) & set(splits["validation"].texts)
    english = splits["train"].targets[splits["train"].languages == "eng"]
    assert np.isnan(english[:, 0]).all()
    assert not np.isnan(english[:, 1]).any()
    assert np.isnan(english[:, 2]).all()  # anger may be present


def test_ngrams_from_the_command_line(
    many_languages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "text-many"
    assert train(many_languages, out, *NGRAMS) == 0
    model = load(out)
    assert model.labels == ("anger", "joy", "neutral")
    for words in WORDS.values():
        assert model.predict(f"{words['joy']} so {words['joy']}").label == "joy"
    assert model.predict("froh froh froh").present == ("joy",)
    assert model.predict("zornig zornig").present == ("anger",)
    assert len((out / "training" / "history.csv").read_text().splitlines()) == 9
    capsys.readouterr()
    assert run("evaluate", "text", "--model", out) == 0
    metrics = json.loads(capsys.readouterr().out)
    assert metrics["language_macro_f1"] > 0.9
    record = json.loads((out / "evaluation" / "results.json").read_text())
    by_language = record["languages"]["by_language"]
    assert list(by_language["eng"]["f1"]) == ["joy"]
    assert list(by_language["deu"]["f1"]) == ["anger", "joy"]
    stored = pd.read_parquet(out / "evaluation" / "test.parquet")
    assert set(stored.loc[stored["language"] == "eng", "not_asked"]) == {"anger|neutral"}
    assert (stored.loc[stored["language"] == "eng", "presence_anger"] == 0).all()
    sums = stored[[f"p_{label}" for label in model.labels]].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(1, abs=1e-4)
    assert "text" not in stored
    card = (out / "card.md").read_text()
    assert "## Results per language" in card
    assert "RemBERT, Hindi" in card


def test_training_and_serving_agree(many_languages: Path):
    """What the compiled steps learnt on is what the bundle reads."""
    trainer = NgramTrainer(
        settings(many_languages, *NGRAMS), read_dataset(settings(many_languages))
    )
    network, _ = trainer.fit(np.arange(len(trainer.train)), 0)
    texts, bags = trainer.train.texts, trainer.texts.bags
    table = network.table * network.scale
    sums = [
        (table[bags.places[a:b]] * bags.values[a:b, None]).sum(0)
        for a, b in zip(bags.starts[:-1], bags.starts[1:], strict=True)
    ]
    np.testing.assert_allclose(network.hidden(texts), np.maximum(sums, 0), atol=1e-5)
    logits = network.logits(texts)
    alone = np.concatenate([network.logits([text]) for text in texts])
    np.testing.assert_allclose(logits, alone, atol=1e-5)


def test_a_run_repeats_itself(many_languages: Path):
    config = settings(many_languages, *NGRAMS)
    first, second = (NgramTrainer(config, read_dataset(config)) for _ in range(2))
    rows = np.arange(len(first.train))
    (one, history), (two, again) = (t.fit(rows, 3) for t in (first, second))
    assert history == again
    for name, values in one.tensors().items():
        np.testing.assert_array_equal(values, two.tensors()[name])


def test_languages_are_told_apart_and_move_the_answers(many_languages: Path):
    config = settings(many_languages, *NGRAMS, "ngrams.language_share=1")
    trainer = NgramTrainer(config, read_dataset(config))
    network, _ = trainer.fit(np.arange(len(trainer.train)), 0)
    texts = ["zornig zornig froh", "angry angry happy"]
    found = network.languages(network.hidden(texts)).argmax(1)
    assert [trainer.languages[i] for i in found] == ["deu", "eng"]
    shift = trainer.language_shift()
    assert shift.shape == (3, 3)
    assert (shift[trainer.languages.index("eng"), 0] == 0).all()  # anger was not asked


def test_damaged_weights_are_refused(many_languages: Path, tmp_path: Path):
    out = tmp_path / "text-many"
    assert train(many_languages, out, *NGRAMS) == 0
    (out / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        NgramClassifier.from_bundle(out, ("a", "b", "c"), {"ngrams": {"largest": 5, "words": 2}})


def test_an_encoder_learns_from_what_was_asked(
    many_languages: Path, tiny_encoder: Path, tmp_path: Path
):
    out = tmp_path / "text-encoder"
    more = (
        f"encoder.name={tiny_encoder}", "encoder.train_embeddings=true", "epochs=2",
        "batch_size=16", "precision=32-true", "head.lstm_layers=0", "head.attention_heads=0",
    )  # fmt: skip
    assert train(many_languages, out, *more) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert 0 <= manifest["metrics"]["validation_language_macro_f1"] <= 1
    assert len(manifest["calibration"]["thresholds"]) == 3
    history = pd.read_csv(out / "training" / "history.csv")
    assert history[["train_loss", "validation_loss"]].notna().all(axis=None)


@pytest.mark.parametrize("name", ["text-multilingual", "text-multilingual-encoder"])
def test_the_shipped_settings_are_valid(name: str):
    config = load_config(TextConfig, CONFIGS / f"{name}.yaml")
    assert config.id == name
    assert len(config.label_columns.split(",")) == 6
