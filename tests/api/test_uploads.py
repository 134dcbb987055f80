"""Bodies that come slowly, or not at all."""

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.types import Message

from api.app import create_app
from api.logs import LOG
from api.models import ModelStore
from api.settings import Settings


def asked(store: ModelStore, content_type: str, messages: list[Message]) -> list[Message]:
    """What the service sends to a client that sends these messages and then nothing."""
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.sleep(30)
        raise TimeoutError

    async def send(message: Message) -> None:
        sent.append(message)

    path = "/api/predict" if content_type.endswith("json") else "/api/predict/image"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"content-type", content_type.encode())],
    }
    asyncio.run(create_app(Settings(upload_s=0.1), store)(scope, receive, send))
    return sent


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_that_does_not_come(store: ModelStore, kind: str):
    begun = {"type": "http.request", "body": b"--x", "more_body": True}
    sent = asked(store, kind, [begun])
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["type"] == "/api/problems#slow-upload"


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_client_that_goes_away_is_noted_and_no_fault(
    store: ModelStore, kind: str, caplog: pytest.LogCaptureFixture
):
    begun = {"type": "http.request", "body": b"--x", "more_body": True}
    with caplog.at_level(logging.INFO):
        assert asked(store, kind, [begun, {"type": "http.disconnect"}]) == []
    records = [r for r in caplog.records if r.name == LOG.name]
    assert [r.message for r in records] == ["request"]
    assert vars(records[0])["fields"]["status"] == 499
