"""What commands write beside their answers: notices, progress, JSON and other files."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from .errors import InvalidInput

PROGRESS_EVERY = 50


def show_progress(done: int, total: int) -> None:
    """How far it is, on standard error and only for a person."""
    if sys.stderr.isatty() and (done == total or total < PROGRESS_EVERY or not done % 10):
        sys.stderr.write(f"\r{done:,} of {total:,}")
        sys.stderr.write("\n" if done >= total else "")


def tell(notices: Iterable[str]) -> None:
    """What a person should know, on standard error."""
    for notice in notices:
        typer.echo(notice, err=True)


def check_targets(*targets: Path | None) -> None:
    """Refuse a folder that is not there before the work is done."""
    for target in targets:
        if target is not None and not target.absolute().parent.is_dir():
            raise InvalidInput(f"{target} cannot be written: {target.parent} is no folder")


def write_json(content: dict[str, Any], target: Path | None) -> None:
    """JSON into a file, or on standard output."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    if target is None:
        typer.echo(text)
    else:
        write_text(target, text + "\n")


def write_text(target: Path, text: str) -> None:
    """Text into a file.

    Raises:
        InvalidInput: if it cannot be written
    """
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{target} cannot be written: {error}") from error
