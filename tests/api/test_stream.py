"""Streams of sound and of frames: a real server, and the client of `websockets`."""

import asyncio
import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.app import create_app
from api.keys import new_key, write_keys
from api.models import ModelStore
from api.problems import KINDS
from api.settings import Settings
from api.task import Task
from benchmarks.voices import voice
from emotion_core.labels import EKMAN7, IEMOCAP4
from tests.api.clients import served
from tests.face.pictures import astronaut, encoded

RATE = 16_000
END = json.dumps({"type": "end"})
GREY = encoded(np.full((64, 64, 3), 127, np.uint8), "JPEG")


@pytest.fixture(scope="module")
def address(store: ModelStore) -> Iterator[str]:
    with served(create_app(Settings(streams=3, stream_message_bytes=400_000), store)) as name:
        yield name


def opened(address: str, prefix: str = "/api", **settings: Any) -> ClientConnection:
    return connect(f"ws://{address}{prefix}/stream", compression=None, **settings)


def begun(client: ClientConnection, **first: object) -> dict[str, Any]:
    client.send(json.dumps(first))
    return json.loads(client.recv(60))


def told(client: ClientConnection) -> list[dict[str, Any]]:
    """Everything until the stream is closed."""
    found: list[dict[str, Any]] = []
    try:
        while True:
            found.append(json.loads(client.recv(60)))
    except ConnectionClosed:
        return found


def is_ended(client: ClientConnection, kind: str) -> dict[str, Any]:
    """The problem that a stream ends by; its code tells the status."""
    *_, last = told(client)
    assert last["type"] == "problem"
    problem = last["problem"]
    assert problem["type"] == f"/api/problems#{kind}"
    assert problem["status"] == KINDS[kind][0]
    assert (client.close_code, client.close_reason) == (4000 + problem["status"], kind)
    return problem


def refused(address: str, **settings: Any) -> tuple[int, dict[str, Any], Any]:
    """Status, problem and headers of a stream that is turned away."""
    with pytest.raises(InvalidStatus) as found:
        opened(address, **settings)
    response = found.value.response
    return response.status_code, json.loads(response.body), response.headers


@pytest.mark.parametrize(("kind", "prefix"), [("s16le", "/api"), ("f32le", "")])
def test_a_voice_is_answered_while_it_comes(address: str, kind: str, prefix: str):
    samples = voice(5.0)
    sound = samples.astype("<f4") if kind == "f32le" else (samples * 32_767).astype("<i2")
    with opened(address, prefix) as client:
        asked = {"kind": "audio", "rate": RATE, "format": kind, "labels": "IEMOCAP4"}
        ready = begun(client, **asked, window=2, hop=1)
        assert (ready["type"], ready["labels"]) == ("ready", list(IEMOCAP4))
        for part in np.array_split(sound[: 3 * RATE], 7):
            client.send(part.tobytes())
        first = json.loads(client.recv(60))
        assert (first["type"], first["start_s"], first["end_s"]) == ("answer", 0, 2)
        assert sum(first["answer"]["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        client.send(sound[3 * RATE : 5 * RATE - RATE // 4].tobytes())
        client.send(END)
        *answers, done = told(client)
        spans = [(a["start_s"], a["end_s"]) for a in (first, *answers)]
        assert spans == [(0, 2), (1, 3), (2, 4), (3, 4.75)]
        assert done == {"type": "done", "answers": 4, "dropped": 0}
        assert client.close_code == 1000


def test_two_channels_and_silence(address: str):
    with opened(address) as client:
        begun(client, kind="audio", rate=48_000, channels=2, window=1, hop=1)
        client.send(np.zeros(2 * 48_000, "<i2").tobytes())
        client.send(END)
        answer, done = told(client)
        assert answer["answer"] is None
        assert "no speech" in answer["notices"][0]
        assert done["answers"] == 1


def test_a_fast_sender_is_held_up(store: ModelStore):
    """While an answer takes its time nothing is read: TCP holds the sender up."""
    app, go, block = create_app(Settings(processes=0), store), threading.Event(), bytes(2**20)

    async def answer_late(_: object) -> bytes:
        while not go.is_set():
            await asyncio.sleep(0.01)
        return b"{}"

    async def send_all(address: str) -> int:
        url = f"ws://{address}/stream"
        async with connect_async(url, compression=None, close_timeout=0.2) as client:
            await client.send(json.dumps({"kind": "audio", "rate": RATE}))
            for sent in range(200):
                try:
                    await asyncio.wait_for(client.send(block), 1)
                except TimeoutError:
                    go.set()
                    return sent
        return 200

    app.state.service.media.at_once = answer_late
    with served(app) as address:
        assert asyncio.run(send_all(address)) < 40  # what sockets hold


def test_frames_are_answered(address: str):
    with opened(address) as client:
        ready = begun(client, kind="frames", labels="EKMAN7")
        assert ready["labels"] == list(EKMAN7)
        client.send(astronaut())
        seen = json.loads(client.recv(60))
        assert (seen["type"], seen["frame"], seen["dropped"]) == ("answer", 0, 0)
        assert len(seen["faces"]) == 1
        client.send(b"no picture")
        damaged = json.loads(client.recv(60))
        assert (damaged["type"], damaged["frame"]) == ("problem", 1)
        assert damaged["problem"]["status"] == 422
        client.send(GREY)
        assert json.loads(client.recv(60))["faces"] == []
        client.send(END)
        assert told(client) == [{"type": "done", "answers": 2, "dropped": 0}]


def test_of_many_frames_the_newest_is_answered_and_the_others_are_counted(store: ModelStore):
    app, go = create_app(Settings(processes=0), store), threading.Event()
    at_once = app.state.service.media.at_once

    async def answer_late(task: Task) -> bytes:
        while not go.is_set():
            await asyncio.sleep(0.01)
        return await at_once(task)

    app.state.service.media.at_once = answer_late
    with served(app) as address, opened(address) as client:
        begun(client, kind="frames")
        for frame in (*[GREY] * 60, astronaut()):
            client.send(frame)
        client.send(END)
        assert client.ping().wait(60)  # everything before it has arrived
        go.set()
        *_, newest, done = told(client)
        assert (newest["frame"], len(newest["faces"])) == (60, 1)
        assert done["dropped"] >= 58
        assert done["answers"] + done["dropped"] == 61


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("no JSON", "malformed"),
        (b"bytes", "malformed"),
        ("[]", "invalid-request"),
        ('{"kind": "film"}', "invalid-request"),
        ('{"kind": "audio"}', "invalid-request"),
        ('{"kind": "audio", "rate": 1}', "invalid-request"),
        ('{"kind": "audio", "rate": 16000, "format": "mp3"}', "invalid-request"),
        ('{"kind": "audio", "rate": 16000, "hop": 9}', "invalid-input"),
        ('{"kind": "audio", "rate": 16000, "model": "face-cnn"}', "unknown-model"),
        ('{"kind": "frames", "model": "../x"}', "unknown-model"),
        ('{"kind": "frames", "labels": "NONE"}', "unknown-labels"),
        ('{"kind": "frames", "more": 1}', "invalid-request"),
    ],
)
def test_first_messages_that_are_refused(address: str, first: str | bytes, kind: str):
    with opened(address) as client:
        client.send(first)
        is_ended(client, kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"odd", "malformed"), ("hello", "malformed"), ('{"type": "start"}', "malformed")],
)
def test_messages_that_are_refused(address: str, content: str | bytes, kind: str):
    with opened(address) as client:
        begun(client, kind="audio", rate=RATE)
        client.send(content)
        is_ended(client, kind)


def test_a_message_that_is_too_large(address: str):
    with opened(address) as client:
        begun(client, kind="frames")
        client.send(b"a" * 400_001)
        with pytest.raises(ConnectionClosed):
            client.recv(60)
        assert client.close_code == 1009


def test_pages_of_other_origins_are_turned_away(address: str):
    status, problem, _ = refused(address, origin="https://evil.example")
    assert (status, problem["type"]) == (403, "/api/problems#wrong-origin")
    with opened(address, origin=f"http://{address}") as client:
        assert begun(client, kind="frames")["type"] == "ready"
    with served(create_app(Settings(hosts=("other.example",)))) as address:
        assert refused(address)[1]["type"] == "/api/problems#wrong-host"


def test_streams_have_places(address: str):
    with ExitStack() as held:
        first = held.enter_context(ExitStack())
        first.enter_context(opened(address))
        for _ in range(2):
            held.enter_context(opened(address))
        status, problem, headers = refused(address)
        assert (status, problem["type"]) == (503, "/api/problems#overloaded")
        assert int(headers["Retry-After"]) > 0
        first.close()
        assert begun(held.enter_context(_once_free(address)), kind="frames")["type"] == "ready"


@contextmanager
def _once_free(address: str) -> Generator[ClientConnection]:
    for _ in range(500):
        try:
            with opened(address) as client:
                yield client
                return
        except InvalidStatus:
            time.sleep(0.01)
    raise TimeoutError


def test_streams_have_time_limits(store: ModelStore):
    limits = Settings(stream_idle_s=0.2, processes=0)
    with served(create_app(limits, store)) as address:
        with opened(address) as client:
            is_ended(client, "silent-stream")
        for first in ({"kind": "frames"}, {"kind": "audio", "rate": RATE}):
            with opened(address) as client:
                begun(client, **first)
                is_ended(client, "silent-stream")
    app = create_app(Settings(stream_s=0.2, processes=0), store)
    with served(app) as address, opened(address) as client:
        begun(client, kind="frames")
        is_ended(client, "long-stream")


def test_keys_scopes_and_rates(store: ModelStore, tmp_path: Path):
    full, stored = new_key("full", frozenset({"audio"}), 600, 50)
    slow, stored_slow = new_key("slow", frozenset({"image"}), 1, 2)
    write_keys(tmp_path / "keys.json", [stored, stored_slow])
    limits = Settings(keys=tmp_path / "keys.json", processes=0)
    with served(create_app(limits, store)) as address:
        status, problem, _ = refused(address, additional_headers={"X-API-Key": "wrong"})
        assert (status, problem["type"]) == (401, "/api/problems#no-key")
        for key in ({}, {"key": "wrong"}):
            with opened(address) as client:
                client.send(json.dumps({"kind": "frames", **key}))
                is_ended(client, "no-key")
        with opened(address, additional_headers={"X-API-Key": full}) as client:
            client.send(json.dumps({"kind": "frames"}))
            is_ended(client, "missing-scope")
        bearer = {"Authorization": f"Bearer {slow}"}
        with opened(address, additional_headers=bearer) as client:
            begun(client, kind="frames")
            client.send(GREY)  # what the key's burst has left, after the opening
            assert json.loads(client.recv(60))["type"] == "answer"
            client.send(GREY)
            is_ended(client, "rate-limit")
        with opened(address) as client:
            assert begun(client, kind="audio", rate=RATE, key=full)["type"] == "ready"
