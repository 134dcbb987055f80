"""The command line: JSON lines on standard output, everything else on standard error.

Exit status: 0 every item answered, 3 some items failed, 2 wrong usage, 1 anything else.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .cli_adapt import adapt
from .cli_batch import register as register_batch
from .cli_data import data
from .cli_evaluate import register
from .cli_explanations import register as register_explanations
from .cli_fairness import register as register_fairness
from .cli_labelled import register_labelled
from .cli_models import register as register_models
from .cli_serve import register as register_serve
from .cli_train import train
from .errors import EmotionCoreError, InvalidInput
from .loading import (
    DEFAULT_AUDIO_MODEL,
    DEFAULT_FACE_MODEL,
    DEFAULT_FUSION_MODEL,
    DEFAULT_TEXT_MODEL,
)

if TYPE_CHECKING:
    from .recording.analysis import RecordingAnalysis
    from .rows import Row

FAILED, WRONG_USAGE, SOME_FAILED = 1, 2, 3

app = typer.Typer(
    help="Tell emotions from text, voice and faces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
predict = typer.Typer(help="Answer texts, sounds, images and recordings.", no_args_is_help=True)
evaluate = typer.Typer(help="Measure a model.", no_args_is_help=True)
app.add_typer(predict, name="predict")
app.add_typer(train, name="train")
app.add_typer(adapt, name="adapt")
app.add_typer(data, name="data")
app.add_typer(evaluate, name="evaluate")
register_models(app)
register(app, evaluate)
register_labelled(evaluate)
register_explanations(evaluate)
register_fairness(evaluate)
register_serve(app)
register_batch(app)

Model = Annotated[str, typer.Option(help="Bundle id or folder, or hub:owner/name.")]
TextModelOption = Annotated[
    str,
    typer.Option(
        "--model", help="Bundle id or folder, hub:owner/name, or auto: by each text's language."
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(help="Map to a label set: EMOTION6, EKMAN7, GOEMOTIONS28, IEMOCAP4, RAVDESS8."),
]
Out = Annotated[
    Path | None, typer.Option(help="Write .csv, .parquet or .jsonl instead of standard output.")
]


AnswersFolder = Annotated[
    Path | None,
    typer.Option(help="Folder of the encoders' answers; by default where training kept them."),
]
Pairs = Annotated[
    Path | None,
    typer.Option(
        help="With --config: folder or table of utterances, such as IEMOCAP or MELD. Without: the "
        ".npz archive of the encoders' answers to RAVDESS."
    ),
]
Split = Annotated[str, typer.Option(help="Which split to read.")]
Repeat = Annotated[
    bool, typer.Option(help="Read the test split of a bundle that has been measured.")
]


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done:,} of {total:,}")
        sys.stderr.write("\n" if done >= total else "")


@predict.command("text")
def predict_text(
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to answer.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV, TSV, TXT, JSONL or Parquet, one text a row.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="Column of the texts.")] = None,
    model: TextModelOption = DEFAULT_TEXT_MODEL,
    labels: Labels = None,
    out: Out = None,
) -> None:
    """Tell the emotions of texts."""
    from .labels import label_set
    from .rows import RowFile, columns
    from .text.pipeline import load_text_model
    from .text.routing import AUTOMATIC
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
    more = ("language", "model") if model == AUTOMATIC else ()
    with RowFile(out, [*columns(target, multi_label), *more]) as writer:
        for paired in predict_rows(opened, rows, total, target, _progress if file else None):
            failed |= any(isinstance(answer, Exception) for _, answer in paired)
            writer.write(table_rows(paired, target, multi_label))
    raise typer.Exit(SOME_FAILED if failed else 0)


@predict.command("audio")
def predict_audio(
    paths: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")],
    model: Model = DEFAULT_AUDIO_MODEL,
    labels: Labels = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="One row per window of speech.")
    ] = False,
    window: Annotated[float, typer.Option(help="Seconds of a window of the time line.")] = 3.0,
    hop: Annotated[float, typer.Option(help="Seconds from one window to the next.")] = 1.0,
    out: Out = None,
) -> None:
    """Tell how voices sound."""
    from .audio.answers import recordings_in, timeline_rows, whole_row
    from .audio.pipeline import load_audio_model
    from .audio.windows import check_window
    from .labels import label_set

    check_window(window, hop)
    files = recordings_in(paths)
    opened = load_audio_model(model)
    target = label_set(labels) if labels else opened.labels

    def rows_of(path: Path) -> "list[Row]":
        if timeline:
            return list(timeline_rows(opened, path, target, window, hop))
        return [whole_row(opened, path, target)]

    _answer_files(files, rows_of, target, out)


@predict.command("image")
def predict_image(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    model: Model = DEFAULT_FACE_MODEL,
    labels: Labels = None,
    aligned: Annotated[
        bool, typer.Option("--aligned", help="Each picture is a face already: detect nothing.")
    ] = False,
    out: Out = None,
) -> None:
    """Tell what the faces in pictures express, a row each."""
    from .face.answers import picture_rows, pictures_in
    from .face.pipeline import load_face_model
    from .labels import label_set

    opened = load_face_model(model)
    target = label_set(labels) if labels else opened.labels
    _answer_files(
        pictures_in(paths), lambda path: picture_rows(opened, path, target, aligned), target, out
    )


@predict.command("video")
def predict_video(
    paths: Annotated[list[Path], typer.Argument(help="Videos, or folders of them.")],
    model: Model = DEFAULT_FACE_MODEL,
    labels: Labels = None,
    fps: Annotated[float, typer.Option(help="Frames a second that are looked at.")] = 5.0,
    out: Out = None,
) -> None:
    """Tell what the faces in videos express, a row for each person and moment."""
    from .face.answers import video_rows, videos_in
    from .face.pipeline import load_face_model
    from .labels import label_set

    opened = load_face_model(model)
    target = label_set(labels) if labels else opened.labels
    _answer_files(videos_in(paths), lambda path: video_rows(opened, path, target, fps), target, out)


@predict.command("recording")
def predict_recording(
    path: Annotated[Path, typer.Argument(help="A video, or a recording of sound.")],
    out: Annotated[Path, typer.Option(help="Folder of the time line, summary and report.")],
    transcript: Annotated[
        Path | None, typer.Option(help="What is said: SRT, WebVTT or plain text.")
    ] = None,
    recogniser: Annotated[
        str | None,
        typer.Option(help="Writes the words down: pocketsphinx, faster-whisper:M or whisper:M."),
    ] = None,
    text_model: Model = DEFAULT_TEXT_MODEL,
    audio_model: Model = DEFAULT_AUDIO_MODEL,
    face_model: Model = DEFAULT_FACE_MODEL,
    fusion_model: Model = DEFAULT_FUSION_MODEL,
    labels: Labels = None,
    fps: Annotated[float, typer.Option(help="Frames a second that are looked at.")] = 5.0,
    window: Annotated[float, typer.Option(help="Seconds of a window.")] = 3.0,
    hop: Annotated[float, typer.Option(help="Seconds from one window to the next.")] = 1.0,
    annotated: Annotated[
        bool, typer.Option("--annotated", help="Also write annotated.mp4, with the fused answer.")
    ] = False,
    blur: Annotated[
        bool, typer.Option("--blur", help="Make the faces in annotated.mp4 unrecognisable.")
    ] = False,
) -> None:
    """Tell what words, voice and faces of a recording express, one by one and together."""
    from .audio.windows import check_window
    from .labels import label_set
    from .recording.answers import write_failure, write_recording
    from .recording.captions.reading import read_transcript
    from .recording.labelled import in_labels
    from .recording.pipeline import load_recording_model
    from .recording.portraits import conflict_portraits
    from .recording.recognition.recogniser import open_recogniser

    if not path.is_file():
        raise InvalidInput(f"{path}: expected a recording, got a folder or nothing")
    words = read_transcript(transcript) if transcript else None
    writer = open_recogniser(recogniser) if recogniser else None
    check_window(window, hop)
    model = load_recording_model(text_model, audio_model, face_model, fusion_model)
    target = label_set(labels) if labels else model.labels
    try:
        analysis = model.analyse(
            path,
            transcript=words,
            recogniser=writer,
            fps=fps,
            window_s=window,
            hop_s=hop,
            on_stage=_stage_progress,
        )
    except EmotionCoreError as error:
        write_failure(error, out, target, str(path))
        raise _some_failed(f"error: {error}") from error
    portraits = conflict_portraits(path, analysis)
    write_recording(analysis, out, target, model.specs, source=str(path), portraits=portraits)
    _echo_all(f"{stage}: {why}" for stage, why in analysis.failures.items())
    if annotated:
        _annotate(path, in_labels(analysis, target, model.specs), out / "annotated.mp4", blur)


def _some_failed(why: str) -> typer.Exit:
    """Says why, and is the exit to raise."""
    typer.echo(why, err=True)
    return typer.Exit(SOME_FAILED)


def _echo_all(lines: Iterable[str]) -> None:
    """Lines on standard error."""
    for line in lines:
        typer.echo(line, err=True)


def _annotate(path: Path, judged: "RecordingAnalysis", target: Path, blur: bool) -> None:
    """Write the annotated video; a recording without a picture has none."""
    from .recording.film import annotate_recording

    try:
        notices = annotate_recording(path, judged, target, blur=blur)
    except EmotionCoreError as error:
        raise _some_failed(f"{target.name}: {error}") from error
    _echo_all(f"{target.name}: {notice}" for notice in notices)


def _stage_progress(stage: str, done_s: float, expected_s: float | None) -> None:
    if sys.stderr.isatty():
        of = f" of {expected_s:,.0f}" if expected_s else ""
        sys.stderr.write(f"\r{stage}: {done_s:,.0f}{of} s    ")


def _answer_files(
    files: Sequence[Path],
    rows_of: "Callable[[Path], Sequence[Row]]",
    labels: tuple[str, ...],
    out: Path | None,
) -> NoReturn:
    """Write the rows of each file as they come, and exit with the status that they ask for."""
    from .rows import RowFile, columns

    failed = False
    with RowFile(out, columns(labels)) as writer:
        for done, path in enumerate(files, 1):
            rows = rows_of(path)
            failed |= any(row["error"] for row in rows)
            writer.write(rows)
            _progress(done, len(files))
    raise typer.Exit(SOME_FAILED if failed else 0)


@evaluate.command("fusion")
def evaluate_fusion_command(
    model: Model, data: AnswersFolder = None, split: Split = "test", repeat: Repeat = False
) -> None:
    """Measure a fusion on composed or paired moments and write its record and its card."""
    from .training.fusion_record import measure_fusion_bundle

    typer.echo(json.dumps(measure_fusion_bundle(model, data, split, repeat)))


@evaluate.command("pairs")
def evaluate_pairs_command(
    out: Annotated[Path, typer.Option(help="Folder of what is found, as JSON.")],
    data: Pairs = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file of a fusion that is cross-validated.")
    ] = None,
    random: Annotated[
        bool, typer.Option("--random", help="Measure a random split too, to see how it flatters.")
    ] = False,
) -> None:
    """Measure fusions on real pairs, no speaker on both sides.

    With --config: that fusion on your utterances, such as IEMOCAP or MELD. Without: every way of
    fusing on the answers of published encoders to RAVDESS.
    """
    from .training.config import load_config
    from .training.fusion_config import FusionConfig
    from .training.fusion_ravdess import SOURCE, measure_ravdess
    from .training.paired_training import cross_validate_paired

    if config is None:
        out.mkdir(parents=True, exist_ok=True)
        measure_ravdess(out / "ravdess-paired.json", str(data or SOURCE))
        return
    options = load_config(FusionConfig, config, [])
    options.data = str(data or options.data)
    cross_validate_paired(options, out, random=random)


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
