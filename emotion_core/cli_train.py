"""The commands that train: `python -m emotion_core train ...`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import InvalidInput

train = typer.Typer(help="Train a model on your own data.", no_args_is_help=True)

Data = Annotated[
    Path | None,
    typer.Option(help="Folder of splits or classes, a known data set, or a CSV, JSONL or Parquet."),
]
Config = Annotated[Path | None, typer.Option(help="YAML file of settings.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A setting, such as batch_size=16.")
]
NewBundle = Annotated[Path, typer.Option(help="Folder of the new bundle.")]


@train.command("text")
def train_text_command(
    out: NewBundle, data: Data = None, config: Config = None, settings: Settings = None
) -> None:
    """Train a text model and write its bundle."""
    from .training.config import TextConfig, load_config
    from .training.text_training import train_text

    options = load_config(TextConfig, config, settings or [])
    options.data = _data(data, options.data)
    if config is None:
        options.id = out.name
    train_text(options, out, command=_command())


@train.command("audio")
def train_audio_command(
    out: NewBundle, data: Data = None, config: Config = None, settings: Settings = None
) -> None:
    """Train a voice model and write its bundle."""
    from .training.audio_config import AudioConfig
    from .training.audio_training import train_audio
    from .training.config import load_config

    options = load_config(AudioConfig, config, settings or [])
    options.data = _data(data, options.data)
    if config is None:
        options.id = out.name
    train_audio(options, out, command=_command())


@train.command("image")
def train_image_command(
    out: NewBundle, data: Data = None, config: Config = None, settings: Settings = None
) -> None:
    """Train a face model and write its bundle."""
    from .training.config import load_config
    from .training.face_config import FaceConfig
    from .training.face_training import train_face

    options = load_config(FaceConfig, config, settings or [])
    options.data = _data(data, options.data)
    if config is None:
        options.id = out.name
    train_face(options, out, command=_command())


@train.command("video")
def train_video_command(
    out: NewBundle, data: Data = None, config: Config = None, settings: Settings = None
) -> None:
    """Train a model of clips (frames, GRU, attention) and write its bundle."""
    from .training.config import load_config
    from .training.video_config import VideoConfig
    from .training.video_training import train_video

    options = load_config(VideoConfig, config, settings or [])
    options.data = _data(data, options.data)
    if config is None:
        options.id = out.name
    train_video(options, out, command=_command())


@train.command("fusion")
def train_fusion_command(
    out: NewBundle, data: Data = None, config: Config = None, settings: Settings = None
) -> None:
    """Train what fuses words, voice and face, and write its bundle."""
    from .training.config import load_config
    from .training.fusion_config import FusionConfig
    from .training.fusion_training import train_fusion

    options = load_config(FusionConfig, config, settings or [])
    options.data = _data(data, options.data)
    if config is None:
        options.id = out.name
    train_fusion(options, out, command=_command())


def _data(given: Path | None, configured: str) -> str:
    if given is None and not configured:
        raise InvalidInput("no data: give --data or set `data` in the configuration")
    return str(given) if given is not None else configured


def _command() -> str:
    """The command as typed, for the manifest."""
    return " ".join(["python -m emotion_core", *sys.argv[1:]])
