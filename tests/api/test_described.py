"""Requests drawn from the OpenAPI description by `schemathesis`: no 5xx, and answers that fit."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance  # a file may be damaged

from api.app import create_app
from api.keys import SCOPES, new_key, write_keys
from api.models import ModelStore
from api.problems import MEDIA_TYPE
from api.settings import Settings
from tests.api.clients import client_of, served

OPERATIONS = [
    (path, method)
    for path, operations in create_app().openapi()["paths"].items()
    for method in operations
]


class Service(NamedTuple):
    """A service with keys, and its description."""

    schema: Any
    headers: dict[str, str]


@pytest.fixture(scope="module")
def service(store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    secret, stored = new_key("all", frozenset(SCOPES), 1e9, 10**9)
    write_keys(path, [stored])
    limits = Settings(keys=path, processes=0, job_waiting=999, jobs_kept=999)
    with served(create_app(limits, store)) as address:
        schema = schemathesis.openapi.from_url(f"http://{address}/openapi.json")
        yield Service(schema, {"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda name: name)
def test_what_is_described_is_answered_or_refused(service: Service, path: str, method: str):
    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def check(drawn: st.DataObject) -> None:
        case = drawn.draw(service.schema[path][method].as_strategy())
        response = case.call(headers=service.headers)
        assert response.status_code < 500
        if response.status_code >= 400:
            assert response.headers["content-type"] == [MEDIA_TYPE]
        case.validate_response(
            response, excluded_checks=[positive_data_acceptance], headers=service.headers
        )

    check()


def test_a_service_without_keys_asks_for_none(store: ModelStore):
    with client_of(create_app(Settings(), store)) as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert not any("security" in o for operations in paths.values() for o in operations.values())
