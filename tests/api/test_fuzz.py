"""Bodies drawn at random and files with damage: refused or answered, never a fault."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.models import ModelStore
from api.settings import Settings
from benchmarks.damage import Damaged
from tests.api.clients import JSON, client_of, ended, is_problem

ANSWERED = (200, 202)
REFUSED = (400, 413, 415, 422)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "text": VALUES,
        "texts": st.lists(st.text(max_size=20), max_size=4) | VALUES,
        "model": st.sampled_from(["text-naive-bayes", "text-emotion6"]) | VALUES,
        "labels": st.sampled_from(["EKMAN7", "EMOTION6"]) | VALUES,
    },
)
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--x--\r\n'


@pytest.fixture(scope="module")
def strict(store: ModelStore) -> Any:
    with client_of(create_app(Settings(processes=0), store)) as opened:
        yield opened


def is_answered_or_refused(response: Any) -> None:
    if response.status_code not in ANSWERED:
        assert response.status_code in REFUSED, response.text
        is_problem(response, response.status_code)


@settings(max_examples=200)
@given(body=BODIES | VALUES)
def test_bodies_of_texts(strict: TestClient, body: object):
    sent = json.dumps(body).encode("utf-8", "surrogatepass")
    is_answered_or_refused(strict.post("/api/predict", content=sent, headers=JSON))


@settings(max_examples=200)
@given(body=st.binary(max_size=200))
def test_bodies_of_bytes(strict: TestClient, body: bytes):
    is_answered_or_refused(strict.post("/api/predict", content=body, headers=JSON))
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for sent in (body, b"--x\r\n" + body, FORM[:-20] + body):
        is_answered_or_refused(strict.post("/predict/image", content=sent, headers=form))


@settings(max_examples=200)
@given(place=st.integers(0, len(FORM) - 1), byte=st.integers(0, 255))
def test_forms_with_another_byte(strict: TestClient, place: int, byte: int):
    sent = FORM[:place] + bytes([byte]) + FORM[place + 1 :]
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    is_answered_or_refused(strict.post("/predict/image", content=sent, headers=form))


@pytest.mark.parametrize(
    "more",
    ["charset=hex", "charset=rot13", "charset=none", "charset=utf-16", "charset", "boundary=y"],
)
@pytest.mark.parametrize("kind", ["boundary=x", 'boundary="', "boundary=", f"boundary={'x' * 300}"])
def test_odd_content_types(strict: TestClient, kind: str, more: str):
    headers = {"Content-Type": f"multipart/form-data; {kind}; {more}"}
    is_answered_or_refused(strict.post("/predict/image", content=FORM, headers=headers))


@pytest.mark.parametrize("path", ["%00", "..%2f..%2fetc", "%ff", "a" * 2000, "ä", "a/b", "%0d%0a"])
def test_odd_ids_of_jobs(strict: TestClient, path: str):
    for method in ("GET", "DELETE"):
        is_problem(strict.request(method, f"/api/jobs/{path}"), 404)


@pytest.fixture(scope="module")
def killable(store: ModelStore) -> Iterator[TestClient]:
    with client_of(create_app(Settings(), store)) as opened:
        yield opened


def test_damaged_media(killable: TestClient):
    """A few of those that `benchmarks.fuzz` sends."""
    damaged = Damaged(8)
    for _ in range(150):
        case = damaged.next()
        if case.damage == "a bomb":  # those take their time; see test_limits and the benchmark
            continue
        response = killable.post(f"/predict/{case.route}", files={"file": case.content})
        is_answered_or_refused(response)
        if response.status_code == 202:
            job = ended(killable, response.headers["location"])
            assert job["state"] in ("done", "failed")
            if job["state"] == "failed":
                assert job["problem"]["status"] == 422, (case.kind, case.damage)
