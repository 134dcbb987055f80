"""The dashboard and the REST service on one port, with one set of models."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from websockets.sync.client import connect

from api.keys import new_key, write_keys
from emotion_core.errors import InvalidInput
from tests.api.servers import ROOT, ask, free_port
from ui import models
from ui.one_port import ApiSettings, make_service, read_settings
from ui.temporary import PREFIX

BODY = json.dumps({"text": "so happy"}).encode()


@contextmanager
def dashboard(folder: Path, *more: str, **environment: str) -> Generator[int]:
    """The port of `streamlit run app.py`, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1", *more]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
        try:
            _await(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def _await(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert server.poll() is None
        try:
            if ask(port, "GET", "/_stcore/health")[0].status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError


def test_dashboard_and_service_answer_on_one_port(tmp_path: Path):
    with dashboard(tmp_path, EMOTION_API="1") as port:
        response, page = ask(port, "GET", "/")
        assert (response.status, b"streamlit" in page.lower()) == (200, True)
        response, content = ask(port, "GET", "/api/health")
        assert (response.status, json.loads(content)["ready"]) == (200, True)
        response, content = ask(port, "POST", "/api/predict", BODY, Content_Type="application/json")
        assert (response.status, json.loads(content)["label"]) == (200, "joy")
        for strange, status in ({"Host": "evil.example"}, 400), ({"Origin": "http://evil"}, 403):
            kind = {"Content_Type": "application/json"}
            assert ask(port, "POST", "/api/predict", BODY, **kind, **strange)[0].status == status
        with connect(f"ws://127.0.0.1:{port}/api/stream") as client:
            client.send('{"kind": "frames"}')
            assert json.loads(client.recv(60))["type"] == "ready"


def test_the_service_is_off_by_default(tmp_path: Path):
    with dashboard(tmp_path) as port:
        response, _ = ask(port, "GET", "/api/health")
        assert response.headers["content-type"].startswith("text/html")
        assert ask(port, "POST", "/api/predict", BODY)[0].status in (404, 405)


def test_uploads_lie_in_one_folder_that_goes_with_the_app(tmp_path: Path):
    folder = tmp_path / "temporary"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / f"{PREFIX}{ended.pid}-left" / "face").mkdir(parents=True)
    with dashboard(tmp_path, TMPDIR=str(folder)):
        (own,) = folder.glob(f"{PREFIX}*")
        assert not own.name.startswith(f"{PREFIX}{ended.pid}-")
        assert own.stat().st_mode & 0o777 == 0o700
    assert list(folder.glob(f"{PREFIX}*")) == []


def test_one_set_of_models(start: Callable[[], AppTest]):
    start()
    opened = models.shared_text("text-goemotions28")
    service = make_service(ApiSettings(enabled=True), "localhost").state.service
    assert service.models.text(service.models.spec("text")) is opened


@pytest.mark.parametrize("address", ["", "0.0.0.0", "192.0.2.1"])
def test_a_port_that_others_reach_needs_keys(address: str, tmp_path: Path):
    with pytest.raises(InvalidInput, match="expected keys = FILE"):
        make_service(ApiSettings(enabled=True), address)
    with pytest.raises(InvalidInput, match="asks to sign in"):
        make_service(ApiSettings(enabled=True), "localhost", signing_in=True)
    path = tmp_path / "keys.json"
    write_keys(path, [new_key("a", frozenset({"text"}))[1]])
    service = make_service(ApiSettings(enabled=True, keys=str(path)), address)
    assert service.state.service.keys is not None


@pytest.mark.parametrize(
    ("section", "environment", "expected"),
    [
        ({}, {}, ApiSettings()),
        ({"enabled": True}, {}, ApiSettings(enabled=True)),
        ({"enabled": True}, {"EMOTION_API": "0"}, ApiSettings()),
        (
            {"keys": "a.json", "origins": ["https://a.example"]},
            {"EMOTION_API": "1", "EMOTION_API_KEYS": "b.json", "EMOTION_API_HOSTS": "a, b"},
            ApiSettings(True, "b.json", ("https://a.example",), ("a", "b")),
        ),
        ({"processes": 0}, {}, ApiSettings(processes=0)),
    ],
)
def test_settings(section: dict[str, Any], environment: dict[str, str], expected: ApiSettings):
    assert read_settings(section, environment) == expected


def test_a_setting_that_is_unknown():
    with pytest.raises(InvalidInput, match="got port"):
        read_settings({"port": 1}, {})
