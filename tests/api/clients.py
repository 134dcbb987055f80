"""Clients of a service in this process, and what they expect of it."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.problems import KINDS, MEDIA_TYPE
from api.server import uvicorn_options

JSON = {"Content-Type": "application/json"}


def client_of(app: FastAPI, **settings: Any) -> TestClient:
    return TestClient(app, base_url="http://localhost", **settings)


def is_problem(response: Any, status: int, kind: str | None = None) -> dict[str, Any]:
    """The problem of a response, checked against RFC 9457."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    problem = response.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == status
    assert "Traceback" not in response.text
    if kind is not None:
        assert problem["type"] == f"/api/problems#{kind}"
        assert KINDS[kind] == (status, problem["title"])
    return problem


def ended(client: TestClient, address: str, within_s: float = 120) -> dict[str, Any]:
    """A job once it has ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        job = client.get(address).json()
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.05)
    raise TimeoutError(f"{address} has not ended")


@contextmanager
def served(app: FastAPI) -> Generator[str]:
    """`127.0.0.1:PORT` of a real server in this process, with the limits of the command's."""
    options = uvicorn_options(app.state.service.settings)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **options))
    running = threading.Thread(target=server.run)
    running.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        running.join()
