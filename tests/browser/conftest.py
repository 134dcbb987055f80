"""The real server on a free loopback port, and a real Chromium in front of it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from emotion_core.labels import GOEMOTIONS28
from tests.bundles import write_face_bundle, write_naive_bayes_bundle

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S, WAIT_MS, POLL_S = 60, 30_000, 0.05
FITS = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    return [main, document.documentElement].every(x => x.scrollWidth <= x.clientWidth);
}"""
"""whether nothing reaches over the edge of the page"""


def fits(page: Page) -> None:
    """Waits until nothing reaches over the edge of the page."""
    page.wait_for_function(FITS)


def until(condition: Callable[[], object]) -> None:
    """Waits for what no `expect` of Playwright asks, as long as one would."""
    deadline = time.monotonic() + WAIT_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_server(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8')}")


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """The app on a port of its own, with the models of a folder before the shipped ones."""
    port, log = _free_port(), folder.parent / f"{folder.name}-server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = os.environ | {"EMOTION_MODELS": str(folder)}
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            _await_server(server, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("bundles")
    calibration = {"temperature": 1.0, "uncertain_below": 0.3, "thresholds": [0.2] * 28}
    write_naive_bayes_bundle(
        folder / "text-goemotions28", GOEMOTIONS28, multi_label=True, calibration=calibration
    )
    write_face_bundle(folder / "face-cnn")
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(params=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Page]:
    """The start page, light on a desktop and dark on a phone; any error of the page fails."""
    phone = request.param == "phone"
    context = browser.new_context(
        color_scheme="dark" if phone else "light",
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
    )
    errors: list[str] = []
    opened = context.new_page()
    opened.set_default_timeout(WAIT_MS)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(url)
    opened.get_by_label("Type a text").wait_for()
    yield opened
    context.close()
    assert not errors
