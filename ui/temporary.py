"""Uploads that must lie on a disk while they are read: one private folder for each process."""

import atexit
import os
import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir, mkdtemp

PREFIX = "emotion-uploads-"
"""of the folders' names; the number of the process comes next"""
TOLD = "a private temporary folder of the computer that runs the app"
"""where they lie, for a person"""
_lock = threading.Lock()


def folder_of_process() -> Path:
    """The folder of this process; made at first, when those that others left behind are deleted.

    Only the user who runs the app may open it. It goes when the process ends; of a process that is
    killed, the next one deletes it.
    """
    with _lock:
        if not _made().is_dir():  # whoever cleans up temporary files took it
            _made.cache_clear()
        return _made()


def delete_folder() -> None:
    """Delete the folder of this process, at the end of the app."""
    with _lock:
        shutil.rmtree(_made(), ignore_errors=True)


@cache
def _made() -> Path:
    for folder in Path(gettempdir()).glob(f"{PREFIX}*"):
        if _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)
    made = Path(mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)  # where no server ends the app
    return made


def _is_left(folder: Path) -> bool:
    """Whether the process of a folder has ended."""
    number = folder.name.removeprefix(PREFIX).partition("-")[0]
    if not number.isdecimal():
        return False
    if int(number) == os.getpid():  # ours is not made yet, so it is of one that had our number
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # of another user, or no number of a process
        return False
    return False


@contextmanager
def temporary_folder() -> Generator[Path]:
    """A folder that is deleted at the end of its `with`."""
    with TemporaryDirectory(dir=folder_of_process()) as folder:
        yield Path(folder)
