"""Commands that measure files of answers and check data sets for leaks."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import InvalidInput

if TYPE_CHECKING:
    from .evaluation.predictions import Predictions

LEAKED = 1

PredictionFile = Annotated[Path, typer.Argument(help="CSV, TSV, JSONL or Parquet.")]
Truth = Annotated[str, typer.Option(help="Column of the true labels.")]
Prediction = Annotated[str, typer.Option(help="Column of the answers.")]
Group = Annotated[str | None, typer.Option(help="Column of speaker or dialogue, drawn whole.")]
Identity = Annotated[str | None, typer.Option("--id", help="Column of the items' ids.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write here, not to standard output.")]
ReportOut = Annotated[Path | None, typer.Option("--report", help="Write an HTML report here.")]
LabelSet = Annotated[
    str, typer.Option(help="Carry both columns to a label set, merging spellings: EKMAN7, ...")
]


def register(app: typer.Typer, evaluate: typer.Typer) -> None:
    """Add the commands: `compare` and `leaks` to the app, `predictions` to its `evaluate`."""
    evaluate.command("predictions")(evaluate_predictions_command)
    app.command("compare")(compare_command)
    app.command("leaks")(leaks_command)


def evaluate_predictions_command(
    file: PredictionFile,
    truth: Truth,
    prediction: Prediction,
    group: Group = None,
    identity: Identity = None,
    probabilities: Annotated[
        str | None,
        typer.Option(help='What columns of probabilities start with; p_ where there are, "" none.'),
    ] = None,
    slices: Annotated[
        list[str] | None, typer.Option("--slice", help="Column to compare scores by; repeatable.")
    ] = None,
    labels: LabelSet = "",
    out: Json = None,
    report: ReportOut = None,
) -> None:
    """Measure a file of truths and answers."""
    from .evaluation.prediction_report import evaluate_predictions
    from .evaluation.predictions import ColumnChoice, read_predictions
    from .evaluation.report_page import report_page

    _check_target(out, report)
    columns = ColumnChoice(truth, prediction, group, identity, probabilities, tuple(slices or ()))
    found = read_predictions(file, columns, labels)
    _tell(found.notices)
    measured = evaluate_predictions(found)
    _write_json(measured.as_dict(), out)
    if report is not None:
        _write(report, report_page(measured))


def compare_command(
    first: PredictionFile,
    second: PredictionFile,
    truth: Truth,
    prediction: Prediction,
    group: Group = None,
    identity: Identity = None,
    labels: LabelSet = "",
    out: Json = None,
) -> None:
    """Compare two files of answers to the same items."""
    from .evaluation.comparison import compare_predictions
    from .evaluation.predictions import ColumnChoice, read_predictions

    _check_target(out)
    columns = ColumnChoice(truth, prediction, group, identity, probabilities="")

    def read(path: Path) -> "Predictions":
        return read_predictions(path, columns, labels)

    compared = compare_predictions(read(first), read(second))
    _tell(compared.notices)
    _write_json(compared.as_dict(), out)


def leaks_command(
    path: Annotated[
        str, typer.Argument(help="Table with text or path, folder of splits, or known data set.")
    ],
    split_column: Annotated[
        str | None, typer.Option(help="Column of the split; without it, split.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Column of what must not be on both sides.")
    ] = None,
    out: Json = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 where it leaks.")
    ] = False,
) -> None:
    """Look for what the sides of a data set share."""
    from .evaluation.leak_items import read_leak_items
    from .evaluation.leaks import LEAKS, find_leaks

    _check_target(out)
    report = find_leaks(read_leak_items(path, split_column, group, _progress))
    _tell(report.notices())
    _write_json(report.as_dict(), out)
    if strict and report.verdict == LEAKS:
        raise typer.Exit(LEAKED)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done == total or not done % 50):
        sys.stderr.write(f"\r{done:,} of {total:,}")
        sys.stderr.write("\n" if done >= total else "")


def _tell(notices: tuple[str, ...] | list[str]) -> None:
    for notice in notices:
        typer.echo(notice, err=True)


def _check_target(*targets: Path | None) -> None:
    """Refuse a folder that is not there before the work is done."""
    for target in targets:
        if target is not None and not target.absolute().parent.is_dir():
            raise InvalidInput(f"{target} cannot be written: {target.parent} is no folder")


def _write_json(content: dict[str, Any], target: Path | None) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    if target is None:
        typer.echo(text)
    else:
        _write(target, text + "\n")


def _write(target: Path, text: str) -> None:
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{target} cannot be written: {error}") from error
