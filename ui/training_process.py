"""Trainings as processes of their own, which outlive a page and the app."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from emotion_core.errors import EmotionCoreError, InvalidInput, MissingDependency
from emotion_core.registry import own_folder
from emotion_core.training.runs import Run, read_run, require_place, work_of

from .training_table import cannot_go_on, forget_table, keep_table

ROOT = Path(__file__).resolve().parent.parent
LOG = "log.txt"
PROGRAM = ("-m", "emotion_core")
NAME_LENGTH = 60


@dataclass(frozen=True)
class Kind:
    """A kind of model that can be trained.

    Attributes:
        command: of `train`
        title: for a person
        things: what its items are
        needs_trainer: whether the extra `train` must be installed
        fixed: settings that make it this kind
    """

    command: str
    title: str
    things: str
    needs_trainer: bool = True
    fixed: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "words": Kind("text", "Texts: counting words (seconds)", "texts", False,
                  ("architecture=naive-bayes",)),
    "text": Kind("text", "Texts: transformer, BiLSTM, attention", "texts"),
    "audio": Kind("audio", "Voices: convolutions and GRU", "recordings"),
    "image": Kind("image", "Faces: residual network", "pictures"),
    "video": Kind("video", "Clips of faces: convolutions and GRU", "clips"),
}  # fmt: skip


def config_of(kind: Kind, settings: Sequence[str]) -> Any:
    """Typed settings of a kind.

    Args:
        kind: to be trained
        settings: each `key=value`

    Raises:
        InvalidInput: for an unknown setting, with the nearest valid one, or a wrong value
    """
    from emotion_core.training.config import load_config
    from emotion_core.training.text_config import TextConfig

    if kind.command == "text":
        return load_config(TextConfig, None, [*kind.fixed, *settings])
    if kind.command == "audio":
        from emotion_core.training.audio_config import AudioConfig

        return load_config(AudioConfig, None, settings)
    if kind.command == "image":
        from emotion_core.training.face_config import FaceConfig

        return load_config(FaceConfig, None, settings)
    from emotion_core.training.video_config import VideoConfig

    return load_config(VideoConfig, None, settings)


def target_of(name: str) -> Path:
    """Folder of a new bundle.

    Raises:
        InvalidInput: if the name cannot be one, or is taken
    """
    if not name or len(name) > NAME_LENGTH or not all(c.isalnum() or c in "-_" for c in name):
        raise InvalidInput(
            f"name: expected letters, digits, - and _, at most {NAME_LENGTH}, got {name!r}"
        )
    out = own_folder() / name
    if (out / "manifest.json").exists():
        raise InvalidInput(f"there is a model {name!r} already; choose another name")
    require_place(out)
    return out


def start(kind: Kind, name: str, data: str | tuple[str, bytes], settings: Sequence[str]) -> Path:
    """Start a training; nothing is written before everything is checked.

    Args:
        kind: of model
        name: of the new bundle
        data: path of what it learns from, or name and content of an uploaded table
        settings: each `key=value`

    Returns:
        folder of the new bundle

    Raises:
        EmotionCoreError: if the disk is full, or the process cannot be started
        InvalidInput: if settings, name or data cannot be
        MissingDependency: if the trainer is not installed
    """
    if kind.needs_trainer and find_spec("lightning") is None:
        raise MissingDependency("lightning", "train")
    out = target_of(name)
    config_of(kind, settings)
    if not data:
        raise InvalidInput(f"no data: give a folder or a table with {kind.things}")
    work = work_of(out)
    if (run := read_run(work)) is not None and run.alive:
        raise InvalidInput(f"{name!r} is being trained already; choose another name")
    try:
        path = data if isinstance(data, str) else str(keep_table(work, *data))
        arguments = ["train", kind.command, "--data", path, "--out", str(out)]
        for setting in [*kind.fixed, f"id={name}", *settings]:
            arguments += ["--set", setting]
        run_again(out, arguments)
    except (OSError, ValueError) as error:  # ValueError: a setting holds a null byte
        forget_table(work)
        raise EmotionCoreError(f"the training cannot be started: {error}") from error
    return out


def run_again(out: Path, arguments: Sequence[str]) -> None:
    """Start a process that trains; one that was stopped goes on from its last epoch."""
    work = work_of(out)
    work.mkdir(parents=True, exist_ok=True)
    with (work / LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own program, without a shell
            [sys.executable, *PROGRAM, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=_see_its_end, args=(process, work), daemon=True).start()


def _see_its_end(process: subprocess.Popen[bytes], work: Path) -> None:
    """Let the system forget a process once it has ended, and delete its table if it failed."""
    process.wait()
    if cannot_go_on(work):
        forget_table(work)


def stop(run: Run) -> None:
    """Ask a training to end; its checkpoints stay."""
    if not run.alive:
        return
    with suppress(ProcessLookupError):  # it ended by itself meanwhile
        leads_group = os.getpgid(run.pid) == run.pid
        # the group of another leader holds more than the training, such as a script around it
        (os.killpg if leads_group else os.kill)(run.pid, signal.SIGTERM)


def log_end(run: Run, lines: int = 12) -> str:
    """The last lines that a training wrote."""
    try:
        text = (run.work / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
