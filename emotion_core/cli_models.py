"""The command that lists the models: `python -m emotion_core models`."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from .types import ModelSpec

COLUMNS = ("model", "modality", "labels", "accuracy", "UAR", "macro F1", "licence")
SCORES = ("accuracy", "uar", "macro_f1")


def register(app: typer.Typer) -> None:
    """Add the command `models`."""
    app.command("models")(models_command)


def models_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the models with their measured scores."""
    from .registry import available, damaged

    specs = available()
    if as_json:
        typer.echo(json.dumps([_record(spec) for spec in specs], ensure_ascii=False))
    else:
        typer.echo("\n".join(_table([COLUMNS, *map(_row, specs)])))
    for name, why in damaged().items():
        typer.echo(f"{name}: {why}", err=True)


def _record(spec: "ModelSpec") -> dict[str, object]:
    return {
        "id": spec.id,
        "modality": spec.modality,
        "labels": list(spec.labels),
        "multi_label": spec.multi_label,
        "licence": spec.licence,
        "metrics": dict(spec.metrics),
        "protocol": spec.protocol,
        "folder": str(spec.folder),
    }


def _row(spec: "ModelSpec") -> tuple[str, ...]:
    scores = (spec.metrics.get(name) for name in SCORES)
    told = ("-" if score is None else f"{score:.4f}" for score in scores)
    return spec.id, spec.modality, str(len(spec.labels)), *told, spec.licence


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines in which columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
