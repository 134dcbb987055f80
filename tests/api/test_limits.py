"""Limits that real media meets: memory and time of a process, and a server that is gone."""

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from api.app import create_app
from api.models import ModelStore
from api.settings import Settings
from benchmarks.damage import png
from tests.api.clients import client_of, is_problem
from tests.api.servers import ask, free_port
from tests.api.test_server import started
from tests.face.pictures import astronaut, encoded

MB = 2**20


@pytest.fixture(scope="module")
def large() -> bytes:
    return encoded(np.zeros((5000, 5000, 3), np.uint8), "PNG", compress_level=1)


def test_a_picture_that_takes_too_much_memory(store: ModelStore, large: bytes):
    with client_of(create_app(Settings(process_bytes=64 * MB), store)) as client:
        response = client.post("/predict/image", files={"file": large})
        assert response.status_code in (413, 422)
        is_problem(response, response.status_code)
        assert client.get("/health").is_success


def test_a_picture_that_takes_too_long(store: ModelStore, large: bytes):
    with client_of(create_app(Settings(at_once_s=0.2), store)) as client:
        is_problem(client.post("/predict/image", files={"file": large}), 504, "time-limit")
        assert client.get("/health").is_success


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (2**31 - 1, 1), (0, 0)])
def test_a_bomb_is_refused_by_its_head(store: ModelStore, width: int, height: int):
    with client_of(create_app(Settings(processes=0), store)) as client:
        bomb = png(width, height, b"")
        is_problem(client.post("/predict/image", files={"file": bomb}), 422, "invalid-input")


def test_the_same_file_twice_is_two_jobs(store: ModelStore):
    with client_of(create_app(Settings(processes=0), store)) as client:
        made = [client.post("/predict/video", files={"file": b"a film"}) for _ in range(2)]
        first, second = (response.headers["location"] for response in made)
        assert first != second
        assert client.delete(first).status_code == 204
        assert client.get(second).is_success


def test_processes_end_with_a_server_that_is_killed(tmp_path: Path):
    port = free_port()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    form = head + astronaut() + b"\r\n--x--\r\n"
    with started(port, tmp_path) as server:
        kind = "multipart/form-data; boundary=x"
        response, content = ask(port, "POST", "/predict/image", form, Content_Type=kind)
        assert (response.status, len(json.loads(content)["faces"])) == (200, 1)
        (process,) = _children(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(30)
        for _ in range(1000):
            if not Path(f"/proc/{process}").exists():
                return
            time.sleep(0.01)
    pytest.fail("a process outlives its server")


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]
