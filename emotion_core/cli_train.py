"""The commands that train: `python -m emotion_core train ...`."""

import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from .errors import InvalidInput

if TYPE_CHECKING:
    from .training.run_config import RunConfig

LOOK_EVERY_S = 1.0
STOPPED = 1
"""exit status"""

train = typer.Typer(help="Train a model on your own data.", no_args_is_help=True)

Data = Annotated[
    Path | None,
    typer.Option(help="Folder of splits or classes, a known data set, or a CSV, JSONL or Parquet."),
]
Utterances = Annotated[
    Path | None,
    typer.Option(
        help="Folder or table of utterances with words, voice or face, such as IEMOCAP or MELD; "
        "without it, moments composed of the data sets that the configuration names."
    ),
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="YAML file of settings.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A setting, such as batch_size=16.")
]
NewBundle = Annotated[Path, typer.Option(help="Folder of the new bundle.")]


class TrainingConfig(Protocol):
    """What the settings of every kind of model have."""

    id: str
    data: str
    run: "RunConfig"


Config = TypeVar("Config", bound=TrainingConfig, contravariant=True)


class Training(Protocol[Config]):
    """From settings to a bundle."""

    def __call__(self, config: Config, out: Path, command: str = "") -> None: ...


@train.command("text")
def train_text_command(
    out: NewBundle, data: Data = None, config: ConfigFile = None, settings: Settings = None
) -> None:
    """Train a text model and write its bundle."""
    from .training.text_config import TextConfig
    from .training.text_training import train_text

    _train(TextConfig, train_text, out, data, config, settings)


@train.command("audio")
def train_audio_command(
    out: NewBundle, data: Data = None, config: ConfigFile = None, settings: Settings = None
) -> None:
    """Train a voice model and write its bundle."""
    from .training.audio_config import AudioConfig
    from .training.audio_training import train_audio

    _train(AudioConfig, train_audio, out, data, config, settings)


@train.command("image")
def train_image_command(
    out: NewBundle, data: Data = None, config: ConfigFile = None, settings: Settings = None
) -> None:
    """Train a face model and write its bundle."""
    from .training.face_config import FaceConfig
    from .training.face_training import train_face

    _train(FaceConfig, train_face, out, data, config, settings)


@train.command("video")
def train_video_command(
    out: NewBundle, data: Data = None, config: ConfigFile = None, settings: Settings = None
) -> None:
    """Train a model of clips (frames, GRU, attention) and write its bundle."""
    from .training.video_config import VideoConfig
    from .training.video_training import train_video

    _train(VideoConfig, train_video, out, data, config, settings)


@train.command("fusion")
def train_fusion_command(
    out: NewBundle, data: Utterances = None, config: ConfigFile = None, settings: Settings = None
) -> None:
    """Train what fuses words, voice and face, and write its bundle."""
    from .training.fusion_config import FusionConfig
    from .training.fusion_training import train_fusion

    _train(FusionConfig, train_fusion, out, data, config, settings)


def _train(
    kind: type[Config],
    training: Training[Config],
    out: Path,
    data: Path | None,
    config: Path | None,
    settings: list[str] | None,
) -> None:
    """Read the settings, and train where a terminal and the Training page can watch."""
    from .training.config import load_config
    from .training.runs import recorded, work_of

    options = load_config(kind, config, settings or [])
    if data is None and not options.data:
        raise InvalidInput("no data: give --data or set `data` in the configuration")
    options.data = str(data) if data is not None else options.data
    if config is None:
        options.id = out.name
    command = " ".join(["python -m emotion_core", *sys.argv[1:]])
    alone = options.run.machines <= 1
    try:
        with recorded(out, sys.argv[1:], alone=alone), _progress_shown(work_of(out)):
            _do(training, options, out, command)
    except KeyboardInterrupt as stop:
        told = "Stopped. The same command goes on from the last epoch that was finished."
        typer.echo(told, err=True)
        raise typer.Exit(STOPPED) from stop


def _do(training: Training[Config], options: Config, out: Path, command: str) -> None:
    """Train; a machine beside the first one writes no bundle."""
    from .training.running import PartDone

    try:
        training(options, out, command=command)
    except PartDone:
        typer.echo("This machine has done its part; the first one writes the bundle.", err=True)


@contextmanager
def _progress_shown(work: Path) -> Generator[None]:
    """Keep a line with the time left on the terminal; nothing where there is none."""
    if not sys.stderr.isatty():
        yield
        return
    ended = threading.Event()
    shower = threading.Thread(target=_show_progress, args=(work, ended), daemon=True)
    shower.start()
    try:
        yield
    finally:
        ended.set()
        shower.join()
        sys.stderr.write("\n")


def _show_progress(work: Path, ended: threading.Event) -> None:
    from .training.watching import read_progress

    began_s, first = time.monotonic(), read_progress(work).share
    while not ended.wait(LOOK_EVERY_S):
        found = read_progress(work)
        line = f"{found.share:4.0%}  network {min(found.done + 1, found.networks)} of "
        line += f"{found.networks}, epoch {min(found.epoch + 1, found.epochs)} of {found.epochs}"
        if found.share > first:
            spent_s = time.monotonic() - began_s
            left_s = spent_s * (1 - found.share) / (found.share - first)
            line += f", {left_s / 60:.0f} min left"
        sys.stderr.write(f"\r{line:<78}")
        sys.stderr.flush()
