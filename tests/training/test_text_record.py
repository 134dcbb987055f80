"""A record names every reading of the test split."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from emotion_core.errors import InvalidInput
from emotion_core.training.record import bundle_config
from emotion_core.training.text_config import TextConfig
from emotion_core.training.text_record import measure_text_bundle
from emotion_core.training.text_training import train_text

SECTION = "## Readings of the test split"
WORDS = (("glad", "joy"), ("mad", "anger"))


@pytest.fixture
def trained(own_models: Path, tiny_data: Path) -> Path:
    """A new bundle of words, in a folder that `$EMOTION_MODELS` names."""
    config = TextConfig(id="text-words", data=str(tiny_data), architecture="naive-bayes")
    config.naive_bayes.min_count = 1
    train_text(config, own_models / "text-words")
    return own_models / "text-words"


def readings(bundle: Path) -> list[dict[str, object]]:
    return json.loads((bundle / "evaluation" / "results.json").read_text())["readings"]


def test_the_first_reading(trained: Path) -> None:
    metrics = measure_text_bundle(trained)
    (only,) = readings(trained)
    scores = ("accuracy", "uar", "macro_f1", "weighted_f1")
    assert [only[k] for k in scores] == [metrics[k] for k in scores]
    names = ("model.safetensors", "vocabulary.json")
    lines = [f"{hashlib.sha256((trained / n).read_bytes()).hexdigest()}  {n}\n" for n in names]
    assert only["files"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert SECTION not in (trained / "card.md").read_text()
    with pytest.raises(InvalidInput, match="its test split has been read"):
        measure_text_bundle(trained)


def test_a_repeated_reading_keeps_the_first(trained: Path) -> None:
    measure_text_bundle(trained)
    first = readings(trained)
    measure_text_bundle(trained, repeat=True)
    assert readings(trained)[:1] == first
    assert len(readings(trained)) == 2
    card = (trained / "card.md").read_text()
    assert card.count(f"| {first[0]['date']} |") == 2
    assert SECTION in card


def test_a_new_bundle_names_the_readings_of_the_one_that_it_replaces(
    trained: Path, tmp_path: Path
) -> None:
    new = Path(shutil.copytree(trained, tmp_path / "candidate"))
    measure_text_bundle(trained)
    measure_text_bundle(new)
    assert readings(new)[:1] == readings(trained)
    assert len(readings(new)) == 2


def test_a_bundle_that_is_trained_again_names_the_readings_before(trained: Path) -> None:
    measure_text_bundle(trained)
    first = readings(trained)
    train_text(bundle_config(TextConfig, trained), trained)
    assert not (trained / "evaluation").exists()
    measure_text_bundle(trained)
    assert readings(trained)[:1] == first
    assert len(readings(trained)) == 2


def test_a_namesake_with_other_data_has_a_record_of_its_own(trained: Path, tmp_path: Path) -> None:
    new = Path(shutil.copytree(trained, tmp_path / "candidate"))
    manifest = json.loads((trained / "manifest.json").read_text())
    manifest["training_data"] = [{"name": "others", "licence": ""}]
    (trained / "manifest.json").write_text(json.dumps(manifest))
    measure_text_bundle(trained)
    measure_text_bundle(new)
    assert len(readings(new)) == 1


def test_what_was_not_kept_is_said(trained: Path) -> None:
    measure_text_bundle(trained)
    path = trained / "evaluation" / "results.json"
    record = json.loads(path.read_text())
    record["readings"] = [
        {"date": "", "accuracy": 0.5, "macro_f1": 0.25, "weighted_f1": None, "files": ""}
    ]
    path.write_text(json.dumps(record))
    measure_text_bundle(trained, repeat=True)
    row = "| not kept | 0.5000 | not kept | 0.2500 | not kept | not kept |"
    assert row in (trained / "card.md").read_text()


def test_data_without_a_test_split(own_models: Path, tmp_path: Path) -> None:
    rows = [f"so {word} today {i},{label}" for i in range(20) for word, label in WORDS]
    data = tmp_path / "mine.csv"
    data.write_text("\n".join(["text,label", *rows]))
    config = TextConfig(id="text-mine", data=str(data), architecture="naive-bayes")
    config.naive_bayes.min_count = 1
    train_text(config, own_models / "text-mine")
    with pytest.raises(InvalidInput, match=r"no item is in a test split.* with --data"):
        measure_text_bundle("text-mine")
    assert measure_text_bundle("text-mine", split="validation")["accuracy"] == 1
