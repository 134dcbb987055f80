"""The real server, started by the command and spoken to over a real socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from api.keys import new_key, write_keys
from tests.api.servers import ROOT, ask, free_port
from tests.face.pictures import astronaut

COMMAND = """
from emotion_core.cli import app, main
from emotion_core.cli_serve import register
register(app)
main()
"""


@contextmanager
def started(port: int, temporary: Path, *more: str) -> Generator["subprocess.Popen[str]"]:
    """The server, once it answers; ended by its id."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "--port", str(port), *more],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(600):
            if process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_server_answers_and_ends_when_it_is_told_to(tmp_path: Path):
    port = free_port()
    with started(port, tmp_path) as server:
        response, content = ask(port, "GET", "/api/health")
        assert (response.status, json.loads(content)["ready"]) == (200, True)
        body = json.dumps({"text": "I am so happy today"}).encode()
        response, content = ask(port, "POST", "/api/predict", body, Content_Type="application/json")
        assert (response.status, json.loads(content)["label"]) == (200, "joy")
        assert response.headers["X-Request-ID"]
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        form = head + astronaut() + b"\0" * 2**21 + b"\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        response, content = ask(port, "POST", "/predict/image", form, Content_Type=kind)
        assert (response.status, len(json.loads(content)["faces"])) == (200, 1)
        response, _ = ask(port, "GET", "/api/health", Host="evil.example")
        assert response.status == 400
        assert list(tmp_path.iterdir()) == []

        seen: list[int] = []
        texts = json.dumps({"texts": ["so happy, and so sad"] * 1000}).encode()
        asking = Thread(
            target=lambda: seen.append(
                ask(port, "POST", "/predict", texts, Content_Type="application/json")[0].status
            )
        )
        asking.start()
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGTERM)
        asking.join()
        assert seen == [200]  # what had begun was answered
        assert server.wait(30) in (0, -signal.SIGTERM)
        out, logged = server.communicate()
    assert out == ""
    lines = [json.loads(line) for line in logged.splitlines()]
    assert sum(line["message"] == "request" for line in lines) == 5
    assert "happy" not in logged
    assert not any("without API keys" in line["message"] for line in lines)


def test_keys_and_a_warning_where_everybody_may_come(tmp_path: Path):
    port, path = free_port(), tmp_path / "keys.json"
    secret, stored = new_key("a", frozenset({"text"}))
    write_keys(path, [stored])
    with started(port, tmp_path, "--keys", str(path)):
        assert ask(port, "GET", "/metrics")[0].status == 401
        assert ask(port, "GET", "/metrics", Authorization=f"Bearer {secret}")[0].status == 403
    with started(port, tmp_path, "--host", "0.0.0.0") as server:
        assert ask(port, "GET", "/health", Host="any.example")[0].status == 200
        server.terminate()
        assert "everybody who reaches this address" in server.communicate(timeout=30)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--keys", "absent.json"), "expected API keys, got none"),
        (("--origins", "*"), "name the pages"),
        (("--port", "70000"), "65535"),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], message: str):
    with started(free_port(), tmp_path, *arguments) as server:
        _, logged = server.communicate(timeout=60)
        assert server.returncode == 2
        assert message in logged


def test_without_fastapi_the_remedy_is_told(tmp_path: Path):
    hidden = "import sys; sys.modules['fastapi'] = None\n" + COMMAND
    found = subprocess.run(
        [sys.executable, "-c", hidden, "serve"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert found.returncode == 1
    assert "pip install -e '.[api]'" in found.stderr
    assert "Traceback" not in found.stderr
