"""Texts: one, many, other models and labels, and everything that is refused."""

import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.models import ModelStore
from api.settings import Settings
from emotion_core import load
from emotion_core.labels import EKMAN7
from tests.api.clients import JSON, client_of, is_problem


@pytest.mark.parametrize("route", ["/api/predict", "/predict"])
def test_one_text(client: TestClient, route: str):
    answer = client.post(route, json={"text": "I am so happy today"}).json()
    own = load("text-goemotions28").predict("I am so happy today")
    assert answer["label"] == own.label
    assert answer["present"] == list(own.present)
    assert list(answer["probabilities"]) == list(own.labels)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert answer["probability"] == answer["probabilities"][answer["label"]]
    assert answer["model"] == "text-goemotions28"


def test_several_texts_keep_their_order_and_their_errors(client: TestClient):
    body = {"texts": ["so sad", "  ", "so happy"], "model": "text-emotion6"}
    first, second, third = client.post("/api/predict", json=body).json()
    assert (first["label"], third["label"]) == ("sadness", "joy")
    assert first["present"] is None
    assert list(second) == ["error"]
    assert "empty" in second["error"]


def test_a_list_of_one_is_a_list_and_a_list_of_none_is_empty(client: TestClient):
    assert len(client.post("/api/predict", json={"texts": ["good"]}).json()) == 1
    assert client.post("/api/predict", json={"texts": []}).json() == []


def test_other_labels(client: TestClient):
    answer = client.post("/api/predict", json={"text": "so sad", "labels": "ekman7"}).json()
    assert tuple(answer["probabilities"]) == EKMAN7


def test_many_texts_are_answered_as_the_package_does(client: TestClient):
    texts = ["I love it", "I hate it", "whatever"] * 30
    answers = client.post("/api/predict", json={"texts": texts, "model": "text-naive-bayes"}).json()
    own = load("text-naive-bayes").predict(texts)
    assert [a["label"] for a in answers] == [o.label for o in own]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"text": "a", "model": "no-such"}, 422, "unknown-model"),
        ({"text": "a", "model": "face-cnn"}, 422, "unknown-model"),
        ({"text": "a", "model": "models/text-emotion6"}, 422, "unknown-model"),
        ({"text": "a", "model": "../../etc/passwd"}, 422, "unknown-model"),
        ({"text": "a", "model": "hub:owner/name"}, 422, "unknown-model"),
        ({"text": "a", "labels": "NO-SUCH"}, 422, "unknown-labels"),
        ({"text": "  "}, 422, "invalid-input"),
        ({"text": "\0"}, 422, "invalid-input"),
        ({}, 422, "invalid-request"),
        ({"text": "a", "texts": ["b"]}, 422, "invalid-request"),
        ({"text": None}, 422, "invalid-request"),
        ({"text": 3}, 422, "invalid-request"),
        ({"texts": "a"}, 422, "invalid-request"),
        ({"texts": [1, "b", None]}, 422, "invalid-request"),
        ({"text": "a", "more": 1}, 422, "invalid-request"),
        ([], 422, "invalid-request"),
        ("a", 422, "invalid-request"),
        ({"texts": ["a"] * 10_000}, 413, "too-many-texts"),
    ],
)
def test_what_is_refused(client: TestClient, body: object, status: int, kind: str):
    problem = is_problem(client.post("/api/predict", json=body), status, kind)
    assert problem["instance"] == "/api/predict"


@pytest.mark.parametrize(
    ("body", "headers", "status", "kind"),
    [
        (b"", JSON, 400, "malformed"),
        (b"{", JSON, 400, "malformed"),
        (b'{"text": "\xff"}', JSON, 400, "malformed"),
        (b'{"text": "\\ud800"}', JSON, 400, "malformed"),
        (b"[" * 100_000, JSON, 400, "malformed"),
        (b'{"text": "a"}', {"Content-Type": "text/plain"}, 415, "wrong-content-type"),
        (b'{"text": "a"}', {}, 415, "wrong-content-type"),
    ],
)
def test_bodies_that_are_no_json(
    client: TestClient, body: bytes, headers: dict[str, str], status: int, kind: str
):
    is_problem(client.post("/api/predict", content=body, headers=headers), status, kind)


def test_fields_that_do_not_fit_are_named_and_not_repeated(client: TestClient):
    response = client.post("/api/predict", json={"texts": ["fine", {"secret": "sentence"}]})
    problem = is_problem(response, 422, "invalid-request")
    assert problem["errors"][0]["field"] == "texts.1"
    assert "sentence" not in response.text


def test_a_large_body_is_refused_by_its_header_or_while_it_comes(store: ModelStore):
    with client_of(create_app(Settings(text_bytes=1000), store)) as client:
        body = json.dumps({"text": "a" * 2000}).encode()
        is_problem(client.post("/api/predict", content=body, headers=JSON), 413, "too-large")
        parts = (body[i : i + 100] for i in range(0, len(body), 100))
        is_problem(client.post("/api/predict", content=parts, headers=JSON), 413, "too-large")


def test_a_long_text_is_cut_with_a_notice(client: TestClient):
    answer = client.post("/api/predict", json={"text": "good " * 5000}).json()
    assert any("characters were read" in notice for notice in answer["notices"])
