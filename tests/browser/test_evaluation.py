"""The evaluation page, as a person walks it: each chart, a comparison, an own test."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import fits
from tests.ui.evaluations import stored_answers

pytestmark = pytest.mark.browser

SECTIONS = {
    "Scores": ["Scores", "Without the copies"],
    "Classes": ["Each class", "Along the emotions", "How sure the F1 is", "True and answered",
                "Shares of the truth"],
    "Confusion": ["Confusion"],
    "Probabilities": ["ROC", "Precision and recall", "Reliability", "Coverage against risk"],
    "Training and reasons": ["Loss", "Score", "Deletion", "Insertion", "Deletion test"],
    "Speed and size": ["Accuracy and size", "Accuracy and time"],
}  # fmt: skip
MODEL = "text-emotion6"
DRAWN = ".cartesianlayer .trace, .cartesianlayer .hm, .pielayer .slice"


@pytest.fixture
def evaluation(page: Page, url: str) -> Iterator[Page]:
    page.goto(f"{url}/evaluation")
    page.get_by_text("How good are the answers?").wait_for()
    yield page
    fits(page)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def show(page: Page, section: str) -> None:
    page.get_by_role("radio", name=section, exact=True).click()


def test_each_chart_is_drawn(evaluation: Page):
    choose(evaluation, "Model", MODEL)
    expect(evaluation.get_by_text("How it was measured.")).to_be_visible()
    for section, titles in SECTIONS.items():
        show(evaluation, section)
        for title in titles:
            expect(evaluation.get_by_role("heading", name=title, exact=True)).to_be_visible()
        figures = evaluation.locator(".js-plotly-plot", has=evaluation.locator(DRAWN))
        expect(figures).to_have_count(len(titles))
        fits(evaluation)
    expect(evaluation.locator("[data-testid=stException]")).to_have_count(0)


def test_a_chart_is_downloaded_as_picture_and_as_numbers(evaluation: Page):
    choose(evaluation, "Model", MODEL)
    expect(evaluation.locator(".js-plotly-plot .scatterlayer path").first).to_be_attached()
    with evaluation.expect_download() as waiting:
        evaluation.locator(".modebar-btn").first.click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")
    show(evaluation, "SVG")
    with evaluation.expect_download(predicate=lambda d: d.suggested_filename.endswith("svg")) as (
        waiting
    ):
        evaluation.wait_for_timeout(1000)
        evaluation.locator(".modebar-btn").first.click()
    assert b"<svg" in Path(waiting.value.path()).read_bytes()[:200]
    with evaluation.expect_download() as waiting:
        evaluation.get_by_role("button", name="CSV", exact=True).first.click()
    frame = pd.read_csv(waiting.value.path()).set_index("score")
    assert frame.loc["accuracy", "low"] < frame.loc["accuracy", "value"]


def test_a_cell_of_the_matrix_opens_its_items(evaluation: Page):
    choose(evaluation, "Model", MODEL)
    show(evaluation, "Confusion")
    expect(evaluation.get_by_text("items of", exact=False).last).to_be_visible()
    target = evaluation.locator(".js-plotly-plot .scatterlayer .points path").first
    evaluation.get_by_role("heading", name="Confusion", exact=True).scroll_into_view_if_needed()
    evaluation.locator(".js-plotly-plot").scroll_into_view_if_needed()
    evaluation.wait_for_timeout(500)
    box = target.bounding_box()
    assert box is not None
    evaluation.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    evaluation.wait_for_timeout(300)
    evaluation.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = "items of sadness answered as sadness"
    expect(evaluation.get_by_text(told, exact=False)).to_be_visible()


def test_models_stand_beside_published_results(evaluation: Page):
    evaluation.get_by_role("tab", name="Compare").click()
    title = evaluation.get_by_role("heading", name="Accuracy on emotion")
    expect(title).to_be_visible()
    expect(evaluation.get_by_text("Frozen BERT", exact=False).first).to_be_attached()
    expect(evaluation.get_by_text("McNemar's test (p", exact=False)).to_be_visible()
    expect(evaluation.get_by_role("heading", name="Where they disagree")).to_be_visible()


def test_an_own_table_is_scored_and_the_report_downloaded(evaluation: Page):
    frame = stored_answers()
    columns = [c for c in frame.columns if c.startswith("p_")]
    frame["prediction"] = frame[columns].idxmax(axis=1).str.removeprefix("p_")
    evaluation.get_by_role("tab", name="Your own test").click()
    evaluation.locator("input[type=file]").set_input_files(
        {"name": "mine.csv", "mimeType": "text/csv", "buffer": frame.to_csv(index=False).encode()}
    )
    evaluation.get_by_role("button", name="Evaluate").click()
    expect(evaluation.get_by_text("240 items, 6 labels", exact=False)).to_be_visible()
    with evaluation.expect_download() as waiting:
        evaluation.get_by_role("button", name="Report (HTML)").click()
    assert waiting.value.suggested_filename == "mine-report.html"
    html = Path(waiting.value.path()).read_text("utf-8")
    assert html.startswith("<!doctype html>")
    assert "mine.csv" in html
    with evaluation.expect_download() as waiting:
        evaluation.get_by_role("button", name="Report (JSON)").click()
    report = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    right = (frame["truth"] == frame["prediction"]).mean()
    assert report["accuracy"] == pytest.approx(right)
    for section in ("Classes", "Confusion", "Probabilities"):
        show(evaluation, section)
        expect(evaluation.locator(".js-plotly-plot")).to_have_count(len(SECTIONS[section]))
    evaluation.locator("input[type=file]").set_input_files(
        {"name": "bad.csv", "mimeType": "text/csv", "buffer": b"truth,prediction\njoy,joy\n,joy\n"}
    )
    expect(evaluation.get_by_text("240 items", exact=False)).to_have_count(0)
    evaluation.get_by_role("button", name="Evaluate").click()
    expect(evaluation.get_by_text("got none in row 1", exact=False)).to_be_visible()


def test_the_example_says_what_it_is(evaluation: Page):
    evaluation.get_by_role("tab", name="Your own test").click()
    evaluation.get_by_role("button", name="Try an example").click()
    expect(evaluation.get_by_text("made just now from the stored answers")).to_be_visible()
    evaluation.get_by_role("button", name="Evaluate").click()
    expect(evaluation.get_by_role("button", name="Report (HTML)")).to_be_visible()
