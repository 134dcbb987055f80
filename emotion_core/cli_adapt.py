"""The command that adapts a shipped network to a few labelled examples."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from .loading import DEFAULT_AUDIO_MODEL, DEFAULT_FACE_MODEL, DEFAULT_TEXT_MODEL

adapt = typer.Typer(
    help="Adapt a shipped network to a few labelled examples.", no_args_is_help=True
)

Data = Annotated[
    Path, typer.Option(help="Folder or ZIP with a folder per class, or CSV, JSONL or Parquet.")
]
NewBundle = Annotated[Path, typer.Option(help="Folder of the new bundle.")]
Model = Annotated[str, typer.Option(help="Bundle that it is built on.")]
Split = Annotated[str, typer.Option(help="Split that is learnt from; all: every item.")]
Group = Annotated[str, typer.Option(help="Column of speaker or dialogue, kept apart in the folds.")]


@adapt.command("text")
def adapt_text_command(
    data: Data, out: NewBundle, model: Model = DEFAULT_TEXT_MODEL, split: Split = "train",
    group: Group = "",
) -> None:  # fmt: skip
    """Adapt a text model."""
    _adapt("text", data, out, model, split, group)


@adapt.command("audio")
def adapt_audio_command(
    data: Data, out: NewBundle, model: Model = DEFAULT_AUDIO_MODEL, split: Split = "train",
    group: Group = "",
) -> None:  # fmt: skip
    """Adapt a voice model."""
    _adapt("audio", data, out, model, split, group)


@adapt.command("image")
def adapt_image_command(
    data: Data, out: NewBundle, model: Model = DEFAULT_FACE_MODEL, split: Split = "train",
    group: Group = "",
    aligned: Annotated[bool, typer.Option(help="Each picture is a face already.")] = False,
) -> None:  # fmt: skip
    """Adapt a face model."""
    _adapt("face", data, out, model, split, group, aligned)


def _adapt(
    modality: str, data: Path, out: Path, model: str, split: str, group: str, aligned: bool = False
) -> None:
    from .adaptation.adapt import adapt as fit
    from .adaptation.adapt import write_adaptation
    from .datasets.labelled_items import LabelledChoice
    from .datasets.labelled_source import read_labelled
    from .training.runs import require_place

    require_place(out)
    items = read_labelled(modality, data, LabelledChoice(split=split, group=group))  # type: ignore[arg-type]
    for notice in items.notices:
        typer.echo(notice, err=True)
    adapted = fit(model, items, aligned=aligned, on_stage=_tell)
    write_adaptation(adapted, out, " ".join(["python -m emotion_core", *sys.argv[1:]]))
    report = adapted.report
    for error in report.errors:
        typer.echo(error, err=True)
    content = {"examples": report.scores.n, "protocol": report.protocol, "gain": report.gain}
    typer.echo(json.dumps(content | {"settings": dict(report.settings)}, indent=1))


def _tell(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{stage}: {done:,} of {total:,} ")
        sys.stderr.write("\n" if done >= total else "")
