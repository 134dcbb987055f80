"""A table that a person uploads to train from: it lies beside the checkpoints while it is needed.

It is deleted where the training fails or never begins. With the folder of the checkpoints it goes
where the training ends well or is deleted. A training that was stopped keeps it, to go on.
"""

import time
from pathlib import Path

from emotion_core.training.runs import WORK, Run, read_run

TABLE = "table"
BEGINS_WITHIN_S = 60.0
"""a process that has not said by then that it trains never will"""


def keep_table(work: Path, file: str, content: bytes) -> Path:
    """Write an upload into the folder of the checkpoints.

    Args:
        work: the folder
        file: name of the upload, for its ending
        content: of the upload
    """
    work.mkdir(parents=True, exist_ok=True)
    forget_table(work)
    path = work / f"{TABLE}{Path(file).suffix.lower()}"
    path.write_bytes(content)
    return path


def forget_table(work: Path) -> None:
    """Delete the uploaded table of a folder of checkpoints, if it has one."""
    for path in work.glob(f"{TABLE}.*"):
        path.unlink(missing_ok=True)


def cannot_go_on(work: Path) -> bool:
    """Whether a training failed, or never began."""
    run = read_run(work)
    return run is None or run.state == "failed"


def forget_tables_below(folder: Path) -> None:
    """Delete the tables of trainings that failed or never began while no app was there to see."""
    for path in folder.glob(f"*{WORK}/{TABLE}.*"):
        try:
            old = time.time() - path.stat().st_mtime > BEGINS_WITHIN_S
        except FileNotFoundError:  # its training has just ended
            continue
        if old and cannot_go_on(path.parent):
            path.unlink(missing_ok=True)


def lost_table(run: Run) -> bool:
    """Whether it learnt from an uploaded table that is deleted."""
    paths = [Path(argument) for argument in run.arguments]
    return any(p.parent == run.work and p.stem == TABLE and not p.exists() for p in paths)
