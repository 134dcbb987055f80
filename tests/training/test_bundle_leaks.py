"""What a bundle's test shares with its training is counted, and its scores are given without."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from emotion_core.errors import InvalidInput
from emotion_core.labels import ANGER, NEUTRAL
from emotion_core.training.bundle_leaks import bundle_leaks, leaks_in
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_record import measure_text_bundle
from emotion_core.training.text_training import train_text
from tests.bundles import write_audio_bundle, write_naive_bayes_bundle
from tests.training.voices import tiny_config, write_voices

TRAIN = {
    "i feel happy about this day": "joy", "what a happy and glad morning": "joy",
    "i feel sad about the long rain": "sadness", "sad and down the whole evening": "sadness",
    "she was happy to be here again": "joy", "he was sad to be gone so long": "sadness",
}  # fmt: skip
TEST = {
    "i feel happy about this day": "sadness",
    "Sad and down, the whole evening!": "sadness",
    "what a happy and glad mornings": "joy",
    "nothing but happy people around": "joy",
    "a sad song that nobody has sung": "sadness",
}


@pytest.fixture
def measured(own_models: Path, tmp_path: Path) -> Path:
    """A bundle of words with an exact, a normalised and a near copy in its test."""
    rows = [{"text": t, "label": x, "split": "train"} for t, x in TRAIN.items()]
    rows += [{"text": t, "label": x, "split": "test"} for t, x in TEST.items()]
    rows += [{"text": f"a {w} word {i}", "label": x, "split": "validation"}
             for i in range(3) for w, x in (("happy", "joy"), ("sad", "sadness"))]  # fmt: skip
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    config = TextConfig(id="words", data=str(path), architecture="naive-bayes")
    config.naive_bayes.min_count = 1
    train_text(config, own_models / "words")
    measure_text_bundle(own_models / "words")
    return own_models / "words"


def test_texts(measured: Path) -> None:
    found = bundle_leaks(measured)
    (check,) = found["checks"]
    counted = {k: check[k] for k in ("items", "compared_with", "exact", "normalised", "near")}
    assert counted == {"items": 5, "compared_with": 6, "exact": 1, "normalised": 2, "near": 2}
    assert {k: v["n"] for k, v in found["scores"].items()} == {
        "all": 5, "without exact copies": 4, "without exact and near copies": 2,
    }  # fmt: skip
    # the exact copy has another label in training, so it alone is answered wrongly
    assert [v["accuracy"][0] for v in found["scores"].values()] == [0.8, 1.0, 1.0]
    assert found["upstream"] == []
    assert "1 exact and 2 near" in leaks_in(found)
    assert not any(text in json.dumps(found) for text in (*TRAIN, *TEST))


def test_other_data_are_told(measured: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    rows = [f"{t},{x},{s}" for s in ("train", "validation") for t, x in TRAIN.items()]
    path.write_text("\n".join(["text,label,split", *rows]))
    with pytest.raises(InvalidInput, match="5 of 5 stored answers are of items that the data do"):
        bundle_leaks(measured, path)


def test_what_was_not_measured_is_told(measured: Path) -> None:
    (measured / "evaluation" / "test.parquet").unlink()
    with pytest.raises(InvalidInput, match=r"no evaluation/test\.parquet"):
        bundle_leaks(measured)


def voices_bundle(folder: Path, data: Path, names: list[str], **settings: bool | str) -> Path:
    """A voice bundle that answered these recordings."""
    write_audio_bundle(folder, (ANGER, NEUTRAL))
    (folder / "training").mkdir()
    config = dataclasses.asdict(dataclasses.replace(tiny_config(data), **settings))
    (folder / "training" / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "evaluation").mkdir()
    truth = [n.split("-")[1] for n in names]
    frame = pd.DataFrame({"id": names, "truth": truth, "speaker": [n[0] for n in names]})
    for label in (ANGER, NEUTRAL):
        frame[f"p_{label}"] = np.where(frame["truth"] == label, 0.9, 0.1)
    frame.to_parquet(folder / "evaluation" / "test.parquet")
    return folder


def test_recordings_of_a_split_and_of_folds(tmp_path: Path) -> None:
    data = write_voices(tmp_path / "voices")
    every = sorted(p.stem for p in data.glob("*.wav"))
    copy = data / f"5-{ANGER}-0.wav"
    copy.write_bytes((data / f"0-{ANGER}-0.wav").read_bytes())
    split = voices_bundle(tmp_path / "split", data, [n for n in every if n.startswith("5")])
    found = bundle_leaks(split)
    (check,) = found["checks"]
    assert (check["items"], check["compared_with"], check["exact"]) == (4, 16, 1)
    assert check["groups_on_both_sides"] == 0
    assert found["scores"]["without exact copies"]["n"] == 3
    index = pd.read_csv(data / "index.csv")
    index.loc[index["path"].str.startswith("5-anger"), "label"] = "smug"
    index.to_csv(data / "index.csv", index=False)
    own = [n for n in every if n.startswith("5-neutral")]
    fewer = voices_bundle(tmp_path / "fewer", data, own, label_set="IEMOCAP4")
    (check,) = bundle_leaks(fewer)["checks"]
    assert (check["items"], check["exact"], check["groups_on_both_sides"]) == (2, 0, 0)
    index.replace("smug", ANGER).to_csv(data / "index.csv", index=False)
    folds = voices_bundle(tmp_path / "folds", data, every, cross_validation=True)
    (check,) = bundle_leaks(folds)["checks"]
    assert (check["items"], check["exact"], check["groups_on_both_sides"]) == (24, 2, 0)


def test_a_clean_bundle(measured: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows[:3]:
        row["text"] = f"quite another text {row['text'][::-1]}"
    rows[3]["text"] = "down in the dumps and sad"
    path.write_text("\n".join(map(json.dumps, rows)))
    found = bundle_leaks(measured)
    assert leaks_in(found) == ""
    assert list(found["scores"]) == ["all"]


def test_fusions_of_real_pairs_are_checked_otherwise(tmp_path: Path) -> None:
    folder = write_naive_bayes_bundle(tmp_path / "pairs", modality="fusion")
    (folder / "training").mkdir()
    (folder / "training" / "config.yaml").write_text("data: some/clips\n")
    with pytest.raises(InvalidInput, match="learnt from real pairs"):
        bundle_leaks(folder)
