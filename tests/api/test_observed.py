"""Every request: its id, its log line, its figures; hosts, origins, and faults without traces."""

import json
import logging

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.logs import LOG, JsonLines
from api.models import ModelStore
from api.settings import Settings
from emotion_core import labels
from emotion_core.testing import keyword_model
from tests.api.clients import client_of, is_problem

SECRET = "nobody shall read this sentence"


def test_an_id_is_echoed_or_made(client: TestClient):
    given = client.get("/api/health", headers={"X-Request-ID": "my-1.a_B"})
    assert given.headers["x-request-id"] == "my-1.a_B"
    for wrong in ("a b", "x" * 65, "", '"quoted"'):
        made = client.get("/api/health", headers={"X-Request-ID": wrong}).headers["x-request-id"]
        assert made != wrong
        assert len(made) == 32
    assert client.get("/nothing").headers["x-request-id"]


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_what_is_not_there(client: TestClient, prefix: str):
    is_problem(client.get(f"{prefix}/nothing"), 404)
    response = client.get(f"{prefix}/predict")
    is_problem(response, 405)
    assert response.headers["allow"] == "POST"
    is_problem(client.delete(f"{prefix}/models"), 405)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[::2]:80", "a@b"])
def test_other_hosts_are_refused(client: TestClient, host: str):
    is_problem(client.get("/api/health", headers={"Host": host}), 400, "wrong-host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
def test_own_hosts_are_answered(client: TestClient, host: str):
    assert client.get("/api/health", headers={"Host": host}).is_success


def test_pages_of_other_origins_are_let_in_by_name_alone(store: ModelStore):
    origin = {"Origin": "https://page.example"}
    with client_of(create_app(Settings(), store)) as client:
        response = client.get("/api/health", headers=origin)
        assert "access-control-allow-origin" not in response.headers
    named = Settings(origins=("https://page.example",))
    with client_of(create_app(named, store)) as client:
        response = client.get("/api/health", headers=origin)
        assert response.headers["access-control-allow-origin"] == "https://page.example"
        other = client.get("/api/health", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers
        asked = {**origin, "Access-Control-Request-Method": "POST"}
        assert client.options("/api/predict", headers=asked).is_success


@pytest.mark.parametrize("origin", ["https://other.example", "null", "http://localhost:9", ""])
def test_a_page_elsewhere_cannot_send_a_form(store: ModelStore, origin: str):
    named = Settings(origins=("https://page.example",))
    with client_of(create_app(named, store)) as client:
        files = {"file": b"a film"}
        for method in ("POST", "DELETE"):
            headers = {"Origin": origin}
            response = client.request(method, "/predict/video", files=files, headers=headers)
            is_problem(response, 403, "wrong-origin")
        for known in ("https://page.example", "http://localhost"):
            sent = client.post("/predict", json={"text": "good"}, headers={"Origin": known})
            assert sent.is_success


def test_a_fault_is_told_without_its_trace(caplog: pytest.LogCaptureFixture):
    class Broken:
        labels = labels.EKMAN7

        def read(self, texts: list[str]) -> list[object]:
            raise RuntimeError(texts[0])

    model = keyword_model()
    model.classifier = Broken()  # type: ignore[assignment]
    model.predict_each = lambda texts: Broken().read(list(texts))  # type: ignore[method-assign]
    store = ModelStore([])
    store.add(model)
    with client_of(create_app(Settings(), store)) as client, caplog.at_level(logging.INFO):
        response = client.post("/predict", json={"text": SECRET, "model": "fake-text"})
        problem = is_problem(response, 500, "internal")
        assert response.headers["x-request-id"] in problem["detail"]
        assert client.get("/api/health").json()["ready"] is False
        is_problem(client.get("/api/health/ready"), 503, "overloaded")
    assert SECRET not in caplog.text + response.text
    assert any(r.message == "unexpected error" for r in caplog.records)


def test_logs_are_json_and_hold_nothing_that_was_sent(
    client: TestClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO):
        client.post("/api/predict?q=" + "hidden", json={"text": SECRET})
        client.post("/api/predict", json={"text": SECRET, "model": "hidden"})
        client.post("/predict/image", files={"file": ("hidden.png", SECRET.encode())})
        client.get("/hidden")
    lines = [JsonLines().format(r) for r in caplog.records if r.name == LOG.name]
    assert len(lines) == 4
    for line in lines:
        assert "hidden" not in line
        assert SECRET not in line
        assert {"time", "level", "request_id", "route", "status", "ms"} <= set(json.loads(line))


def test_an_error_in_a_log_is_its_class_alone():
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("a", logging.ERROR, "", 1, "failed", None, info)
    assert json.loads(JsonLines().format(record))["error"] == "ValueError"
    assert SECRET not in JsonLines().format(record)


def test_figures_for_prometheus(store: ModelStore):
    with client_of(create_app(Settings(), store)) as client:
        client.post("/api/predict", json={"text": "good"})
        client.post("/api/predict", json={"text": ""})
        client.get("/secret/address")
        client.request("BREW", "/api/predict")
        response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    figures = dict(
        line.rsplit(" ", 1) for line in response.text.splitlines() if not line.startswith("#")
    )
    route = 'method="POST",route="/predict"'
    assert figures[f'emotion_requests_total{{{route},status="200"}}'] == "1.0"
    assert figures[f'emotion_requests_total{{{route},status="422"}}'] == "1.0"
    assert figures['emotion_request_seconds_count{route="/predict"}'] == "3.0"
    assert figures['emotion_answers_total{modality="text"}'] == "1.0"
    assert float(figures["emotion_models_loaded"]) >= 1
    assert figures['emotion_jobs{state="waiting"}'] == "0.0"
    assert "secret" not in response.text
    assert "BREW" not in response.text
