"""From a file to a bundle that answers, through the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_core import load
from emotion_core.cli import main
from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.training.config import load_config
from emotion_core.training.synonyms import load_synonyms, replace_words
from emotion_core.training.text_config import SynonymConfig, TextConfig
from emotion_core.training.text_data import (
    SimilarLengthBatches,
    read_dataset,
    replacement_chance,
)
from emotion_core.training.text_distillation import folds_by_text
from emotion_core.training.text_training import train_text


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return int(stop.value.code or 0)


def settings(encoder: Path, *more: str) -> list[str]:
    values = [
        f"encoder.name={encoder}", "encoder.train_embeddings=true", "epochs=12", "patience=12",
        "batch_size=8",
        "encoder.dropout=0.0", "precision=32-true", "head.lstm_hidden=16", "head.lstm_layers=1",
        "optimiser.learning_rate=3e-3", "optimiser.head_learning_rate=1e-2", *more,
    ]  # fmt: skip
    return [x for value in values for x in ("--set", value)]


@pytest.fixture(scope="module")
def tiny(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue("tiny_encoder")


@pytest.mark.parametrize(("folds", "students"), [(0, 1), (2, 2)])
def test_train_predict_evaluate(
    tiny: Path,
    tiny_data: Path,
    tmp_path: Path,
    folds: int,
    students: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "mine"
    more = (
        f"distillation.folds={folds}",
        f"distillation.students={students}",
        "distillation.teacher_epochs=8",
        "optimiser.ema_decay=0.5",
        "loss.logit_adjustment=true",
    )
    assert run("train", "text", "--data", tiny_data, "--out", out, *settings(tiny, *more)) == 0
    model = load(out)
    assert model.spec.id == "mine"
    assert model.labels == ("anger", "joy", "sadness")
    assert model.predict("i feel very glad today").label == "joy"
    assert model.predict("i feel mad about the day").label == "anger"
    assert not out.with_name("mine.work").exists()
    assert len((out / "training" / "history.csv").read_text().splitlines()) > 1
    capsys.readouterr()
    assert run("evaluate", "text", "--model", out) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["accuracy"] > 0.9
    assert "Known failures" in (out / "card.md").read_text()
    assert (
        json.loads((out / "manifest.json").read_text())["metrics"]["accuracy"] == scores["accuracy"]
    )
    assert run("evaluate", "text", "--model", out) == 2  # the test split is read once


def test_multi_label(tiny: Path, tiny_data: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in tiny_data.read_text().splitlines()]
    for row in rows:
        row["label"] = [row["label"], "loud"] if "so" in row["text"] else [row["label"]]
    tiny_data.write_text("\n".join(map(json.dumps, rows)))
    out = tmp_path / "many"
    assert run(
        "train", "text", "--data", tiny_data, "--out", out,
        *settings(tiny, "multi_label=true", "epochs=12"),
    ) == 0  # fmt: skip
    answer = load(out).predict("i feel so so happy about the day")
    assert set(answer.present) == {"joy", "loud"}
    assert abs(answer.probabilities.sum() - 1) < 1e-9


def test_naive_bayes_equals_scikit_learn(tiny_data: Path, tmp_path: Path) -> None:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB

    out = tmp_path / "nb"
    command = ["--set", "architecture=naive-bayes", "--set", "naive_bayes.min_count=1"]
    assert run("train", "text", "--data", tiny_data, "--out", out, *command) == 0
    train = read_dataset(TextConfig(data=str(tiny_data))).splits["train"]
    counter = CountVectorizer()
    reference = MultinomialNB().fit(counter.fit_transform(train.texts), train.targets.argmax(1))
    texts = ["i feel glad", "mad about the day", "unseen words only"]
    found = np.stack([r.logits for r in load(out).classifier.read(texts)])
    expected = reference.predict_joint_log_proba(counter.transform(texts))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_interrupted_run_goes_on(tiny: Path, tiny_data: Path, tmp_path: Path) -> None:
    from emotion_core.training.config import load_config
    from emotion_core.training.text_config import TextConfig
    from emotion_core.training.text_trainer import fit_text, predict_logits

    config = load_config(TextConfig, None, settings(tiny, "encoder.dropout=0.1")[1::2])
    dataset = read_dataset(TextConfig(data=str(tiny_data)))
    train, validation = dataset.splits["train"], dataset.splits["validation"]
    whole = fit_text(config, train, validation, tmp_path / "whole")

    class Killed(RuntimeError): ...

    def kill(step: int, _steps: int) -> None:
        if step == 20:
            raise Killed

    with pytest.raises(Killed):
        fit_text(config, train, validation, tmp_path / "broken", kill)
    resumed = fit_text(config, train, validation, tmp_path / "broken")
    assert len(resumed.history) == len(whole.history)
    np.testing.assert_allclose(
        predict_logits(resumed, validation), predict_logits(whole, validation), atol=1e-5
    )
    steps: list[int] = []
    again = fit_text(
        config, train, validation, tmp_path / "whole", lambda step, _: steps.append(step)
    )
    assert steps == []  # a finished run is not trained again
    np.testing.assert_array_equal(
        predict_logits(again, validation), predict_logits(whole, validation)
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a", "label": "x"}\n{"text": "b", "label": "x"}', "two classes or more"),
        ('{"words": "a", "label": "x"}', "no column 'text'"),
        (
            '{"text": "a", "label": "x", "split": "train"}\n'
            '{"text": "b", "label": "y", "split": "test"}\n'
            '{"text": "c", "label": "x", "split": "validation"}',
            "no training example of y",
        ),
    ],
)
def test_data_that_cannot_be_trained_on(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=message):
        read_dataset(TextConfig(data=str(path)))


def test_folders_per_split_and_class(tmp_path: Path) -> None:
    for split in ("train", "val"):
        for label in ("happy", "sad"):
            folder = tmp_path / split / label
            folder.mkdir(parents=True)
            for i in range(3):
                (folder / f"{i}.txt").write_text(f"{label} {i}")
    dataset = read_dataset(TextConfig(data=str(tmp_path)))
    assert dataset.labels == ("happy", "sad")
    assert {k: len(v) for k, v in dataset.splits.items()} == {
        "train": 6,
        "validation": 6,
        "test": 0,
    }


def test_groups_stay_on_one_side(tmp_path: Path) -> None:
    rows = [{"text": f"t{i}", "label": "ab"[i % 2], "group": i // 10} for i in range(100)]
    path = tmp_path / "groups.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    splits = read_dataset(TextConfig(data=str(path))).splits
    sides = [{int(i) // 10 for i in splits[name].ids} for name in ("train", "validation")]
    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


def test_equal_texts_share_a_fold() -> None:
    texts = [f"text {i % 7}" for i in range(50)]
    fold = folds_by_text(texts, 3, 0)
    assert {len({int(f) for t, f in zip(texts, fold, strict=True) if t == u}) for u in texts} == {1}


def test_batches_hold_every_item_once() -> None:
    lengths = np.random.default_rng(0).integers(3, 40, 203)
    sampler = SimilarLengthBatches(lengths.tolist(), 16, seed=0, pool=4)
    first = list(sampler)
    assert len(first) == len(sampler)
    assert sorted(i for batch in first for i in batch) == list(range(203))
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_rare_classes_get_more_synonyms() -> None:
    targets = np.eye(2)[[0, 0, 0, 1]]
    chance = replacement_chance(targets, SynonymConfig("x", 0.1, 0.5))
    np.testing.assert_allclose(chance, [0.1, 0.1, 0.1, 0.5])


def test_synonyms_of_open_english_wordnet(shared_data: Path) -> None:
    synonyms = load_synonyms(str(shared_data / "text" / "open_english_wordnet"))
    assert "glad" in synonyms["happy"]
    changed = replace_words("a happy day", synonyms, 2, np.random.default_rng(0))
    assert changed != "a happy day"
    assert len(changed.split()) == 3


def test_layers_begin_to_learn_one_by_one(tiny: Path, tiny_data: Path, tmp_path: Path) -> None:
    from lightning.pytorch.callbacks import Callback

    from emotion_core.training.config import load_config
    from emotion_core.training.text_network import encoder_layers
    from emotion_core.training.text_trainer import fit_text

    class Watcher(Callback):
        """Notes what has moved after each epoch."""

        def __init__(self) -> None:
            self.before: list[list[float]] = []

        def on_train_epoch_end(self, trainer: object, pl_module: Any) -> None:
            del trainer
            encoder = pl_module.network.encoder
            parts = [*encoder_layers(encoder), encoder.embeddings]
            self.before.append([float(next(p.parameters()).detach().double().sum()) for p in parts])

    more = ("epochs=6", "encoder.unfreeze_every=2", "optimiser.weight_decay=0")
    config = load_config(TextConfig, None, settings(tiny, *more)[1::2])
    dataset, watcher = read_dataset(TextConfig(data=str(tiny_data))), Watcher()
    sides = (dataset.splits["train"], dataset.splits["validation"])
    fit_text(config, *sides, tmp_path / "slow", callbacks=[watcher])
    moved = np.abs(np.diff(watcher.before, axis=0)) > 0
    assert moved.tolist() == [
        [False, False, False],  # the head alone
        [False, True, False],  # and the top layer
        [False, True, False],
        [True, True, False],  # and the one below
        [True, True, False],
    ]
    several = load_config(TextConfig, None, settings(tiny, *more, "run.devices=2")[1::2])
    with pytest.raises(InvalidInput, match=r"encoder\.unfreeze_every: expected 0 with several"):
        fit_text(several, *sides, tmp_path / "several")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("shrink.drop_layers=40", "shrink.drop_layers: expected 0 to 1 of 2, got 40"),
        ("max_length=600", "max_length: expected 128 or less"),
    ],
)
def test_what_the_encoder_lacks_is_told_before_the_data_are_read(
    tiny: Path, tmp_path: Path, setting: str, told: str
) -> None:
    options = settings(tiny, setting, "data=nowhere")[1::2]
    with pytest.raises(InvalidInput, match=told):
        train_text(load_config(TextConfig, None, options), tmp_path / "mine")
    assert not (tmp_path / "mine.work").exists()


def test_labels_that_cannot_be_reported_are_told_before_training(
    tiny: Path, tmp_path: Path
) -> None:
    table = tmp_path / "a.csv"
    table.write_text("text,label\n" + "".join(f"t {k},{'xy'[k % 2]}\n" for k in range(40)))
    options = settings(tiny, f"data={table}", "report_labels=EKMAN7")[1::2]
    with pytest.raises(LabelMismatch):
        train_text(load_config(TextConfig, None, options), tmp_path / "mine")
    assert not (tmp_path / "mine.work").exists()
