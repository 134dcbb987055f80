"""The service with its models, once for all tests that send good requests."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.models import ModelStore
from api.settings import Settings
from tests.api.clients import client_of


@pytest.fixture(scope="session")
def store() -> ModelStore:
    """The shipped models, opened once."""
    return ModelStore()


@pytest.fixture(scope="session")
def client(store: ModelStore) -> Iterator[TestClient]:
    with client_of(create_app(Settings(), store)) as opened:
        yield opened
