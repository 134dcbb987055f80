"""The main paths of the voice page, as a person walks them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Browser, FilePayload, Page, expect

from emotion_core.labels import EKMAN7
from emotion_core.rows import columns
from tests.browser.conftest import CHROMIUM, FLAGS, WAIT_MS, fits, serving, until
from tests.bundles import write_audio_bundle
from ui.voice_example import example_recording

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT_MS)

FAKE_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
NAME = "my vöice.wav"
LENGTH_S = 8.51
RECORDED_S = 4
WAV: FilePayload = {"name": NAME, "mimeType": "audio/wav", "buffer": example_recording()}
BROKEN: FilePayload = {"name": "broken.wav", "mimeType": "audio/wav", "buffer": b"RIFF, no sound"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, with a tiny voice model beside the shipped ones."""
    folder = tmp_path_factory.mktemp("voices")
    write_audio_bundle(folder / "audio-cnn-bigru")
    with serving(folder) as url:
        yield url


@pytest.fixture
def voice(page: Page, url: str) -> Page:
    """The voice page."""
    page.goto(f"{url}/voice")
    page.get_by_text("Which emotion is in a voice?").wait_for()
    return page


def give(page: Page, place: int, *files: FilePayload) -> None:
    """Choose files in one of the page's file choosers."""
    page.locator("input[type=file]").nth(place).set_input_files(list(files))


class Player:
    """The player on a page."""

    def __init__(self, page: Page) -> None:
        self.page, self.track = page, page.locator(".track")
        self.medium = page.locator(".medium audio")

    def time_s(self) -> float:
        return self.medium.evaluate("x => x.currentTime")

    def click(self, share: float) -> None:
        """A moment, as a share of the recording, in the waveform."""
        plot = self.page.locator(".plot").first
        box = plot.bounding_box()
        assert box
        plot.click(position={"x": share * box["width"], "y": 20})

    def plays(self) -> None:
        """Waits until its time has moved."""
        self.medium.evaluate(
            """x => new Promise(done => {
                const start = x.currentTime;
                x.addEventListener("timeupdate", () => x.currentTime > start + 0.1 && done());
            })"""
        )


def test_a_recording_is_answered_played_and_downloaded(voice: Page):
    give(voice, 0, WAV)
    expect(voice.get_by_text("Answered in")).to_be_visible()
    expect(voice.get_by_text("How it was said")).to_be_visible()
    expect(voice.locator(".js-plotly-plot .heatmaplayer image").first).to_be_visible()
    names = voice.locator(".lane .name").all_inner_texts()
    assert names[:6] == ["Waveform", "Speech", "Emotion", "Spectrogram", "Pitch", "Energy"]
    assert {name.split()[-1] for name in names[6:]} == set(EKMAN7)
    expect(voice.locator(".span", has_text="?").first).to_have_class("span dashed")
    assert voice.locator("img.picture").evaluate("x => x.decode().then(() => x.naturalHeight)")
    fits(voice)
    with voice.expect_download() as waiting:
        voice.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert list(rows[0]) == columns(EKMAN7)
    assert {r["source"] for r in rows} == {NAME}
    with voice.expect_download() as waiting:
        voice.get_by_role("button", name="Download JSON").click()
    labels = [r["label"] for r in json.loads(Path(waiting.value.path()).read_text("utf-8"))]
    assert labels == [r["label"] for r in rows]


def test_a_click_plays_from_there_and_picks_the_segment(voice: Page):
    voice.get_by_role("button", name="Try a synthetic").click()
    segment = voice.get_by_role("combobox", name="Segment")
    strongest = segment.input_value()
    player = Player(voice)
    player.click(0.25)
    player.plays()
    until(lambda: player.time_s() >= 0.24 * LENGTH_S)
    expect(player.track).to_have_attribute("aria-valuetext", re.compile("^0:0[2345]"))
    expect(segment).not_to_have_value(strongest)
    start, end = map(float, re.findall(r"\d+\.\d", segment.input_value()))
    assert (start + end) / 2 == pytest.approx(0.25 * LENGTH_S, abs=0.6)


def test_the_player_obeys_the_keyboard(voice: Page):
    voice.get_by_role("button", name="Try a synthetic").click()
    player = Player(voice)
    player.track.focus()
    voice.keyboard.press("Shift+ArrowRight")
    voice.keyboard.press("ArrowLeft")
    until(lambda: player.time_s() == pytest.approx(4, abs=0.05))
    expect(player.track).to_have_attribute("aria-valuenow", "4.0")
    voice.keyboard.press(" ")
    player.plays()
    voice.keyboard.press(" ")
    until(lambda: player.medium.evaluate("x => x.paused"))
    width = player.track.evaluate("x => x.clientWidth")
    voice.keyboard.press("+")
    until(lambda: player.track.evaluate("x => x.clientWidth") > 1.5 * width)
    fits(voice)
    voice.keyboard.press("Home")
    until(lambda: player.time_s() == 0)


def test_a_file_that_the_browser_cannot_play_is_converted(voice: Page):
    sound, rate = soundfile.read(io.BytesIO(example_recording()))
    aiff = io.BytesIO()
    soundfile.write(aiff, sound, rate, format="AIFF")
    give(voice, 0, {"name": "voice.mp3", "mimeType": "audio/mpeg", "buffer": aiff.getvalue()})
    player = Player(voice)
    expect(player.medium).to_have_attribute("src", re.compile(r"\.wav$"))
    expect(voice.get_by_text("This browser cannot play")).to_be_hidden()
    player.click(0.5)
    player.plays()


def test_several_files(voice: Page):
    voice.get_by_role("tab", name="Several files").click()
    voice.locator("input[type=file][multiple]").set_input_files([WAV, BROKEN])
    voice.get_by_role("button", name="Answer every file").click()
    expect(voice.get_by_text("Distribution")).to_be_visible()
    with voice.expect_download() as waiting:
        voice.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert [r["source"] for r in rows] == [NAME, "broken.wav"]
    assert rows[0]["label"] in EKMAN7
    assert float(rows[0]["duration_s"]) == pytest.approx(LENGTH_S, abs=0.01)
    assert "expected a recording" in rows[1]["error"]
    fits(voice)


def test_the_microphone(browser: Browser, url: str, tmp_path: Path):
    spoken = tmp_path / "spoken.wav"
    spoken.write_bytes(example_recording())
    flags = [*FLAGS, *FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={spoken}"]
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    try:
        page = opened.new_context(permissions=["microphone"]).new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(url)
        page.get_by_role("link", name="Voice").click()
        page.get_by_role("button", name="Record").first.click()
        page.wait_for_timeout(RECORDED_S * 1000)
        page.get_by_role("button", name="Stop recording").click()
        expect(page.get_by_text("Answered in")).to_be_visible()
        expect(page.locator(".now")).to_have_text(re.compile(r"of 0:0[345]\.\d"))
    finally:
        opened.close()
