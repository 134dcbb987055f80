"""Who may do what."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.keys import Scope, new_key, write_keys
from api.models import ModelStore
from api.settings import Settings
from emotion_core.errors import InvalidInput
from tests.api.clients import client_of, is_problem

TEXT = {"text": "so happy"}
SCOPES: dict[str, frozenset[Scope]] = {
    "texts": frozenset({"text"}),
    "video": frozenset({"video", "metrics"}),
    "other": frozenset({"video"}),
    "slow": frozenset({"text"}),
}


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    """Id -> secret of the keys of the file."""
    made = {name: new_key(name, scopes, 600, 50) for name, scopes in SCOPES.items()}
    made["slow"] = new_key("slow", SCOPES["slow"], per_minute=1, burst=2)
    write_keys(tmp_path / "keys.json", [stored for _, stored in made.values()])
    return {name: secret for name, (secret, _) in made.items()}


@pytest.fixture
def guarded(keys: dict[str, str], tmp_path: Path, store: ModelStore) -> Iterator[TestClient]:
    settings = Settings(keys=tmp_path / "keys.json", text_bytes=1000)
    with client_of(create_app(settings, store)) as client:
        yield client


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_opens_its_scope(guarded: TestClient, keys: dict[str, str]):
    assert guarded.post("/api/predict", json=TEXT, headers=bearer(keys["texts"])).is_success
    header = {"X-API-Key": keys["texts"]}
    assert guarded.post("/predict", json=TEXT, headers=header).is_success
    assert guarded.get("/metrics", headers=bearer(keys["video"])).is_success


@pytest.mark.parametrize("headers", [{}, bearer("emo_wrong"), {"X-API-Key": "ключ".encode()}])
def test_no_key_or_a_wrong_one(guarded: TestClient, headers: dict[str, str]):
    response = guarded.post("/api/predict", json=TEXT, headers=headers)
    is_problem(response, 401, "no-key")
    assert response.headers["www-authenticate"] == "Bearer"
    is_problem(guarded.get("/metrics", headers=headers), 401, "no-key")
    is_problem(guarded.get("/api/jobs/some", headers=headers), 401, "no-key")


def test_a_key_is_asked_for_before_the_body_is_read(guarded: TestClient):
    is_problem(guarded.post("/api/predict", json={"text": "a" * 5000}), 401, "no-key")


def test_a_missing_scope(guarded: TestClient, keys: dict[str, str]):
    headers = bearer(keys["texts"])
    for route in ("audio", "image", "video", "recording"):
        response = guarded.post(f"/predict/{route}", files={"file": b"a"}, headers=headers)
        is_problem(response, 403, "missing-scope")
    is_problem(guarded.get("/metrics", headers=headers), 403, "missing-scope")


def test_a_rate_is_kept_and_each_key_has_its_own(guarded: TestClient, keys: dict[str, str]):
    for _ in range(2):
        assert guarded.post("/predict", json=TEXT, headers=bearer(keys["slow"])).is_success
    response = guarded.post("/predict", json=TEXT, headers=bearer(keys["slow"]))
    is_problem(response, 429, "rate-limit")
    assert 0 < int(response.headers["retry-after"]) <= 60
    assert guarded.post("/predict", json=TEXT, headers=bearer(keys["texts"])).is_success


def test_health_and_models_need_no_key(guarded: TestClient):
    assert guarded.get("/api/health").is_success
    assert guarded.get("/api/models").is_success


def test_a_job_is_its_owners(guarded: TestClient, keys: dict[str, str]):
    files = {"file": b"no film"}
    made = guarded.post("/predict/video", files=files, headers=bearer(keys["video"]))
    address = made.headers["location"]
    assert guarded.get(address, headers=bearer(keys["video"])).is_success
    is_problem(guarded.get(address, headers=bearer(keys["other"])), 404, "no-job")
    is_problem(guarded.delete(address, headers=bearer(keys["other"])), 404, "no-job")
    assert guarded.delete(address, headers=bearer(keys["video"])).status_code == 204


def test_a_service_is_not_opened_by_a_missing_file_of_keys(tmp_path: Path, store: ModelStore):
    with pytest.raises(InvalidInput, match="expected API keys, got none"):
        create_app(Settings(keys=tmp_path / "absent.json"), store)


def test_every_page_cannot_be_let_in():
    with pytest.raises(InvalidInput, match="name the pages"):
        Settings(origins=("*",))
