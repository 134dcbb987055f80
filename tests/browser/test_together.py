"""The main paths of the page of a sentence, a voice and a face, as a person walks them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.conftest import CHROMIUM, FLAGS, WAIT_MS, fits, serving, until
from tests.ui.recordings import write_models
from ui.face_example import example_picture
from ui.voice_example import example_recording

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT_MS)

DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
WAV: FilePayload = {"name": "my.wav", "mimeType": "audio/wav", "buffer": example_recording()}
PNG: FilePayload = {"name": "two.png", "mimeType": "image/png", "buffer": example_picture()}
BROKEN: FilePayload = {"name": "broken.wav", "mimeType": "audio/wav", "buffer": b"RIFF"}
TITLE = "What do a sentence, a voice and a face say together?"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, with a tiny model of each kind before the shipped ones."""
    folder = write_models(tmp_path_factory.mktemp("together"))
    with serving(folder) as url:
        yield url


@pytest.fixture
def together(page: Page, url: str) -> Page:
    """The page."""
    page.goto(f"{url}/together")
    page.get_by_text(TITLE).wait_for()
    return page


def answers(page: Page) -> Locator:
    """The cards of the modalities, and the one together."""
    return page.locator('[data-testid=stHtml] > div[style*="border-left:8px"]')


def test_the_example(together: Page):
    together.get_by_role("button", name="Try a sentence").click()
    expect(answers(together)).to_have_count(4)
    expect(together.get_by_text("This example is synthetic")).to_be_visible()
    expect(together.get_by_text("Do they agree?")).to_be_visible()
    bars = together.locator(".js-plotly-plot").last.locator(".bars .point")
    expect(bars).to_have_count(3)
    portrait = together.get_by_alt_text("the face", exact=True)
    until(lambda: portrait.evaluate("x => x.naturalWidth") > 0)
    sound = together.locator("audio")
    until(lambda: sound.evaluate("x => x.readyState >= 1 || x.networkState == 2"))
    fits(together)


def test_one_after_the_other(together: Page):
    together.get_by_role("textbox", name="A sentence").fill("what joy")
    together.get_by_role("textbox", name="A sentence").press("Control+Enter")
    expect(answers(together)).to_have_count(2)
    expect(together.get_by_text("stands alone")).to_be_visible()
    files = together.locator("input[type=file]")
    files.nth(1).set_input_files(PNG)
    expect(answers(together)).to_have_count(3)
    files.nth(0).set_input_files(BROKEN)
    expect(together.get_by_text("expected a recording")).to_be_visible()
    expect(answers(together)).to_have_count(3)
    files.nth(0).set_input_files(WAV)
    expect(answers(together)).to_have_count(4)
    expect(together.get_by_text("the largest of 2 faces")).to_be_visible()
    together.get_by_role("textbox", name="A sentence").fill("")
    together.get_by_role("textbox", name="A sentence").press("Control+Enter")
    expect(answers(together)).to_have_count(3)
    fits(together)


def test_microphone_and_camera(
    browser: Browser, url: str, tmp_path_factory: pytest.TempPathFactory
):
    spoken = tmp_path_factory.mktemp("spoken") / "spoken.wav"
    spoken.write_bytes(example_recording())
    flags = [*FLAGS, *DEVICES, f"--use-file-for-fake-audio-capture={spoken}"]
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    try:
        page = opened.new_context(permissions=["microphone", "camera"]).new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(url)
        page.get_by_role("link", name="Together").click()
        page.get_by_text("The microphone").click()
        page.get_by_role("button", name="Record").first.click()
        page.wait_for_timeout(4000)
        page.get_by_role("button", name="Stop recording").click()
        expect(answers(page)).to_have_count(2)
        page.get_by_text("The camera").click()
        video = page.locator("video")
        video.evaluate("x => x.readyState >= 2 || new Promise(done => x.oncanplay = done)")
        page.get_by_role("button", name="Take Photo").click()
        expect(page.get_by_text("No face was found")).to_be_visible()  # a test picture
        expect(answers(page)).to_have_count(2)
    finally:
        opened.close()
