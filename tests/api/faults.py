"""What a process runs in tests: tasks that hang, crash, or take all the memory."""

import ctypes
import os
import resource
import signal
import time
from pathlib import Path

from pydantic import BaseModel

from api.task import TaskWatch
from api.worker import serve
from emotion_core.errors import InvalidInput

MODULE = "tests.api.faults"


class Size(BaseModel):
    """How many bytes came."""

    size: int


def _size(_: object, __: object, media: list[bytes], watch: TaskWatch) -> Size:
    watch.on_seconds(1, 2)
    return Size(size=len(media[0]))


def _dump(*_: object) -> Size:
    return Size(size=resource.getrlimit(resource.RLIMIT_CORE)[0])


def _hang(*_: object) -> None:
    while True:
        time.sleep(60)


def _creep(_: object, __: object, media: list[bytes], watch: TaskWatch) -> None:
    """Comes on, and never ends; notes its id where it was told to."""
    Path(media[0].decode()).write_text(str(os.getpid()), encoding="utf-8")
    while True:
        watch.on_stage("voice", 1, 4)
        time.sleep(0.02)


def _swell(*_: object) -> None:
    held = [bytearray(2**26)]
    while True:
        held.append(bytearray(2**26))


def _segfault(*_: object) -> None:
    ctypes.string_at(0)


def _abort(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGABRT)


def _refuse(*_: object) -> None:
    raise InvalidInput("expected a film, got none")


def _break(*_: object) -> None:
    raise RuntimeError("a secret sentence")


if __name__ == "__main__":
    faults = {
        "size": _size,
        "dump": _dump,
        "hang": _hang,
        "creep": _creep,
        "swell": _swell,
        "segfault": _segfault,
        "abort": _abort,
        "refuse": _refuse,
        "break": _break,
    }
    serve(faults, None)  # type: ignore[arg-type]
