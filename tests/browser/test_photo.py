"""The main paths of the photo page, as a person walks them."""

import csv
import io
import json
import re
from contextlib import suppress
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from skimage.data import astronaut

from emotion_core.face.image import read_image
from emotion_core.labels import EKMAN7
from tests.browser.conftest import CHROMIUM, FLAGS, WAIT_MS, fits
from ui.face_rows import picture_columns
from ui.face_seen import encoded

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT_MS)

FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
TRIES = 3
FACE = 222, 118
"""px of the middle of the astronaut's face"""


@pytest.fixture
def photo(page: Page, url: str) -> Page:
    """The photo page."""
    page.goto(f"{url}/photo")
    page.get_by_text("Which emotion does a face show?").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    return page


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A photo of an astronaut."""
    path = tmp_path / "astronäut.png"
    path.write_bytes(encoded(astronaut(), ".png"))
    return path


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_face_is_answered_explained_and_downloaded(photo: Page, picture: Path):
    photo.locator("input[type=file]").first.set_input_files(picture)
    expect(photo.get_by_text("1 face, answered in")).to_be_visible()
    expect(photo.get_by_text("Face 1", exact=True)).to_be_visible()
    bar = photo.get_by_role("img", name=re.compile(r"^\w+ \d+%, "))
    label = (bar.get_attribute("aria-label") or "").split()[0]
    assert label in EKMAN7
    overlay = photo.get_by_role("img", name="The face with the regions")
    expect(overlay).to_be_visible()
    assert overlay.evaluate("x => x.decode().then(() => x.naturalWidth)") == 320
    photo.get_by_text("What the network saw").click()
    expect(photo.get_by_role("img", name="The normalised face")).to_be_visible()
    fits(photo)

    (row,) = csv.DictReader(io.StringIO(downloaded(photo, "Download CSV").decode()))
    assert list(row) == picture_columns(EKMAN7)
    assert (row["source"], row["person"], row["error"]) == (picture.name, "1", "")
    assert float(row["left"]) < FACE[0] < float(row["right"])
    assert float(row["top"]) < FACE[1] < float(row["bottom"])
    (parsed,) = json.loads(downloaded(photo, "Download JSON"))
    assert parsed["label"] == row["label"] == label
    drawn = read_image(downloaded(photo, "Download picture")).frame
    changed = (drawn != astronaut()).any(2)
    assert changed[int(float(row["top"])) + 1, FACE[0]]  # the box
    assert not changed[400:, :100].any()


def test_blurred_faces(photo: Page, picture: Path):
    photo.locator("input[type=file]").first.set_input_files(picture)
    expect(photo.get_by_text("1 face, answered in")).to_be_visible()
    expect(photo.get_by_role("button", name="Download picture")).to_be_visible()
    photo.get_by_text("Blur the faces in the picture").click()
    expect(photo.get_by_role("button", name="Download blurred picture")).to_be_visible()
    blurred = read_image(downloaded(photo, "Download blurred picture")).frame
    face = slice(FACE[1] - 25, FACE[1] + 25), slice(FACE[0] - 25, FACE[0] + 25)
    detail = [cv2.Laplacian(x[face], cv2.CV_64F).std() for x in (astronaut(), blurred)]
    assert detail[1] < detail[0] / 4


def test_another_face_is_chosen_by_its_card(photo: Page):
    photo.get_by_role("button", name="Try two drawn faces").click()
    expect(photo.get_by_text("Face 1: what drove the answer")).to_be_visible()
    photo.get_by_role("button", name="What drove face 2?").click()
    expect(photo.get_by_text("Face 2: what drove the answer")).to_be_visible()
    fits(photo)


def test_several_pictures(photo: Page, picture: Path, tmp_path: Path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    photo.get_by_role("tab", name="Several pictures").click()
    photo.locator("input[type=file][multiple]").set_input_files([broken, picture])
    photo.get_by_role("button", name="Answer every picture").click()
    expect(photo.get_by_text("Distribution")).to_be_visible()
    rows = list(csv.DictReader(io.StringIO(downloaded(photo, "Download CSV").decode())))
    assert [r["source"] for r in rows] == ["broken.jpg", picture.name]
    assert rows[0]["error"]
    assert rows[1]["label"] in EKMAN7
    fits(photo)


def test_the_camera_takes_a_picture_without_a_face(browser: Browser, url: str):
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *FAKE_CAMERA])
    try:
        page = opened.new_context(permissions=["camera"]).new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(url)
        page.get_by_role("link", name="Photo").click()
        page.get_by_text("Which emotion does a face show?").wait_for()
        assert page.locator("video").count() == 0
        page.get_by_role("radio", name="The camera").click()
        page.locator("video").evaluate(
            "x => x.readyState > 1 || new Promise(done => (x.onloadeddata = done))"
        )
        answer = page.get_by_text("No face was found, so there is no answer")
        for _ in range(TRIES):  # a click before the widget has a picture of the camera is lost
            if (button := page.get_by_role("button", name="Take photo")).is_visible():
                button.click()
            with suppress(PlaywrightTimeout):
                answer.wait_for(timeout=WAIT_MS / TRIES)
                break
        expect(answer).to_be_visible()
    finally:
        opened.close()
