"""Commands for data: what is known of public sets, what a source holds, splits, prepared files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .cli_output import check_targets, show_progress, tell, write_json
from .errors import InvalidInput

data = typer.Typer(help="Look at, divide and prepare data to train on.", no_args_is_help=True)

Source = Annotated[
    Path, typer.Argument(help="Folder, ZIP or table of labelled items, or a known data set.")
]
Modality = Annotated[
    str, typer.Option(help="text, audio, image or video; found out where it is not said.")
]
Group = Annotated[str, typer.Option(help="Column of speaker or dialogue.")]
FAULTY = 1


def _table(path: Path, modality: str, group: str) -> Any:
    from .datasets.table import DATA_MODALITIES, guess_modality, read_data

    if modality and modality not in DATA_MODALITIES:
        raise InvalidInput(
            f"--modality: expected one of {', '.join(DATA_MODALITIES)}, got {modality!r}"
        )
    return read_data(modality or guess_modality(path), path, group)  # type: ignore[arg-type]


@data.command("cards")
def cards_command(
    name: Annotated[str | None, typer.Argument(help="Of one data set.")] = None,
) -> None:
    """Print where public data sets are, their licences and their traps."""
    from .datasets.catalogue import data_card, data_cards

    cards = [data_card(name)] if name else list(data_cards().values())
    typer.echo("\n\n".join(card.as_text() for card in cards))


@data.command("check")
def check_command(
    path: Source,
    modality: Modality = "",
    group: Group = "",
    out: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
) -> None:
    """Open every item; print classes, sizes, broken files, copies and speakers."""
    from .datasets.check import check_data

    check_targets(out)
    report = check_data(_table(path, modality, group), show_progress)
    tell([*(f"fault: {f}" for f in report.faults), *report.notices, *report.warnings])
    write_json(report.as_dict(), out)
    if report.faults:
        raise typer.Exit(FAULTY)


@data.command("split")
def split_command(
    path: Source,
    out: Annotated[Path, typer.Option(help="Table to write: .csv, .jsonl or .parquet.")],
    by: Annotated[str, typer.Option(help="speaker, dialogue or random.")] = "speaker",
    stratify: Annotated[bool, typer.Option(help="Keep the shares of the classes.")] = True,
    shares: Annotated[
        str, typer.Option(help="Of train, validation and test, joined by commas.")
    ] = "0.7,0.15,0.15",
    modality: Modality = "",
    group: Group = "",
    seed: int = 42,
) -> None:
    """Divide items so that no speaker or dialogue is on both sides, nor a copy if that can be."""
    from .datasets.check import copies_across, look_at_all
    from .datasets.division import SPLIT_BY, divided
    from .datasets.sources import SPLITS
    from .datasets.table import require_writable, write_table

    check_targets(out)
    if by not in SPLIT_BY:
        raise InvalidInput(f"--by: expected one of {', '.join(SPLIT_BY)}, got {by!r}")
    table = _table(path, modality, group)
    tell(table.notices)
    require_writable(table, out)
    fractions = _fractions(shares, SPLITS)
    looks = look_at_all(table, show_progress)
    found = divided(table, by, fractions, stratify=stratify, seed=seed, looks=looks)  # type: ignore[arg-type]
    write_table(found, out)
    if by == "random":
        tell(["a random split puts a speaker on both sides; scores will flatter"])
    if across := copies_across(looks, found.splits):
        tell([f"{across} items have an exact copy in another split: most of the data share some"])
    counts = {s: sum(x == s for x in found.splits) for s in fractions}
    write_json({"table": str(out), "items": counts}, None)


@data.command("prepare")
def prepare_command(
    path: Source,
    out: Annotated[Path, typer.Option(help="Folder of the prepared data set.")],
    modality: Modality = "",
    group: Group = "",
    size: Annotated[int, typer.Option(help="Pixels of a face.")] = 48,
    aligned: Annotated[bool, typer.Option(help="Each picture is a face already.")] = False,
) -> None:
    """Decode every item once, as trainings read it; goes on where an earlier run stopped."""
    from .datasets.check import split_faults
    from .datasets.prepare import PrepareSettings, prepare

    table = _table(path, modality, group)
    tell([*table.notices, *split_faults(table)])
    found = prepare(table, out, PrepareSettings(size, aligned), show_progress)
    tell(f"{name}: {why}" for name, why in found.broken.items())
    write_json(
        {"table": str(found.index), "items": found.items, "left_out": len(found.broken)}, None
    )


def _fractions(shares: str, names: tuple[str, ...]) -> dict[str, float]:
    """Split -> share; a split without one is left out."""
    try:
        values = [float(x) for x in shares.split(",")]
    except ValueError as error:
        raise InvalidInput(f"--shares: expected numbers with commas, got {shares!r}") from error
    if len(values) > len(names):
        raise InvalidInput(f"--shares: expected {len(names)} numbers at most, got {len(values)}")
    return {n: v for n, v in zip(names, values, strict=False) if v > 0}
