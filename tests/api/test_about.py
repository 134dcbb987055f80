"""Health, models, the description, and the service inside another app."""

from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Mount

from api.app import create_app
from api.models import DEFAULTS, ModelStore
from api.problems import KINDS
from api.settings import Settings
from emotion_core import __version__, registry
from tests.api.clients import client_of, is_problem


def test_health(client: TestClient):
    for route in ("/api/health", "/health", "/api/health/ready"):
        found = client.get(route).json()
        assert (found["status"], found["ready"], found["version"]) == ("ok", True, __version__)
        by_id = {m["id"]: m for m in found["models"]}
        for spec in registry.available():
            assert by_id[spec.id]["sha256"] == dict(spec.files)


def test_models_are_opened_when_they_are_asked_for():
    with client_of(create_app(Settings())) as client:
        assert not any(m["loaded"] for m in client.get("/api/health").json()["models"])
        client.post("/predict", json={"text": "good", "model": "text-naive-bayes"})
        loaded = [m["id"] for m in client.get("/api/health").json()["models"] if m["loaded"]]
        assert loaded == ["text-naive-bayes"]


def test_models(client: TestClient):
    found = {m["id"]: m for m in client.get("/api/models").json()}
    assert {name for name, m in found.items() if m["default"]} == set(DEFAULTS.values())
    for spec in registry.available():
        assert found[spec.id]["labels"] == list(spec.labels)
        assert found[spec.id]["licence"] == spec.licence
        assert found[spec.id]["metrics"] == dict(spec.metrics)
        assert "folder" not in found[spec.id]


def test_every_kind_of_problem_has_an_address(client: TestClient):
    assert set(client.get("/api/problems").json()) == set(KINDS)


def test_the_description_names_every_route_and_its_body(client: TestClient):
    assert client.get("/docs").is_success
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        f"/api/{route}"
        for route in (
            "health", "health/ready", "models", "problems", "metrics", "predict", "predict/audio",
            "predict/image", "predict/video", "predict/recording", "jobs/{job_id}",
        )
    }  # fmt: skip
    for path, operations in described["paths"].items():
        if "/predict" in path:
            body = operations["post"]["requestBody"]["content"]
            kind = "application/json" if path == "/api/predict" else "multipart/form-data"
            properties = body[kind]["schema"]["properties"]
            assert {"labels", "text" if path == "/api/predict" else "file"} <= set(properties)
    names = [o["operationId"] for p in described["paths"].values() for o in p.values()]
    assert len(names) == len(set(names))


def test_inside_another_app(store: ModelStore):
    inner = create_app(Settings(processes=0), store)
    outer = Starlette(routes=[Mount("/api", app=inner)])
    client = client_of(outer)  # type: ignore[arg-type]
    assert client.get("/api/health").json()["ready"]
    assert client.post("/api/predict", json={"text": "so happy"}).json()["label"] == "joy"
    assert is_problem(client.get("/api/nothing"), 404)["instance"] == "/api/nothing"
    made = client.post("/api/predict/video", files={"file": b"no film"})
    assert made.headers["location"].startswith("/api/jobs/")
    assert client.get(made.headers["location"]).is_success
