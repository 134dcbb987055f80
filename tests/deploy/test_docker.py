"""The image: what it copies is there, what it installs is pinned, and who runs it is nobody."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.conftest import ROOT, instructions

FILES = (ROOT / "Dockerfile", ROOT / "Dockerfile.gpu", ROOT / "deploy" / "mlflow" / "Dockerfile")


def named(path: Path, keyword: str) -> list[str]:
    return [rest for word, rest in instructions(path) if word == keyword]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nobody_in_particular_runs_it(path: Path):
    users = named(path, "USER")
    assert users[-1] == "10001"
    assert all(":latest" not in image for image in named(path, "FROM"))
    assert not named(path, "ADD")


def test_everything_that_is_copied_is_there_and_sent_to_the_builder():
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    copied = [
        source
        for rest in named(ROOT / "Dockerfile", "COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert {"models", "emotion_core", "api", "ui", "pages", "app.py"} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(source == a or source.startswith(f"{a}/") for a in allowed), source
    for name in allowed:
        assert (ROOT / name).exists(), name


def test_no_code_reads_what_is_not_copied():
    """Files that the program reads beside its own lie in folders that the image has."""
    copied = " ".join(named(ROOT / "Dockerfile", "COPY"))
    beside = re.compile(r'parent(?:s\[\d\])?(?:\.parent)* / "([a-z]+)"')
    for folder in ("emotion_core", "api", "ui", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in beside.findall(path.read_text(encoding="utf-8")):
                if (ROOT / name).is_dir() and not (path.parent / name).exists():
                    assert re.search(rf"\b{name}\b", copied), (path, name)


def locked() -> dict[str, str]:
    lines = [
        line
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text().splitlines()
        if "==" in line
    ]
    return {canonicalize_name(line.split("==")[0].partition("[")[0]): line for line in lines}


def test_whatever_is_installed_has_a_version_in_the_locks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = re.search(r"ARG EXTRAS=(\S+)", (ROOT / "Dockerfile").read_text())
    assert extras
    waiting = list(map(Requirement, project["dependencies"]))
    for extra in extras[1].split(","):
        waiting += map(Requirement, project["optional-dependencies"][extra])
    pins, seen = locked(), set()
    while waiting:
        needed = waiting.pop()
        name = canonicalize_name(needed.name)
        if (name, *sorted(needed.extras)) in seen:
            continue
        seen.add((name, *sorted(needed.extras)))
        assert name in pins, f"{name} has no version in the locks"
        for line in requires(name) or ():
            more = Requirement(line)
            asked = [{"extra": e} for e in needed.extras] or [{"extra": ""}]
            if more.marker is None or any(more.marker.evaluate(e) for e in asked):
                waiting.append(more)
    assert len(seen) > 60


def test_the_gpu_image_and_the_locks_agree():
    version = re.search(r"onnxruntime-gpu\S*==(\S+?)\"", (ROOT / "Dockerfile.gpu").read_text())
    assert version
    assert locked()["onnxruntime"].split("==")[1].split()[0] == version[1]


def test_the_health_check_fails_where_nothing_answers():
    command = json.loads(named(ROOT / "Dockerfile", "HEALTHCHECK")[0].partition("CMD")[2])
    assert command[0] == "python"
    found = subprocess.run(
        [sys.executable, *command[1:]],
        env={"HEALTH_URL": "http://127.0.0.1:9/api/health/ready"},
        capture_output=True,
        check=False,
    )
    assert found.returncode != 0
