"""The webcam page in a real Chromium, whose camera plays a film of a real face."""

import base64
import csv
import io
import math
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from emotion_core.face.detect import open_detector
from emotion_core.labels import ANGER, DISGUST, FEAR, JOY, NEUTRAL, SADNESS, SURPRISE
from emotion_core.rows import columns
from emotion_core.types import Faces
from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, WAIT_MS, _await_server, _free_port, fits
from tests.bundles import write_audio_bundle, write_face_bundle
from ui.palette import rgb_colours
from ui.voice_example import example_recording

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT_MS)

LABELS = (ANGER, DISGUST, FEAR, JOY, SADNESS, NEUTRAL, SURPRISE)
"""the tiny model answers a face as bright as this one with the fifth"""
FILM_FRAMES, FILM_FPS, SIZE_WH = 150, 30, (640, 480)
ZOOM, FACE_PX, SWAY_PX = 1.8, (222, 118), 30
"""how much larger than in the picture the face is, where it is there, and how far it moves"""
COLOUR_TOLERANCE, EDGE_PX = 60, 25
"""what the compression of a live picture does to a thin coloured line"""
TRIES = 20
SNAPSHOT = """video => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""
KEEP_CAMERA = """(() => {
    if (!navigator.mediaDevices) return;
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => (window.given = await ask(wanted));
})()"""
UNPLUG = "() => window.given.getTracks().forEach((track) => track.stop())"


def write_film(path: Path) -> Path:
    """A face that sways, as the motion JPEG that Chromium takes for a camera."""
    picture = skimage.data.astronaut()
    with av.open(path, "w", format="mjpeg") as film:
        stream = film.add_stream("mjpeg", rate=FILM_FPS)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuvj420p"  # Chromium shows plain green for any other
        for angle in np.linspace(0, 2 * math.pi, FILM_FRAMES, endpoint=False):
            middle = np.array(SIZE_WH) / 2 + SWAY_PX * np.array([math.sin(angle), 0])
            shift = middle - ZOOM * np.array(FACE_PX)
            matrix = np.array([[ZOOM, 0, shift[0]], [0, ZOOM, shift[1]]])
            shot = cv2.warpAffine(picture, matrix, SIZE_WH, borderMode=cv2.BORDER_REPLICATE)
            frame = av.VideoFrame.from_ndarray(shot.astype(np.uint8), format="rgb24")
            film.mux(stream.encode(frame.reformat(format="yuvj420p")))
        film.mux(stream.encode(None))
    return path


@contextmanager
def served(folder: Path, *options: str) -> Generator[str]:
    """The server on the models of a folder, with options of Streamlit."""
    port, log = _free_port(), folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port), *options]
    with log.open("wb") as out:
        environment = os.environ | {"EMOTION_MODELS": str(folder)}
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            _await_server(server, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny face model and a tiny voice model."""
    folder = tmp_path_factory.mktemp("faces")
    write_face_bundle(folder / "face-cnn", LABELS)
    write_audio_bundle(folder / "audio-cnn-bigru")
    return folder


@pytest.fixture(scope="module")
def url(models: Path) -> Iterator[str]:
    """The server, without STUN or TURN."""
    with served(models) as address:
        yield address


@pytest.fixture(scope="module")
def with_camera(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera shows the film and whose microphone plays some speech."""
    folder = tmp_path_factory.mktemp("film")
    spoken = folder / "spoken.wav"
    spoken.write_bytes(example_recording())
    flags = [
        *FLAGS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={write_film(folder / 'film.mjpeg')}",
        f"--use-file-for-fake-audio-capture={spoken}",
    ]
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield opened
    opened.close()


@pytest.fixture
def visit(url: str) -> Iterator[Callable[..., Page]]:
    """Opens the webcam page in a tab of its own; any error of a page fails."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(browser: Browser, script: str = "", phone: bool = False, url: str = url) -> Page:
        context = browser.new_context(
            color_scheme="dark" if phone else "light",
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
        )
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.get_by_label("Type a text").wait_for()
        page.goto(f"{url}/webcam")
        page.get_by_role("button", name="Test camera").wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors


def camera(page: Page) -> Frame:
    """The frame that holds the camera and its buttons."""
    page.frame_locator("iframe").get_by_role("button", name="Start camera").wait_for()
    (frame,) = page.main_frame.child_frames
    return frame


def start(page: Page) -> Frame:
    """Start camera, and wait until somebody is seen."""
    frame = camera(page)
    frame.get_by_role("button", name="Start camera").click()
    expect(page.locator(".person").first).to_be_visible()
    return frame


def stop(frame: Frame) -> None:
    frame.get_by_role("button", name="Stop camera").click()
    frame.get_by_role("button", name="Start camera").wait_for()


def figures(page: Page) -> dict[str, str]:
    """What the page says of how the stream runs."""
    lines = page.locator(".figures").inner_text().splitlines()
    return dict(zip(lines[::2], lines[1::2], strict=True))


def snapshot(frame: Frame) -> np.ndarray:
    """The picture that the browser shows now, (height, width, 3) RGB."""
    content = base64.b64decode(frame.locator("video").evaluate(SNAPSHOT))
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def drawn_edges(picture: np.ndarray, label: str) -> np.ndarray | None:
    """Left, right and bottom of the lines in a label's colour, if there are any."""
    difference = np.abs(picture.astype(int) - rgb_colours(LABELS)[label]).max(-1)
    near = difference < COLOUR_TOLERANCE
    across, down = np.flatnonzero(near.sum(0) > 30), np.flatnonzero(near.sum(1) > 30)
    if not len(across) or not len(down):
        return None
    return np.array([across[0], across[-1], down[-1]])


def misfit_px(picture: np.ndarray, faces: Faces, label: str) -> float:
    """How far the box in a label's colour is from the only face of a picture."""
    edges = drawn_edges(picture, label)
    if edges is None or len(faces) != 1:
        return math.inf
    return float(np.abs(edges - faces.boxes_xyxy[0, [0, 2, 3]]).max())


def test_the_face_gets_a_box_in_the_colour_of_its_label(
    with_camera: Browser, visit: Callable[..., Page]
):
    page = visit(with_camera)
    frame = start(page)
    expect(page.locator(".person .answer b").first).to_have_text(re.compile(SADNESS))
    detector, misfits = open_detector(), []
    while len(misfits) < TRIES and not (misfits and misfits[-1] < EDGE_PX):
        page.wait_for_timeout(300)
        picture = snapshot(frame)
        misfits.append(misfit_px(picture, detector.detect(picture), SADNESS))
        height, width, channels = picture.shape  # a busy browser sends smaller pictures
        assert (width * SIZE_WH[1], channels) == (height * SIZE_WH[0], 3)
        assert drawn_edges(picture, JOY) is None
    assert misfits[-1] < EDGE_PX
    stop(frame)


def test_figures_chart_and_recording(with_camera: Browser, visit: Callable[..., Page]):
    page = visit(with_camera)
    frame = start(page)
    page.get_by_role("button", name="Record the answers").click()
    expect(page.locator(".figures")).to_contain_text("Recorded")
    page.wait_for_timeout(4000)
    shown = {name: int(re.sub(r"\D", "", value)) for name, value in figures(page).items()}
    assert 2 <= shown["Answered"] <= shown["Camera"] + 5 <= 40
    assert 1 <= shown["Delay"] <= 2000
    lines = page.locator(".person").first.locator("svg path")
    expect(lines).to_have_count(len(LABELS))
    assert "L" in (lines.nth(LABELS.index(SADNESS)).get_attribute("d") or "")
    page.get_by_role("button", name="Stop recording").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert list(rows[0]) == columns(LABELS)
    assert len(rows) >= 5
    assert rows[0]["person"] == "1"
    said = Counter(row["label"] for row in rows)  # the level of a moving face may touch the next
    assert said.most_common(1)[0][0] == SADNESS
    assert float(rows[-1]["end_s"]) >= 3
    stop(frame)
    expect(page.locator(".figures")).to_be_empty()
    expect(page.get_by_role("button", name="Download JSON")).to_be_visible()


def test_two_tabs_at_once(with_camera: Browser, visit: Callable[..., Page]):
    desktop, phone = visit(with_camera), visit(with_camera, phone=True)
    first, second = start(desktop), start(phone)
    fits(phone)
    fits(desktop)
    stop(first)
    expect(desktop.locator(".figures")).to_be_empty()
    before = snapshot(second)
    phone.wait_for_timeout(1500)
    assert not np.array_equal(snapshot(second), before)  # the size may have been adapted
    expect(phone.locator(".person .answer b").first).to_have_text(re.compile(SADNESS))
    stop(second)


def test_another_page_ends_the_stream_and_the_next_visit_starts_anew(
    with_camera: Browser, visit: Callable[..., Page]
):
    page = visit(with_camera)
    start(page)
    page.get_by_role("link", name="Voice").click()
    page.get_by_text("Which emotion is in a voice?").wait_for()
    page.get_by_role("link", name="Webcam").click()
    page.get_by_role("button", name="Test camera").wait_for()
    stop(start(page))


def test_a_camera_unplugged_in_the_middle(with_camera: Browser, visit: Callable[..., Page]):
    page = visit(with_camera, KEEP_CAMERA)
    frame = start(page)
    frame.evaluate(UNPLUG)
    expect(page.get_by_text("No picture comes from the camera")).to_be_visible()
    stop(frame)
    start(page)
    expect(page.get_by_text("No picture comes from the camera")).to_be_hidden()
    stop(frame)


def test_the_voice_is_answered_too(with_camera: Browser, visit: Callable[..., Page]):
    page = visit(with_camera)
    page.get_by_text("Voice too").click()
    expect(page.get_by_role("combobox", name="Model")).to_have_count(2)
    frame = start(page)
    expect(page.locator(".voice .answer b")).to_be_visible()
    expect(page.locator(".voice .percent")).to_have_text(re.compile(r"\d+%"))
    stop(frame)


def test_the_self_test_finds_everything(with_camera: Browser, visit: Callable[..., Page]):
    page = visit(with_camera)
    page.get_by_role("button", name="Test camera").click()
    expect(page.get_by_text("Everything that the live camera needs is there")).to_be_visible()
    expect(page.locator(".steps li")).to_have_count(6)
    expect(page.locator(".steps")).to_contain_text("a picture of 640 × 480")


NO_DEVICE = "navigator.mediaDevices.enumerateDevices = async () => [];"
DENIED = """navigator.mediaDevices.getUserMedia = async () => {
    throw new DOMException("Permission denied", "NotAllowedError");
};"""
IN_USE = DENIED.replace("NotAllowedError", "NotReadableError")
NO_ADDRESS = "RTCPeerConnection.prototype.setLocalDescription = async function () {\
    setTimeout(() => this.onicecandidate({ candidate: null })); };"
INSECURE = "Object.defineProperty(window, 'isSecureContext', { value: false });"


@pytest.mark.parametrize(
    ("script", "steps", "message"),
    [
        (INSECURE, 1, "Open it over HTTPS"),
        ("delete window.RTCPeerConnection;", 2, "Take a current Firefox"),
        (NO_DEVICE, 3, "No camera was found"),
        (DENIED, 5, "Allow it with the symbol beside the address"),
        (IN_USE, 5, "another program may be using it"),
        (NO_ADDRESS, 6, "finds no network address"),
    ],
    ids=["insecure", "old browser", "no camera", "denied", "in use", "no address"],
)
def test_the_self_test_says_what_is_wrong(
    with_camera: Browser, visit: Callable[..., Page], script: str, steps: int, message: str
):
    page = visit(with_camera, script)
    expect(page.locator(".alert")).to_be_visible(visible=script == INSECURE)
    page.get_by_role("button", name="Test camera").click()
    expect(page.get_by_text("The live camera cannot work yet")).to_be_visible()
    expect(page.locator(".steps li")).to_have_count(steps)
    expect(page.locator(".steps li").last).to_contain_text(message)
    page.get_by_role("link", name="Take a snapshot").click()
    expect(page).to_have_url(re.compile("/photo$"))


def test_a_server_of_the_secrets_that_does_not_answer(
    with_camera: Browser, visit: Callable[..., Page], models: Path, tmp_path: Path
):
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'[webrtc]\nice_servers = [{{ urls = "stun:127.0.0.1:{_free_port()}" }}]\n')
    with served(models, "--secrets.files", str(secrets)) as url:
        page = visit(with_camera, url=url)
        page.get_by_role("button", name="Test camera").click()
        expect(page.get_by_text("The camera works; the connection may not")).to_be_visible()
        expect(page.locator(".steps li").last).to_contain_text("The STUN server does not answer")
