"""Commands that compare people and look for leaks: files, the bundle, exit status."""

import json
from pathlib import Path

import pytest
import typer

from emotion_core.cli_fairness import register
from emotion_core.errors import InvalidInput
from emotion_core.evaluation.findings import FAIRNESS, LEAKS, read_finding
from emotion_core.registry import find
from tests.training.test_bundle_leaks import measured

__all__ = ("measured",)


@pytest.fixture
def app() -> typer.Typer:
    app, evaluate = typer.Typer(pretty_exceptions_enable=False), typer.Typer()
    app.add_typer(evaluate, name="evaluate")
    register(evaluate)
    return app


def run(app: typer.Typer, *arguments: object) -> None:
    app(["evaluate", *map(str, arguments)], standalone_mode=False)


def test_fairness_and_leaks_are_kept_in_the_bundle(
    app: typer.Typer, measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(app, "fairness", "--model", measured, "--keep")
    said = capsys.readouterr()
    parts = json.loads(said.out)["parts"]
    assert parts[0]["checks"][0]["column"] == "sex"
    assert "by sex" in said.err
    assert read_finding(measured, FAIRNESS)["parts"] == parts
    run(app, "bundle-leaks", "--model", measured, "--keep")
    found = json.loads(capsys.readouterr().out)
    assert read_finding(measured, LEAKS)["checks"] == found["checks"]
    card = (measured / "card.md").read_text(encoding="utf-8")
    assert "## Fairness" in card
    assert "## Leaks" in card
    find(measured)


def test_without_keep_the_bundle_stays_as_it_is(
    app: typer.Typer, measured: Path, tmp_path: Path
) -> None:
    before = {p: p.read_bytes() for p in measured.rglob("*") if p.is_file()}
    run(app, "fairness", "--model", measured, "--json", tmp_path / "x.json")
    run(app, "bundle-leaks", "--model", measured, "--json", tmp_path / "y.json")
    assert {p: p.read_bytes() for p in measured.rglob("*") if p.is_file()} == before


def test_strict_prints_no_score_of_a_test_that_leaks(
    app: typer.Typer, measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        InvalidInput, match=r"no score is printed, since the test leaks: .* 1 exact"
    ):
        run(app, "bundle-leaks", "--model", measured, "--strict")
    assert capsys.readouterr().out == ""


def test_a_folder_that_is_not_there_is_told_first(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no folder"):
        run(app, "fairness", "--model", "any", "--json", tmp_path / "none" / "x.json")
