"""The main paths of the recording page, as a person walks them."""

import csv
import io
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from emotion_core.labels import EKMAN7
from emotion_core.recording.answers import recording_columns
from emotion_core.recording.captions.reading import read_transcript
from tests.browser.conftest import WAIT_MS, fits, serving, until
from tests.ui.films import film
from tests.ui.recordings import write_models

pytestmark = pytest.mark.browser
expect.set_options(timeout=2 * WAIT_MS)

CLIP = Path(os.environ.get("EMOTION_DATA", "../shared/data")) / "video" / "grid" / "bbaf2n.mpg"
LENGTH_S = 10.0
ROW_PX, CELL_PX = 35, 120
"""height of a row of a table, and a place in its first column"""
SAID = "Wow, what a surprise!"
SETTLED_MS = 500
"""from the last letter until a table has taken it up"""
VTT = b"""WEBVTT

00:00.400 --> 00:01.100
<v Ann>joy today

00:01.200 --> 00:01.900
<v Ann>very sadness
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, with a tiny model of every modality beside the shipped ones."""
    folder = write_models(tmp_path_factory.mktemp("recordings"))
    with serving(folder) as url:
        yield url


@pytest.fixture
def recording(page: Page, url: str) -> Page:
    """The recording page."""
    page.goto(f"{url}/recording")
    page.get_by_text("the answer appears here").wait_for()
    return page


def analyse(page: Page, file: Path | FilePayload, words: FilePayload | None = None) -> None:
    """Upload a recording, and words for it, and start."""
    choosers = page.locator("input[type=file]")
    if words is not None:
        choosers.nth(1).set_input_files(words)
        expect(page.get_by_text("lines of words, WebVTT, with times")).to_be_visible()
    choosers.nth(0).set_input_files(file)
    page.get_by_role("button", name="Analyse", exact=True).click()


def names(page: Page) -> list[str]:
    """Of the lanes, once they are there."""
    expect(page.locator(".lane .name").first).to_have_text("Words")
    return page.locator(".lane .name").all_inner_texts()


def downloaded(page: Page, name: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download {name}").click()
    return Path(waiting.value.path()).read_text("utf-8")


def test_the_example_is_played_along_its_lanes(recording: Page):
    recording.get_by_role("button", name="Try a synthetic example").click()
    expect(recording.get_by_text("Second by second")).to_be_visible()
    expect(recording.get_by_text("the faces are drawn")).to_be_visible()
    found = names(recording)
    assert found[:5] == ["Words", "Sound", "Voice", "Face of person 1", "Face of person 2"]
    assert found[5:7] == ["Fused", "Share of each"]
    medium = recording.locator(".medium video")
    medium.evaluate("x => x.readyState || new Promise(done => (x.onloadedmetadata = done))")
    assert medium.evaluate("x => x.duration") == pytest.approx(LENGTH_S, abs=0.2)
    lane = recording.locator(".plot").first
    box = lane.bounding_box()
    assert box
    lane.click(position={"x": 0.58 * box["width"], "y": 15})
    expect(recording.locator(".said")).to_have_text(SAID)
    until(lambda: medium.evaluate("x => x.currentTime") >= 5.7)
    medium.evaluate("x => x.pause()")
    shares = recording.locator(".key").all_inner_texts()
    assert [text.split()[0] for text in shares] == ["words", "voice", "face"]
    assert sum(int(text.split()[1][:-1]) for text in shares) == pytest.approx(100, abs=1)
    for picture in recording.locator(".moments img, .span img").all():
        assert picture.evaluate("x => x.decode().then(() => x.naturalWidth)") == 96
    expect(recording.locator(".flagged img").first).to_be_visible()
    recording.locator("button.moment").first.click()
    until(lambda: medium.evaluate("x => x.currentTime") < LENGTH_S)
    fits(recording)


REACHED = """(x, time) => new Promise((done) => {
    const look = () => (x.currentTime >= time ? done() : setTimeout(look, 30));
    look();
})"""
"""waits until a medium is at a time"""


def seconds(shown: str) -> float:
    """Of a moment such as `0:05.0`."""
    minutes, rest = shown.split(":")
    return 60 * int(minutes) + float(rest)


def test_the_cursor_moves_with_the_player_and_the_keyboard_leads_to_moments(recording: Page):
    recording.get_by_role("button", name="Try a synthetic example").click()
    expect(recording.get_by_text("Second by second")).to_be_visible()
    medium, cursor = recording.locator(".medium video"), recording.locator(".cursor")
    medium.evaluate("x => x.readyState > 1 || new Promise(done => (x.oncanplay = done))")
    start = cursor.evaluate("x => x.getBoundingClientRect().left")
    medium.evaluate("x => { x.muted = true; x.play(); }")
    medium.evaluate(REACHED, 0.6)
    medium.evaluate("x => x.pause()")
    until(lambda: cursor.evaluate("x => x.getBoundingClientRect().left") > start)
    until(lambda: seconds(recording.locator(".now").inner_text().split()[0]) >= 0.5)

    moment = recording.locator("button.moment").last
    expected = seconds(moment.inner_text().strip().split()[0])
    for key in ("Enter", "Space"):
        medium.evaluate("x => { x.pause(); x.currentTime = 0; }")
        moment.focus()
        recording.keyboard.press(key)
        medium.evaluate(REACHED, expected - 0.1)
    medium.evaluate("x => x.pause()")

    track = recording.get_by_role("slider", name="Position in the recording")
    track.focus()
    for key, time_s in (("Home", 0), ("ArrowRight", 1), ("Shift+ArrowRight", 6)):
        recording.keyboard.press(key)
        expect(track).to_have_attribute("aria-valuenow", f"{time_s:.1f}")
    recording.keyboard.press("Space")
    medium.evaluate(REACHED, 6.1)
    recording.keyboard.press("Space")
    until(lambda: medium.evaluate("x => x.paused || x.ended"))


def cut_request(url: str) -> None:
    """Send the half of an upload, and hang up."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"PUT /_stcore/upload_file/nobody/nothing HTTP/1.1\r\nHost: {host}\r\n"
        line.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b"0" * 500_000)


def test_a_cut_upload_leaves_the_page_as_it_was(recording: Page, url: str, tmp_path: Path):
    uploads = "**/_stcore/upload_file/**"
    recording.route(uploads, lambda route: route.abort("connectionreset"))
    path = tmp_path / "film.mkv"
    path.write_bytes(film("matroska", "libx264", count=60, sound=True))
    chooser = recording.locator("input[type=file]").nth(0)
    chooser.set_input_files(path)
    expect(recording.get_by_text("Network Error")).to_be_visible()
    start = recording.get_by_role("button", name="Analyse", exact=True)
    expect(start).to_be_disabled()
    recording.unroute(uploads)
    cut_request(url)
    half = tmp_path / "half of a film.mkv"
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    chooser.set_input_files(half)
    expect(start).to_be_enabled()
    start.click()
    expect(recording.get_by_text("The video breaks off at")).to_be_visible()
    expect(recording.get_by_text("Second by second")).to_be_visible()
    fits(recording)


@pytest.mark.skipif(not CLIP.is_file(), reason="needs the data sets that $EMOTION_DATA names")
def test_a_real_clip_with_subtitles_to_a_report_that_stands_alone(recording: Page, tmp_path: Path):
    words: FilePayload = {"name": "wörds.vtt", "mimeType": "text/vtt", "buffer": VTT}
    analyse(recording, CLIP, words)
    expect(recording.get_by_text("1 person seen, 2 lines of words")).to_be_visible()
    expect(recording.get_by_text("The browser cannot play this MPG file")).to_be_visible()
    assert names(recording)[:4] == ["Words", "Sound", "Voice", "Face of Ann"]
    medium = recording.locator(".medium audio")
    medium.evaluate("x => x.readyState || new Promise(done => (x.onloadedmetadata = done))")

    rows = list(csv.DictReader(io.StringIO(downloaded(recording, "CSV"))))
    assert list(rows[0]) == recording_columns(EKMAN7)
    assert {row["modality"] for row in rows} == {"words", "voice", "face", "fused"}
    record = json.loads(downloaded(recording, "JSON"))
    assert record["file"] == CLIP.name
    assert record["transcript"] == "WebVTT"
    back = read_transcript(downloaded(recording, "WebVTT").encode())
    assert [(cue.speaker, cue.text) for cue in back.cues] == [
        ("Ann", "joy today"), ("Ann", "very sadness"),
    ]  # fmt: skip

    report = tmp_path / "report.html"
    report.write_text(downloaded(recording, "report"), "utf-8")
    asked: list[str] = []
    alone = recording.context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(report.as_uri())
    expect(alone.get_by_role("heading", name=CLIP.name)).to_be_visible()
    expect(alone.locator("body")).to_contain_text("joy today")
    assert all(address.startswith(("file:", "data:")) for address in asked)
    fits(recording)


def test_words_are_edited_in_the_page(recording: Page):
    recording.get_by_role("button", name="Try a synthetic example").click()
    expect(recording.get_by_text("Second by second")).to_be_visible()
    recording.get_by_text("Words (the example): edit them").click()
    grid = recording.locator("[data-testid=stDataFrame] .dvn-scroller")
    grid.scroll_into_view_if_needed()
    grid.dblclick(position={"x": CELL_PX, "y": 1.5 * ROW_PX})
    expect(recording.locator("textarea.gdg-input")).to_be_focused()
    recording.keyboard.type("anger today", delay=30)
    recording.wait_for_timeout(SETTLED_MS)
    recording.keyboard.press("Enter")
    recording.get_by_role("button", name="Apply the edited words").click()
    span = recording.locator(".lane .worded .span").first
    expect(span).to_have_attribute("title", re.compile("anger .*\nanger today"))
    expect(recording.get_by_text("Words (the example, edited): edit them")).to_be_visible()


def test_a_page_reloaded_in_the_middle_finds_the_work_and_can_forget_it(
    recording: Page, url: str, tmp_path: Path
):
    path = tmp_path / "long film.mp4"
    path.write_bytes(film("mp4", "libx264", count=1800, sound=True))
    analyse(recording, path)
    cancel = recording.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible()
    expect(recording).to_have_url(re.compile(r"\?recording=[\w-]{32}"))
    address = recording.url
    fits(recording)
    recording.reload()
    expect(recording.get_by_text("long film.mp4")).to_be_visible()
    assert recording.url == address
    recording.goto("about:blank")  # closed in the middle, and opened again
    recording.goto(address)
    expect(recording.get_by_text("long film.mp4")).to_be_visible()
    cancel.click()
    expect(recording.get_by_text("Stopped before its end")).to_be_visible()
    expect(recording.get_by_role("button", name="Go on")).to_be_visible()
    recording.get_by_role("button", name="Forget this recording now").click()
    expect(recording.get_by_text("the answer appears here")).to_be_visible()
    expect(recording).to_have_url(f"{url}/recording")
    recording.goto(address)
    expect(recording.get_by_text("no longer in memory")).to_be_visible()
