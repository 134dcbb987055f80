"""The examples of the documentation, run against a real server."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from api.app import create_app
from api.keys import SCOPES, new_key, write_keys
from api.models import ModelStore
from api.settings import Settings
from tests.api.clients import served
from tests.api.servers import ROOT
from tests.face.pictures import astronaut
from tests.recording.files import drawn_film, spoken_wav

PAGES = ("README.md", "docs/api.md")
CURL = shutil.which("curl")


class Example(NamedTuple):
    """What a page of the documentation shows."""

    page: str
    line: str


def shown(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


EXAMPLES = [
    Example(page, line.partition("  #")[0].strip())
    for page in PAGES
    for line in shown(page).splitlines()
    if line.startswith("curl")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples send."""
    made = tmp_path_factory.mktemp("examples")
    film = drawn_film(seconds=1)
    for name, content in {
        "call.wav": spoken_wav(),
        "photo.jpg": astronaut(),
        "film.mp4": film,
        "words.srt": b"1\n00:00:00,100 --> 00:00:00,900\nso happy\n",
    }.items():
        (made / name).write_bytes(content)
    return made


class Served(NamedTuple):
    """A server with keys, and one that asks for none."""

    open: str
    keyed: str
    secret: str


@pytest.fixture(scope="module")
def addresses(store: ModelStore, folder: Path) -> Iterator[Served]:
    secret, stored = new_key("docs", frozenset(SCOPES))
    write_keys(folder / "keys.json", [stored])
    keyed = Settings(keys=folder / "keys.json", processes=0)
    with (
        served(create_app(Settings(processes=0), store)) as first,
        served(create_app(keyed, store)) as second,
    ):
        yield Served(first, second, secret)


def test_there_is_an_example_for_every_route(store: ModelStore):
    paths = create_app(Settings(), store).openapi()["paths"]
    routes = {re.sub(r"\{.*\}", "ID", p.removeprefix("/api")) for p in paths} - {"/problems"}
    lines = " ".join(example.line for example in EXAMPLES) + " "
    assert [r for r in routes if not re.search(rf"{re.escape(r)}[ ?]", lines)] == []


@pytest.mark.skipif(CURL is None, reason="no curl here")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.page}: {e.line[:60]}")
def test_curl(example: Example, addresses: Served, folder: Path):
    address = addresses.keyed if "$KEY" in example.line else addresses.open
    line = re.sub(r"(?:localhost|127\.0\.0\.1):\d+", address, example.line)
    if line.endswith("/ID"):
        form = f"curl -s {address}/predict/video -F file=@film.mp4"
        line = line.replace("ID", json.loads(_run(form, folder, ""))["id"])
    found = _run(f"{line} -w '\\n%{{http_code}}'", folder, addresses.secret)
    assert int(found.rpartition("\n")[2]) in (200, 202, 204), found


def _run(line: str, folder: Path, secret: str) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=os.environ | {"KEY": secret, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_the_stream(addresses: Served, folder: Path):
    (code,) = re.findall(r"```python\n(.*?)```", shown("docs/api.md"), re.DOTALL)
    script = folder / "stream.py"
    script.write_text(code.replace("127.0.0.1:8000", addresses.open), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert kinds == ["ready", "answer", "answer", "answer", "done"]
