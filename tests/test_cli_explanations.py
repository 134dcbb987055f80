"""The command that judges explanations, on a tiny bundle and its own data."""

import json
from pathlib import Path

import pandas as pd
import pytest
import typer

from emotion_core.cli_explanations import register
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7
from tests.bundles import write_naive_bayes_bundle


def run(*arguments: object) -> None:
    app, evaluate = typer.Typer(pretty_exceptions_enable=False), typer.Typer()
    app.add_typer(evaluate, name="evaluate")
    register(evaluate)
    with pytest.raises(SystemExit) as stop:
        app(["evaluate", "explanations", *map(str, arguments)])
    assert stop.value.code == 0


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A bundle that says what it was trained on."""
    texts = [f"the {label} today very is wonderful" for label in EKMAN7]
    splits = ["train", "validation", "test"]
    rows = [(t, x, s) for s in splits for t, x in zip(texts, EKMAN7, strict=True)]
    data = tmp_path / "data.csv"
    pd.DataFrame(rows, columns=["text", "label", "split"]).to_csv(data, index=False)
    folder = write_naive_bayes_bundle(tmp_path / "own")
    (folder / "training").mkdir()
    settings = f"architecture: naive-bayes\ndata: {data}\n"
    (folder / "training" / "config.yaml").write_text(settings, encoding="utf-8")
    return folder


def test_curves_are_written_beside_the_weights(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = (trained / "manifest.json").read_bytes()
    run("--model", trained)
    told = json.loads(capsys.readouterr().out)
    record = json.loads((trained / "evaluation" / "explanations.json").read_text("utf-8"))
    assert set(told) == set(record["methods"]) == {"log-odds", "occlusion"}
    for method, found in record["methods"].items():
        assert found["items"] == 7
        # the one word that names the label is taken away first
        assert found["deletion"]["marked"]["mean"][2] < 0.3 < found["deletion"]["random"]["mean"][2]
        assert told[method]["deletion_gain"] == found["deletion"]["gain"] > 0.2
    assert "7 texts drawn (seed 0) from 7 texts of the validation split" in record["protocol"]
    assert "wonderful" not in json.dumps(record)
    assert (trained / "manifest.json").read_bytes() == manifest


def test_bundles_that_cannot_be_judged_say_why(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no training/config\.yaml"):
        run("--model", write_naive_bayes_bundle(tmp_path / "bare"))
    with pytest.raises(InvalidInput, match="expected a bundle of text, audio or face, got fusion"):
        run("--model", "fusion-late")
