"""The main paths of the video page, as a person walks them."""

import csv
import io
import re
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from emotion_core.labels import EKMAN7
from emotion_core.rows import columns
from tests.browser.conftest import WAIT_MS, fits, until
from tests.ui.films import film

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT_MS)

LENGTH_S = 4.0


@pytest.fixture
def video(page: Page, url: str) -> Page:
    """The video page."""
    page.goto(f"{url}/video")
    page.get_by_text("Which emotions does a video show?").wait_for()
    return page


def give(page: Page, path: Path, codec: str, sound: bool = False) -> None:
    """Upload a film of a drawn face that looks neutral and then joyful."""
    path.write_bytes(film(path.suffix[1:], codec, count=40, sound=sound))
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("Second by second")).to_be_visible()


def time_s(page: Page) -> float:
    return page.locator(".medium video").evaluate("x => x.currentTime")


def test_a_video_is_played_along_its_lanes_and_downloaded(video: Page, tmp_path: Path):
    give(video, tmp_path / "my fìlm.mp4", "libx264")
    expect(video.get_by_text("1 person in 0:04")).to_be_visible()
    expect(video.locator(".lane .name").first).to_have_text("Person 1")
    names = video.locator(".lane .name").all_inner_texts()
    assert {name.split()[-1] for name in names[1:]} == set(EKMAN7)
    medium = video.locator(".medium video")
    medium.evaluate("x => x.readyState || new Promise(done => (x.onloadedmetadata = done))")
    assert medium.evaluate("x => x.duration") == pytest.approx(LENGTH_S, abs=0.1)
    lane = video.locator(".plot").first
    box = lane.bounding_box()
    assert box
    lane.click(position={"x": 0.5 * box["width"], "y": 15})
    expect(video.locator(".track")).to_have_attribute("aria-valuetext", re.compile("^0:0[23]"))
    until(lambda: time_s(video) >= 1.9)
    moment = video.locator("button.moment").first
    at_s = float(moment.inner_text().split()[0].split(":")[1])
    assert moment.locator("img").evaluate("x => x.decode().then(() => x.naturalWidth)") == 96
    medium.evaluate("x => x.pause()")
    moment.click()
    until(lambda: at_s - 0.1 < time_s(video) < at_s + 1)
    fits(video)

    with video.expect_download() as waiting:
        video.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert list(rows[0]) == columns(EKMAN7)
    assert {(r["source"], r["person"]) for r in rows} == {("my fìlm.mp4", "1")}
    assert len(rows) == 20


@pytest.mark.parametrize("kind", ["avi", "mp4"])
def test_a_video_that_browsers_do_not_play_is_annotated_and_then_played(
    video: Page, tmp_path: Path, kind: str
):
    give(video, tmp_path / f"film.{kind}", "mpeg4", sound=kind == "mp4")  # the sound alone plays
    expect(video.get_by_text(f"cannot play this {kind.upper()} file")).to_be_visible()
    expect(video.locator(".lane .name").first).to_have_text("Person 1")
    video.get_by_text("Blur the faces in the annotated video").click()
    video.get_by_role("button", name="Make the annotated video with blurred faces").click()
    expect(video.get_by_text("0 of 40 frames have no blur at all")).to_be_visible()
    with video.expect_download() as waiting:
        video.get_by_role("button", name="Download annotated video").click()
    with av.open(str(waiting.value.path())) as container:
        assert container.streams.video[0].width == 320
        assert sum(1 for _ in container.decode(video=0)) == 40
    medium = video.locator(".medium video")
    expect(medium).to_have_attribute("src", re.compile(r"\.mp4$"))
    video.locator(".plot").first.click()
    medium.evaluate(
        "x => new Promise(done => x.addEventListener('timeupdate', () => x.currentTime && done()))"
    )
    fits(video)
