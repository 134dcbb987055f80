"""Commands that measure files of answers and check data sets for leaks."""

from pathlib import Path
from typing import Annotated

import typer

from .cli_output import check_targets, show_progress, tell, write_json, write_text

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

    check_targets(out, report)
    columns = ColumnChoice(truth, prediction, group, identity, probabilities, tuple(slices or ()))
    found = read_predictions(file, columns, labels)
    tell(found.notices)
    measured = evaluate_predictions(found)
    write_json(measured.as_dict(), out)
    if report is not None:
        write_text(report, report_page(measured))


def compare_command(
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, JSONL or Parquet, two or more.")],
    truth: Truth,
    prediction: Prediction,
    group: Group = None,
    identity: Identity = None,
    labels: LabelSet = "",
    several: Annotated[
        bool, typer.Option("--several", help="Cells hold several labels, joined by |.")
    ] = False,
    out: Json = None,
    report: ReportOut = None,
) -> None:
    """Compare files of answers to the same items, each against each."""
    from .evaluation.comparison import compare_all
    from .evaluation.comparison_labels import read_label_tables
    from .evaluation.comparison_page import comparison_page
    from .evaluation.predictions import ColumnChoice, read_predictions

    check_targets(out, report)
    columns = ColumnChoice(truth, prediction, group, identity, probabilities="")
    if several:
        compared = compare_all([read_label_tables(path, columns) for path in files])
    else:
        compared = compare_all([read_predictions(path, columns, labels) for path in files])
    tell(compared.notices)
    write_json(compared.as_dict(), out)
    if report is not None:
        write_text(report, comparison_page(compared))


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

    check_targets(out)
    report = find_leaks(read_leak_items(path, split_column, group, show_progress))
    tell(report.notices())
    write_json(report.as_dict(), out)
    if strict and report.verdict == LEAKS:
        raise typer.Exit(LEAKED)
