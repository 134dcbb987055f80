"""`evaluate text|audio|image`: a model on your own labelled items, or on its own split."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .cli_evaluate import Group, Json, ReportOut
from .cli_output import check_targets, show_progress, tell, write_json, write_text
from .errors import InvalidInput
from .loading import DEFAULT_AUDIO_MODEL, DEFAULT_FACE_MODEL, DEFAULT_TEXT_MODEL, load

if TYPE_CHECKING:
    from .datasets.labelled_items import LabelledChoice, LabelledModality
    from .evaluation.labelled_report import LabelledReport

SOME_FAILED = 3
MODALITIES: Mapping[str, tuple["LabelledModality", str, str]] = {
    "text": ("text", DEFAULT_TEXT_MODEL, "texts"),
    "audio": ("audio", DEFAULT_AUDIO_MODEL, "recordings"),
    "image": ("face", DEFAULT_FACE_MODEL, "pictures"),
}
"""command -> modality, the model that answers unless another is named, and what it answers"""
PREDICTION_ENDINGS = (".parquet", ".csv", ".jsonl")

Data = Annotated[
    Path | None,
    typer.Option(help="Folder or ZIP of classes, table with labels, or known data set."),
]
Model = Annotated[str, typer.Option(help="Bundle id or folder, or hub:owner/name.")]
Split = Annotated[str, typer.Option(help="Which split to read; all takes every one.")]
LabelSet = Annotated[
    str, typer.Option(help="Carry answers and labels to a label set: EMOTION6, EKMAN7, ...")
]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", help="Your label and the one it means, theirs=ours; repeatable."),
]
Slices = Annotated[
    list[str] | None, typer.Option("--slice", help="Column to compare scores by; repeatable.")
]
Column = Annotated[str, typer.Option(help="Column of the texts or paths.")]
Truth = Annotated[str, typer.Option(help="Column of the true labels.")]
Predictions = Annotated[
    Path | None, typer.Option(help="Write every answer: .parquet, .csv or .jsonl.")
]
Record = Annotated[
    bool, typer.Option("--record", help="Measure the bundle's own split, found under --data.")
]
Repeat = Annotated[
    bool, typer.Option("--repeat", help="Read the test split of a measured bundle again.")
]


@dataclass(frozen=True)
class _Outputs:
    """Where a report goes."""

    json: Path | None
    html: Path | None
    predictions: Path | None

    def refuse(self) -> None:
        """Raise where files are named for a bundle's own record, which has its own."""
        if self.json or self.html or self.predictions:
            raise InvalidInput(
                "--json, --report and --predictions are for labelled items; name them with --data"
            )

    def check(self) -> None:
        """Raise before the work is done where a file could not be written."""
        check_targets(self.json, self.html, self.predictions)
        target = self.predictions
        if target is not None and target.suffix.lower() not in PREDICTION_ENDINGS:
            raise InvalidInput(
                f"--predictions {target}: expected an ending of {', '.join(PREDICTION_ENDINGS)}"
            )


def register_labelled(evaluate: typer.Typer) -> None:
    """Add `text`, `audio` and `image` to the commands of `evaluate`."""
    for name, (_, _, things) in MODALITIES.items():
        evaluate.command(name, help=_help(things))(_command(name))


def _help(things: str) -> str:
    return (
        f"Measure a model on labelled {things}.\n\nWith --data: on yours, from the raw item to the "
        "answer; nothing is written but the files that you name. Without it: the bundle named by "
        "--model on the split it was trained for, writing its record and its card."
    )


def _command(name: str) -> Callable[..., None]:
    """The command of one modality."""
    modality, default, _ = MODALITIES[name]
    pictures = modality == "face"

    def measure(
        data: Data = None,
        model: Model = "",
        split: Split = "test",
        labels: LabelSet = "",
        maps: Maps = None,
        column: Column = "",
        truth: Truth = "",
        group: Group = None,
        slices: Slices = None,
        aligned: Annotated[
            bool,
            typer.Option(
                "--aligned", hidden=not pictures, help="Each picture is a face: detect nothing."
            ),
        ] = False,
        out: Json = None,
        report: ReportOut = None,
        predictions: Predictions = None,
        record: Record = False,
        repeat: Repeat = False,
    ) -> None:
        from .datasets.labelled_items import LabelledChoice

        if aligned and not pictures:
            raise InvalidInput("--aligned is for pictures")
        outputs = _Outputs(out, report, predictions)
        if data is None or record:
            outputs.refuse()
            _measure_bundle(name, model, data, split, repeat)
            return
        outputs.check()
        choice = LabelledChoice(split, column, truth, group or "", tuple(slices or ()))
        found = _measured(modality, model or default, data, choice, labels, maps or [], aligned)
        _write(found, outputs)
        raise typer.Exit(SOME_FAILED if found.report.unanswered else 0)

    return measure


def _measured(
    modality: "LabelledModality",
    model: str,
    data: Path,
    choice: "LabelledChoice",
    labels: str,
    maps: list[str],
    aligned: bool,
) -> "LabelledReport":
    from .datasets.labelled_source import read_labelled
    from .evaluation.labelled_mapping import map_labels, parse_map
    from .evaluation.labelled_report import evaluate_labelled

    explicit = parse_map(maps)
    items = read_labelled(modality, data, choice)
    opened = load(model, modality)
    carried = map_labels(items.label_counts(), opened.labels, labels, explicit)
    return evaluate_labelled(opened, items, carried, aligned=aligned, on_progress=show_progress)


def _write(found: "LabelledReport", outputs: _Outputs) -> None:
    from .evaluation.labelled_report import write_answers
    from .evaluation.report_page import report_page

    share = found.report.unanswered / found.report.scores.n
    tell([f"{found.report.unanswered:,} of {found.report.scores.n:,} items ({share:.1%}) have no "
          "answer and count as wrong", *found.report.predictions.notices])  # fmt: skip
    write_json(found.as_dict(), outputs.json)
    if outputs.html is not None:
        write_text(outputs.html, report_page(found.report))
    if outputs.predictions is not None:
        write_answers(found.frame(), outputs.predictions)


def _measure_bundle(name: str, model: str, data: Path | None, split: str, repeat: bool) -> None:
    """A bundle on the split it was trained for; writes its record and its card."""
    if not model:
        raise InvalidInput(
            f"evaluate {name}: give --data with labelled items, or --model with a bundle that is "
            "measured on the split it was trained for"
        )
    if name == "text":
        from .training.text_record import measure_text_bundle as measure
    elif name == "audio":
        from .training.audio_record import measure_audio_bundle as measure
    else:
        from .training.face_record import measure_face_bundle as measure
    typer.echo(json.dumps(measure(model, data, split, repeat)))
