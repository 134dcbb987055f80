"""Jobs whose process is killed: from outside, by a client, and with the server."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.models import ModelStore
from api.settings import Settings
from tests.api.clients import client_of, ended
from tests.recording.files import drawn_film


@pytest.fixture(scope="module")
def film() -> bytes:
    return drawn_film(seconds=8, sound=False)


@pytest.fixture
def client(store: ModelStore) -> Iterator[TestClient]:
    with client_of(create_app(Settings(job_waiting=1), store)) as opened:
        yield opened


def service_of(client: TestClient) -> Any:
    return client.app.state.service  # type: ignore[attr-defined]


def working(client: TestClient, film: bytes) -> tuple[str, int]:
    """Address of a job that has come on, and the id of its process."""
    made = client.post("/api/predict/video", files={"file": film}, data={"fps": "30"})
    address = made.headers["location"]
    for _ in range(6000):
        if client.get(address).json()["progress"]:
            break
        time.sleep(0.01)
    (process,) = service_of(client).media.processes.pids
    return address, process


def test_a_job_whose_process_is_killed_fails_and_the_next_one_works(
    client: TestClient, film: bytes
):
    address, process = working(client, film)
    os.kill(process, signal.SIGKILL)
    job = ended(client, address)
    assert (job["state"], job["result"]) == ("failed", None)
    assert job["problem"]["type"] == "/api/problems#interrupted"
    assert "SIGKILL" in job["problem"]["detail"]
    made = client.post("/api/predict/video", files={"file": film}, data={"fps": "1"})
    assert ended(client, made.headers["location"])["state"] == "done"
    assert service_of(client).budget.held == 0


def test_a_job_that_is_cancelled_is_killed_and_makes_room(client: TestClient, film: bytes):
    address, process = working(client, film)
    assert client.delete(address).status_code == 204
    assert client.get(address).json()["state"] == "cancelled"
    made = client.post("/api/predict/video", files={"file": film}, data={"fps": "1"})
    assert ended(client, made.headers["location"])["state"] == "done"
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_jobs_can_be_answered_in_threads(store: ModelStore, film: bytes):
    with client_of(create_app(Settings(processes=0), store)) as client:
        made = client.post("/api/predict/video", files={"file": film}, data={"fps": "1"})
        assert ended(client, made.headers["location"])["state"] == "done"
        assert service_of(client).media.processes is None
        assert store.is_open("face-cnn")
