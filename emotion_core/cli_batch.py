"""The command that answers millions of items: `python -m emotion_core batch ...`."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, cast

import typer

from .cli_output import tell

if TYPE_CHECKING:
    from .batch.run import OnItems
    from .batch.source import BatchModality

SOME_FAILED = 3


def register(app: typer.Typer) -> None:
    """Add the command `batch`."""
    app.command("batch")(batch_command)


def batch_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT", help="Folder, CSV, JSONL or Parquet; a path or an address (s3://...)."
        ),
    ],
    modality: Annotated[str, typer.Option(help="What the items are: text, audio or image.")],
    out: Annotated[str, typer.Option(help="Folder of the answers, as Parquet; likewise.")],
    model: Annotated[str, typer.Option(help="Bundle id or folder, or hub:owner/name.")] = "",
    labels: Annotated[str, typer.Option(help="Map to a label set, such as EKMAN7.")] = "",
    column: Annotated[str | None, typer.Option(help="Column of the texts or paths.")] = None,
    aligned: Annotated[
        bool, typer.Option("--aligned", help="Each picture is a face already: detect nothing.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes, one core each. Default: every core.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Of a Ray cluster. Default: this machine alone.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Items of a part, which is what a kill costs.")
    ] = None,
    restart: Annotated[
        bool,
        typer.Option(
            "--restart/--resume", help="Throw earlier answers away, or go on from them (default)."
        ),
    ] = False,
) -> None:
    """Answer every item of a folder or a table, exactly once, however often it is stopped."""
    from .batch.run import BatchOptions, run_batch

    options = BatchOptions(
        input=source,
        out=out,
        modality=cast("BatchModality", modality),
        model=model,
        labels=labels,
        column=column,
        aligned=aligned,
        workers=workers,
        address=address,
        batch_size=batch_size,
        restart=restart,
    )
    with _progress_bar() as on_items:
        record = run_batch(options, on_items, lambda told: tell([f"{source}: {told}"]))
    typer.echo(f"{record.items:,} items, {record.failed or 0:,} without an answer: {out}", err=True)
    raise typer.Exit(SOME_FAILED if record.failed else 0)


@contextmanager
def _progress_bar() -> "Generator[OnItems]":
    """A bar on standard error; where that is no terminal, its last state."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeLeft())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("")

        def on_items(done: int, failed: int, items: int) -> None:
            told = f"{failed:,} failed" if failed else ""
            bar.update(task, completed=done, total=items, description=told)

        yield on_items
