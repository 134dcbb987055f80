"""The command that judges explanations: `python -m emotion_core evaluate explanations ...`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .cli_output import show_progress

Model = Annotated[str, typer.Option(help="Bundle id or folder, of text, voice or faces.")]
Data = Annotated[
    Path | None, typer.Option(help="As for training; without it, what the bundle was trained on.")
]
Split = Annotated[str, typer.Option(help="Of which items are explained.")]
Items = Annotated[
    int | None, typer.Option(min=2, help="How many; 200 texts or faces, 60 recordings.")
]
Folds = Annotated[
    Path | None,
    typer.Option(help="Of a cross-validated voice: folder of the bundles without a fold each."),
]


def register(evaluate: typer.Typer) -> None:
    """Add the command `explanations` to `evaluate`."""
    evaluate.command("explanations")(explanations_command)


def explanations_command(
    model: Model,
    data: Data = None,
    split: Split = "validation",
    items: Items = None,
    folds: Folds = None,
) -> None:
    """Judge a bundle's explanations by deletion and insertion; writes its explanations.json."""
    from .training.explanation_record import judge_explanations

    record = judge_explanations(model, data, split, items, folds, show_progress)
    told = {
        method: {
            "items": found["items"],
            **{f"{name}_gain": found[name]["gain"] for name in ("deletion", "insertion")},
            **{
                f"{name}_gain_interval": found[name]["gain_interval"]
                for name in ("deletion", "insertion")
            },
        }
        for method, found in record["methods"].items()
    }
    typer.echo(json.dumps(told))
