"""`evaluate text|audio|image` on labelled items: files, output, exit status, and the old form."""

import json
from pathlib import Path

import pandas as pd
import pytest

from emotion_core.cli import main
from tests.bundles import write_face_bundle, write_naive_bayes_bundle
from tests.evaluation.answers import write
from tests.evaluation.test_labelled_report import picture


@pytest.fixture(autouse=True)
def models(own_models: Path) -> Path:
    write_naive_bayes_bundle(own_models / "text-fake")
    write_face_bundle(own_models / "face-fake")
    return own_models


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    said = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, said.out, said.err


def labelled(folder: Path) -> Path:
    rows = {
        "text": ["joy", "fear", "the joy", "anger"],
        "label": ["joy", "fear", "Dread", "joy"],
        "sex": ["f", "m", "f", "m"],
    }
    return write(pd.DataFrame(rows), folder / "mine.csv")


def test_texts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    outputs = {n: tmp_path / f"o.{n}" for n in ("json", "html", "parquet")}
    code, said, told = run(
        capsys, "evaluate", "text", "--data", labelled(tmp_path), "--model", "text-fake",
        "--map", "Dread=fear", "--slice", "sex", "--json", outputs["json"],
        "--report", outputs["html"], "--predictions", outputs["parquet"],
    )  # fmt: skip
    assert (code, said) == (0, "")
    assert "0 of 4 items (0.0%) have no answer" in told
    assert "as you mapped them: Dread=fear" in told
    record = json.loads(outputs["json"].read_text(encoding="utf-8"))
    assert (record["n"], record["accuracy"]) == (4, 0.5)
    assert record["protocol"]["mapping"] == {"Dread": "fear", "fear": "fear", "joy": "joy"}
    assert "sex" in record["slices"]
    assert outputs["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    code, said, _ = run(
        capsys, "evaluate", "predictions", outputs["parquet"], "--truth", "truth",
        "--prediction", "prediction",
    )  # fmt: skip
    assert code == 0
    assert json.loads(said)["accuracy"] == 0.5


def test_labels_without_a_place_are_named_and_a_set_gives_them_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ("evaluate", "text", "--data", labelled(tmp_path), "--model", "text-fake")
    code, said, told = run(capsys, *options)
    assert (code, json.loads(said)["n"]) == (0, 3)
    assert "'Dread' (1); name their place with --map" in told
    _, said, told = run(capsys, *options, "--labels", "IEMOCAP4")
    assert json.loads(said)["confusion"]["labels"] == ["angry", "happy"]
    assert "the model's answers in IEMOCAP4" in told
    assert "labels carried to IEMOCAP4" in told


def test_pictures_and_files_that_fail(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name, content in (("anger/a.png", picture(5, 5)), ("anger/b.png", b"none")):
        path = tmp_path / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    code, said, told = run(
        capsys, "evaluate", "image", "--data", tmp_path / "faces", "--model", "face-fake",
        "--aligned",
    )  # fmt: skip
    record = json.loads(said)
    assert code == 3
    assert record["unanswered"]["share"] == 0.5
    assert sum(record["unanswered"]["reasons"].values()) == 1
    assert "1 of 2 items (50.0%) have no answer" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evaluate", "text"), "give --data with labelled items, or --model with a bundle"),
        (("evaluate", "text", "--model", "text-fake", "--json", "o.json"), "name them with --data"),
        (("evaluate", "text", "--data", "none.csv"), "none.csv does not exist"),
        (("evaluate", "text", "--data", "x", "--map", "joy"), "expected theirs=ours"),
        (("evaluate", "text", "--data", "x", "--aligned"), "--aligned is for pictures"),
        (("evaluate", "text", "--data", "x", "--predictions", "o.xls"), "expected an ending of"),
        (("evaluate", "text", "--model", "text-fake"), "has no training/config.yaml"),
        (("evaluate", "image", "--model", "face-fake"), "has no training/config.yaml"),
    ],
)
def test_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, said, told = run(capsys, *arguments)
    assert (code, said) == (2, "")
    assert message in told
