"""Commands of `data`, run from a test."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from emotion_core.cli import main

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of `data`; gives its status, its JSON and what it said beside."""

    def run_it(*arguments: object) -> tuple[int, Any, str]:
        with pytest.raises(SystemExit) as ended:
            main(["data", *map(str, arguments)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(said.out) if said.out else None, said.err

    return run_it
