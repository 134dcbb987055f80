"""Commands that measure files of answers and check data sets: files, output, exit status."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import typer

from emotion_core.cli_evaluate import register
from emotion_core.errors import InvalidInput
from tests.evaluation.answers import make_answers, write

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    app, evaluate = typer.Typer(pretty_exceptions_enable=False), typer.Typer()
    app.add_typer(evaluate, name="evaluate")
    register(app, evaluate)

    def run_it(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            app([str(a) for a in arguments])
        said = capsys.readouterr()
        code = stop.value.code
        assert isinstance(code, int)
        return code, said.out, said.err

    return run_it


def test_evaluate_predictions(run: Run, tmp_path: Path) -> None:
    path, out, page = (
        write(make_answers(), tmp_path / "x.csv"),
        tmp_path / "o.json",
        tmp_path / "o.html",
    )
    code, said, _ = run(
        "evaluate", "predictions", path, "--truth", "truth", "--prediction", "label", "--group",
        "speaker", "--id", "id", "--slice", "sex", "--json", out, "--report", page,
    )  # fmt: skip
    assert (code, said) == (0, "")
    record = json.loads(out.read_text(encoding="utf-8"))
    assert {*record} >= {
        "n", "accuracy", "uar", "macro_f1", "weighted_f1", "baseline", "per_class", "confusion",
        "intervals",
    }  # fmt: skip
    assert {*record["per_class"]["joy"]} >= {"precision", "recall", "f1", "support"}
    assert {*record["confusion"]} >= {"labels", "counts"}
    assert record["slices"]["sex"]["permuted"] == "groups"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_without_a_file_json_goes_to_standard_output(run: Run, tmp_path: Path) -> None:
    path = write(pd.DataFrame({"t": ["Happy", "joy"], "p": ["joy", "joy"]}), tmp_path / "x.tsv")
    options = ("--truth", "t", "--prediction", "p")
    _, said, told = run("evaluate", "predictions", path, *options)
    assert json.loads(said)["accuracy"] == 0.5
    assert "may be one label" in told
    _, said, told = run("evaluate", "predictions", path, *options, "--labels", "EKMAN7")
    assert json.loads(said)["accuracy"] == 1
    assert "labels carried: joy stands for 'Happy', 'joy'" in told


def test_compare(run: Run, tmp_path: Path) -> None:
    a = make_answers()
    b = a.assign(label=a["truth"])
    paths = [write(f, tmp_path / f"{n}.jsonl") for n, f in (("a", a), ("b", b))]
    options = ("--truth", "truth", "--prediction", "label", "--id", "id", "--group", "speaker")
    code, said, told = run("compare", *paths, *options)
    record = json.loads(said)
    assert code == 0
    assert record["b"]["accuracy"] == 1
    assert record["difference"]["accuracy"]["b_minus_a"] == pytest.approx(
        1 - record["a"]["accuracy"]
    )
    assert record["mcnemar"]["p_value"] < 1e-6
    assert len(record["disagreements"]["examples"]) <= 100
    assert "McNemar" in told


@pytest.mark.parametrize(
    ("text", "strict", "status"), [("other", 0, 0), ("same", 0, 0), ("other", 1, 0), ("same", 1, 1)]
)
def test_leaks(run: Run, tmp_path: Path, text: str, strict: int, status: int) -> None:
    frame = pd.DataFrame({"text": ["same words", f"{text} words"], "part": ["train", "test"]})
    path, out = write(frame, tmp_path / "x.csv"), tmp_path / "o.json"
    options = ["--strict"] * strict
    code, said, told = run("leaks", path, "--split-column", "part", "--json", out, *options)
    assert (code, said) == (status, "")
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["exact_duplicates"] == (text == "same")
    assert record["groups_on_both_sides"] == []
    assert record["verdict"] == ("leaks" if text == "same" else "clean")
    assert "no speakers" in told


def test_a_folder_that_is_not_there_is_told_first(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no folder"):
        run("leaks", tmp_path / "none.csv", "--json", tmp_path / "none" / "o.json")
