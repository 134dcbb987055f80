"""The command line: what scripts read from it, and its exit status."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emotion_core.cli import main
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.rows import columns
from tests.bundles import write_naive_bayes_bundle

Run = Callable[..., tuple[int, list[Any], str]]


@pytest.fixture
def run(own_models: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    write_naive_bayes_bundle(own_models / "text-fake")

    def run_it(*arguments: object) -> tuple[int, list[Any], str]:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        code = stop.value.code
        assert isinstance(code, int)
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    return run_it


def test_texts_are_answered_as_json_lines(run: Run):
    code, rows, _ = run("predict", "text", "so much joy", "now fear", "--model", "text-fake")
    assert code == 0
    assert [r["label"] for r in rows] == ["joy", "fear"]
    assert list(rows[0]) == columns(EKMAN7)
    assert sum(float(str(rows[0][f"p_{x}"])) for x in EKMAN7) == pytest.approx(1, abs=1e-4)


def test_a_text_that_fails_keeps_its_row(run: Run):
    code, rows, _ = run("predict", "text", "joy", " ", "--model", "text-fake")
    assert code == 3
    assert rows[1]["source"] == 1
    assert rows[1]["label"] == ""
    assert "empty" in str(rows[1]["error"])


def test_another_label_set(run: Run):
    _, rows, _ = run("predict", "text", "joy", "--model", "text-fake", "--labels", "IEMOCAP4")
    assert rows[0]["label"] == "happy"
    assert list(rows[0]) == columns(IEMOCAP4)


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_file_to_a_file(run: Run, tmp_path: Path, ending: str):
    source, out = tmp_path / "in.csv", tmp_path / f"out.{ending}"
    source.write_text("id,comment\n1,joy\n2,\n3,anger\n", encoding="utf-8")
    command = ("predict", "text", "--file", source, "--column", "comment", "--out", out)
    code, printed, _ = run(*command, "--model", "text-fake")
    assert (code, printed) == (3, [])
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}
    table = read[ending](out) if ending in read else pd.read_json(out, lines=True)
    assert list(table) == columns(EKMAN7)
    assert table["label"].fillna("").tolist() == ["joy", "", "anger"]
    if ending == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            assert next(csv.DictReader(file))["uncertain"] in ("true", "false")


@pytest.mark.parametrize(
    ("arguments", "expected", "said"),
    [
        (["predict", "text"], 2, "give texts or --file"),
        (["predict", "text", "--nope"], 2, "No such option"),
        (["sing"], 2, "No such command"),
        (["predict", "text", "--file", "/none.csv"], 2, "does not exist"),
        (["predict", "text", "joy", "--labels", "MOODS"], 2, "no label set 'MOODS'"),
        (["predict", "text", "joy", "--out", "x.xlsx"], 2, "expected an ending of"),
        (["predict", "text", "joy", "--model", "none"], 1, "no model 'none'"),
        (["train", "text", "--out", "x"], 2, "no data"),
    ],
)
def test_what_is_wrong_is_said(run: Run, arguments: list[str], expected: int, said: str):
    model = (
        []
        if "--model" in arguments or arguments[:2] != ["predict", "text"]
        else ["--model", "text-fake"]
    )
    code, rows, complaint = run(*arguments, *model)
    assert code == expected
    assert rows == []
    assert said in complaint


def test_models_as_json(run: Run):
    code, rows, _ = run("models", "--json")
    (listed,) = [m for m in rows[0] if m["id"] == "text-fake"]
    assert code == 0
    assert listed["labels"] == list(EKMAN7)
    assert listed["metrics"] == {"accuracy": 0.5, "macro_f1": 0.4}


def test_models_as_a_table_with_their_scores(own_models: Path, capsys: pytest.CaptureFixture[str]):
    write_naive_bayes_bundle(own_models / "text-fake")
    with pytest.raises(SystemExit) as stop:
        main(["models"])
    heading, *rows = capsys.readouterr().out.splitlines()
    (listed,) = [row for row in rows if row.startswith("text-fake ")]
    assert stop.value.code == 0
    assert listed.split()[:6] == ["text-fake", "text", "7", "0.5000", "-", "0.4000"]
    assert heading.index("accuracy") == listed.index("0.5000")
    assert heading.index("macro F1") == listed.index("0.4000")
