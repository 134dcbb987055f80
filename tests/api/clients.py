"""Clients of a service in this process, and what they expect of it."""

import time
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.problems import KINDS, MEDIA_TYPE

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
