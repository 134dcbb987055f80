"""Commands that tell whom a bundle treats differently, what leaks into its test, and its worth."""

from pathlib import Path
from typing import Annotated

import typer

from .cli_output import check_targets, show_progress, tell, write_json
from .errors import InvalidInput

Model = Annotated[str, typer.Option(help="Bundle id or folder.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write here, not to standard output.")]
Keep = Annotated[bool, typer.Option("--keep", help="Also keep it in the bundle and its card.")]
OneData = Annotated[
    Path | None, typer.Option(help="As for training; without it, what the bundle learnt from.")
]


def register(evaluate: typer.Typer) -> None:
    """Add `fairness`, `bundle-leaks` and `leakage` to `evaluate`."""
    evaluate.command("fairness")(fairness_command)
    evaluate.command("bundle-leaks")(bundle_leaks_command)
    evaluate.command("leakage")(leakage_command)


def fairness_command(
    model: Model,
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder with a table of who speaks or who is on each picture; repeatable. A text "
            "model needs none."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--slice", help="Column to compare by; repeatable. Without it, known ones."),
    ] = None,
    out: Json = None,
    keep: Keep = False,
) -> None:
    """Compare what a bundle answers for different people."""
    from .evaluation.cards import keep_finding
    from .evaluation.fairness import told
    from .evaluation.fairness_measure import measure_fairness
    from .evaluation.findings import FAIRNESS

    check_targets(out)
    found = measure_fairness(model, data or (), columns or (), show_progress)
    tell([told(check) for part in found["parts"] for check in part["checks"]])
    if keep:
        keep_finding(model, FAIRNESS, found)
    write_json(found, out)


def bundle_leaks_command(
    model: Model,
    data: OneData = None,
    out: Json = None,
    keep: Keep = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse to print scores where the test leaks.")
    ] = False,
) -> None:
    """Look for a bundle's test items in what it was trained on, and score it without them."""
    from .evaluation.cards import keep_finding
    from .evaluation.findings import LEAKS
    from .training.bundle_leaks import bundle_leaks, leaks_in

    check_targets(out)
    found = bundle_leaks(model, data, show_progress)
    if keep:
        keep_finding(model, LEAKS, found)
    if strict and (why := leaks_in(found)):
        raise InvalidInput(f"{model}: no score is printed, since the test leaks: {why}")
    write_json(found, out)


def leakage_command(
    model: Model,
    work: Annotated[Path, typer.Option(help="Folder of checkpoints; a stopped run goes on.")],
    data: OneData = None,
    epochs: Annotated[int, typer.Option(help="Of each of the two trainings.")] = 16,
    size: Annotated[int, typer.Option(help="Pixels of a face.")] = 32,
    faces: Annotated[int, typer.Option(help="Training faces at most; 0 takes all.")] = 8000,
    out: Json = None,
    keep: Keep = False,
) -> None:
    """Train a face bundle's network with and without copies of the test, and compare."""
    from .evaluation.cards import keep_finding
    from .evaluation.findings import LEAKAGE
    from .training.face_leakage import LeakageRun, measure_face_leakage

    check_targets(out)
    found = measure_face_leakage(model, data, LeakageRun(epochs, size, faces), work)
    if keep:
        keep_finding(model, LEAKAGE, found)
    write_json(found, out)
