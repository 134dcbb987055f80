"""The service in a process of its own, as the command starts it, and what it holds."""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = "127.0.0.1"
START_S = 120.0
JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What came back.

    Attributes:
        status: of the response
        headers: of it, lower case
        content: its body
        seconds: from the request's first byte to the response's last
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def told(self) -> dict[str, object]:
        """The body as JSON."""
        return json.loads(self.content)


class Client:
    """One connection that is kept.

    Args:
        port: of the service
    """

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HERE, port, timeout=300)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        """One request."""
        began = time.perf_counter()
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        content = response.read()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, told, content, time.perf_counter() - began)

    def text(self, text: str) -> Answer:
        """One text."""
        return self.ask("POST", "/api/predict", json.dumps({"text": text}).encode(), JSON)

    def file(self, route: str, content: bytes) -> Answer:
        """One file."""
        edge = secrets.token_hex(16)
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self.ask("POST", f"/api/predict/{route}", body, kind)

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


def free_port() -> int:
    """A port of this computer that nobody uses."""
    with socket.socket() as found:
        found.bind((HERE, 0))
        return found.getsockname()[1]


class Server(NamedTuple):
    """A server that runs.

    Attributes:
        port: of it
        process: of it
    """

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def memory_mb(self) -> float:
        """What its process holds, in MB (10^6 bytes)."""
        return resident_mb(self.process.pid)

    @property
    def children_mb(self) -> list[float]:
        """What each of the processes that it has started holds."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [pid for task in tasks for pid in task.read_text().split()]
        return [resident_mb(int(pid)) for pid in pids]


def resident_mb(pid: int) -> float:
    """Resident memory of a process, 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(x.split()[1]) * 1024 / 1e6 for x in lines if x.startswith("VmRSS:")), 0.0)


@contextmanager
def started(*command: str, ready: str = "/api/health") -> Generator[Server]:
    """A server, once it answers; ended by its id.

    Args:
        command: of the server without its port, after Python; none for the project's own
        ready: path that is answered once it is
    """
    port = free_port()
    chosen = command or ("-m", "emotion_core", "serve")
    process = subprocess.Popen(
        [sys.executable, *chosen, "--port", str(port)],
        cwd=Path(__file__).resolve().parent.parent,
        env=os.environ | {"TOKENIZERS_PARALLELISM": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port, process, ready)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(60)


def _await(port: int, process: "subprocess.Popen[bytes]", path: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        client = Client(port)
        try:
            if client.ask("GET", path).status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            client.close()
    raise RuntimeError(f"the server does not answer within {START_S:g} s")
