"""The main paths of the text page, as a person walks them."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from emotion_core.labels import ANGER, EKMAN7, JOY, SADNESS
from emotion_core.rows import columns
from tests.browser.conftest import fits
from ui.examples import SENTENCES

pytestmark = pytest.mark.browser

CSV = f'id,comment\n1,so much {JOY}\n2,"{SADNESS}, {SADNESS}"\n3,\n4,{ANGER} today\n'.encode()


def test_a_sentence_is_answered(page: Page):
    page.get_by_label("Type a text").fill(f"today is {JOY} <b>indeed</b>")
    page.get_by_role("button", name="Read the emotion").click()
    expect(page.get_by_text("Answered in")).to_be_visible()
    expect(page.get_by_text("probable", exact=False).first).to_be_visible()
    expect(page.get_by_title(f"speaks for {JOY}")).to_have_text(JOY)
    expect(page.get_by_text("<b>indeed</b>", exact=False).last).to_be_visible()
    expect(page.locator(".js-plotly-plot .barlayer path").first).to_be_visible()
    fits(page)


def test_an_example_is_answered(page: Page):
    page.get_by_text(SENTENCES[0], exact=True).click()
    expect(page.get_by_text("Answered in")).to_be_visible()
    expect(page.get_by_label("Type a text")).to_have_value(SENTENCES[0])


def test_a_file_is_answered_and_downloaded(page: Page):
    page.get_by_role("tab", name="File").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "comments.csv", "mimeType": "text/csv", "buffer": CSV}
    )
    page.get_by_role("combobox", name="Column with the texts").click()
    page.get_by_role("option", name="comment").click()
    page.get_by_role("button", name="Answer every row").click()
    expect(page.get_by_text("Strongest examples")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8"))))
    assert list(rows[0]) == [*columns(EKMAN7, multi_label=True), "text", "language", "model"]
    assert [r["label"] for r in rows] == [JOY, SADNESS, "", ANGER]
    assert "empty" in rows[2]["error"]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download Parquet").click()
    assert pd.read_parquet(waiting.value.path())["text"].tolist() == [r["text"] for r in rows]
    fits(page)


def test_a_conversation_is_drawn(page: Page):
    page.get_by_role("tab", name="Conversation").click()
    for place, text in enumerate((f"so much {JOY}", f"now {SADNESS}"), start=1):
        page.get_by_placeholder("Say something").fill(text)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{place}: ", exact=False).last).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer path").first).to_be_visible()
    fits(page)
