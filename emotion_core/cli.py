"""The command line: JSON lines on standard output, everything else on standard error.

Exit status: 0 every item answered, 3 some items failed, 2 wrong usage, 1 anything else.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import EmotionCoreError, InvalidInput
from .loading import DEFAULT_TEXT_MODEL

FAILED, WRONG_USAGE, SOME_FAILED = 1, 2, 3

app = typer.Typer(
    help="Tell emotions from text, voice and faces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
predict = typer.Typer(help="Answer texts, sounds, images and recordings.", no_args_is_help=True)
train = typer.Typer(help="Train a model on your own data.", no_args_is_help=True)
evaluate = typer.Typer(help="Measure a model.", no_args_is_help=True)
app.add_typer(predict, name="predict")
app.add_typer(train, name="train")
app.add_typer(evaluate, name="evaluate")

Model = Annotated[str, typer.Option(help="Bundle id or folder, or hub:owner/name.")]
Labels = Annotated[
    str | None, typer.Option(help="Map to EMOTION6, EKMAN7, GOEMOTIONS28 or IEMOCAP4.")
]
Out = Annotated[
    Path | None, typer.Option(help="Write .csv, .parquet or .jsonl instead of standard output.")
]


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done:,} of {total:,} rows")
        sys.stderr.write("\n" if done >= total else "")


@app.command()
def models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models with their measured scores."""
    from .registry import available, damaged

    specs = available()
    if as_json:
        rows = [
            {
                "id": s.id,
                "modality": s.modality,
                "labels": list(s.labels),
                "multi_label": s.multi_label,
                "licence": s.licence,
                "metrics": dict(s.metrics),
                "protocol": s.protocol,
                "folder": str(s.folder),
            }
            for s in specs
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for s in specs:
            typer.echo(f"{s.id}\t{s.modality}\t{len(s.labels)} labels\t{s.licence}")
    for name, why in damaged().items():
        typer.echo(f"{name}: {why}", err=True)


@predict.command("text")
def predict_text(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to answer.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV, TSV, TXT, JSONL or Parquet, one text a row.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="Column of the texts.")] = None,
    model: Model = DEFAULT_TEXT_MODEL,
    labels: Labels = None,
    out: Out = None,
) -> None:
    """Tell the emotions of texts."""
    from .labels import label_set
    from .rows import RowFile, columns
    from .text.pipeline import load_text_model
    from .text.table import TextRow, inspect_table, predict_rows, read_table, table_rows

    if bool(texts) == (file is not None):
        raise typer.BadParameter("give texts or --file, one of them")
    if file is not None:
        table = inspect_table(file)
        rows, total = read_table(table, column), table.rows
        for notice in table.notices:
            typer.echo(f"{file.name}: {notice}", err=True)
    else:
        rows, total = iter([TextRow(i, t) for i, t in enumerate(texts or [])]), len(texts or [])
    opened = load_text_model(model)
    target = label_set(labels) if labels else opened.labels
    multi_label = opened.spec.multi_label
    failed = False
    with RowFile(out, columns(target, multi_label)) as writer:
        for paired in predict_rows(opened, rows, total, target, _progress if file else None):
            failed |= any(isinstance(answer, Exception) for _, answer in paired)
            writer.write(table_rows(paired, target, multi_label))
    raise typer.Exit(SOME_FAILED if failed else 0)


@train.command("text")
def train_text_command(
    out: Annotated[Path, typer.Option(help="Folder of the new bundle.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of splits or classes, or a CSV, JSONL or Parquet file."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="YAML file of settings.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, such as head.dropout=0.2.")
    ] = None,
) -> None:
    """Train a text model and write its bundle."""
    from .training.config import load_config
    from .training.text_training import train_text

    options = load_config(config, settings or [])
    if data is not None:
        options.data = str(data)
    if not options.data:
        raise InvalidInput("no data: give --data or set `data` in the configuration")
    if config is None:
        options.id = out.name
    train_text(options, out, command=_command())


@evaluate.command("text")
def evaluate_text_command(
    model: Model,
    data: Annotated[
        Path | None, typer.Option(help="As for training; default: the bundle's own.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which split to read.")] = "test",
    repeat: Annotated[
        bool, typer.Option(help="Read the test split of a bundle that has been measured.")
    ] = False,
) -> None:
    """Measure a text bundle on a split and write its record and its card."""
    from .training.text_record import measure_text_bundle

    scores = measure_text_bundle(model, data, split, repeat)
    typer.echo(json.dumps(scores))


def _command() -> str:
    """The command as typed, for the manifest."""
    return " ".join(["python -m emotion_core", *sys.argv[1:]])


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    try:
        app(arguments, prog_name="python -m emotion_core")
    except InvalidInput as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(WRONG_USAGE)
    except EmotionCoreError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(FAILED)
