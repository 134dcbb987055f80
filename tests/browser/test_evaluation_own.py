"""Your own test in the browser: a ZIP of texts, pictures with a table, and a report kept."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import WAIT_MS, fits
from tests.evaluation.test_labelled_report import picture
from ui.palette import titled

pytestmark = pytest.mark.browser


@pytest.fixture
def own(page: Page, url: str) -> Iterator[Page]:
    page.goto(f"{url}/evaluation")
    page.get_by_role("tab", name="Your own test").click()
    yield page
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    fits(page)


def way(page: Page, name: str, uploader: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    expect(page.get_by_text(f"{uploader}, up to", exact=False)).to_be_visible(timeout=WAIT_MS)


def give(page: Page, *files: FilePayload) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=titled(option), exact=True).click()


def test_a_zip_of_texts_is_mapped_answered_and_kept(own: Page, tmp_path: Path):
    path = tmp_path / "mine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for label in ("joy", "fear", "dread"):
            for i in range(3):
                archive.writestr(f"mine/{label}/{i}.txt", "" if i else f"so much {label}")
    way(own, "Labelled texts", "Labelled texts")
    give(own, {"name": "mine.zip", "mimeType": "application/zip", "buffer": path.read_bytes()})
    start = own.get_by_role("button", name="Evaluate 9 texts")
    start.scroll_into_view_if_needed()  # a list closes when the page scrolls beneath it
    choose(own, "dread (3)", "fear")
    start.click()
    expect(own.get_by_text("9 items, 2 labels", exact=False)).to_be_visible(timeout=WAIT_MS)
    expect(own.get_by_text("No answer for 6 items (66.7%)", exact=False)).to_be_visible(
        timeout=WAIT_MS
    )
    expect(own.get_by_role("heading", name="Without an answer")).to_be_visible(timeout=WAIT_MS)
    with own.expect_download() as waiting:
        own.get_by_role("button", name="Report (HTML)").click()
    html = Path(waiting.value.path()).read_text("utf-8")
    assert "mine.zip (text-goemotions28)" in html
    assert "dread=fear" in html
    with own.expect_download() as waiting:
        own.get_by_role("button", name="Report (JSON)").click()
    content = Path(waiting.value.path()).read_bytes()
    assert json.loads(content)["unanswered"]["count"] == 6
    own.get_by_role("button", name="Keep for comparison").click()
    expect(own.get_by_role("heading", name="Kept in this session")).to_be_visible(timeout=WAIT_MS)
    way(own, "A kept report", "A report as JSON")
    give(own, {"name": "kept.json", "mimeType": "application/json", "buffer": content})
    expect(own.get_by_text("9 items, 2 labels", exact=False)).to_be_visible(timeout=WAIT_MS)
    expect(own.get_by_text("Read from a report: its items", exact=False)).to_be_attached(
        timeout=WAIT_MS
    )


def test_pictures_wait_for_the_table_that_names_them(own: Page):
    way(own, "Labelled pictures", "Labelled pictures")
    shades = {"dark.png": 5, "light.png": 250}
    give(own, *(FilePayload(name=n, mimeType="image/png", buffer=picture(v, v))
                for n, v in shades.items()))  # fmt: skip
    expect(own.get_by_text("Now add the table that names these files")).to_be_visible(
        timeout=WAIT_MS
    )
    rows = {"path": [*shades, "gone.png"], "label": ["anger", "surprise", "joy"]}
    table = pd.DataFrame(rows).to_csv(index=False).encode()
    give(own, {"name": "mine.csv", "mimeType": "text/csv", "buffer": table})
    own.get_by_text("Each picture is a face already").click()
    own.get_by_role("button", name="Evaluate 3 pictures").click()
    expect(own.get_by_text("3 items", exact=False).first).to_be_visible(timeout=WAIT_MS)
    expect(own.get_by_text("the file is missing (1)", exact=False)).to_be_attached(timeout=WAIT_MS)
    with own.expect_download() as waiting:
        own.get_by_role("button", name="Answers (CSV)").click()
    frame = pd.read_csv(waiting.value.path())
    assert frame["error"].notna().tolist() == [False, False, True]
