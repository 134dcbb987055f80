"""The Training page in a real Chromium: a model is trained and stands in the list of models."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, FilePayload, Page, expect

from tests.browser.conftest import WAIT_MS, fits, serving
from ui.training_example import example_table

pytestmark = pytest.mark.browser
expect.set_options(timeout=WAIT_MS)

TITLE = "Teach a model your own emotions"
TRAINED_MS = 120_000
TRIES, OPENED_MS = 5, 3_000
TABLE: FilePayload = {
    "name": "mine.csv", "mimeType": "text/csv", "buffer": example_table(),
}  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, whose new models go into a folder of their own."""
    with serving(tmp_path_factory.mktemp("own")) as address:
        yield address


@pytest.fixture
def training(page: Page, url: str) -> Page:
    """The page."""
    page.goto(f"{url}/training")
    page.get_by_text(TITLE).wait_for()
    return page


def test_a_model_is_trained_watched_and_used(
    training: Page, url: str, request: pytest.FixtureRequest
):
    phone = "phone" in request.node.name
    name = "mine-phone" if phone else "mine-desktop"
    training.get_by_role("tab", name="A whole training").click()
    training.get_by_role("button", name="Try an example").last.click()
    training.get_by_text("120 made-up sentences").wait_for()
    field = training.get_by_label("Name of the new model")
    field.fill(name)
    field.press("Enter")
    training.get_by_role("button", name="Start the training").click()
    expect(training.get_by_text("is being trained in a process of its own")).to_be_visible()
    training.get_by_role("tab", name="Trainings").click()
    expect(training.get_by_text(f"{name} (text)")).to_be_visible(timeout=TRAINED_MS)
    fits(training)
    training.goto(url)
    if phone:
        training.get_by_test_id("stExpandSidebarButton").click()
    training.get_by_text("Choose a model instead").click()
    models = training.get_by_role("combobox", name="Model")
    for _ in range(TRIES):  # a list that is open when the page is drawn again closes
        models.fill("")
        models.press_sequentially(name[:4])
        with suppress(Error):
            training.get_by_role("option", name=name).wait_for(timeout=OPENED_MS)
            return
    pytest.fail(f"{name} is not offered")


def test_an_uploaded_table_adapts_a_shipped_model(training: Page):
    training.locator("input[type=file]").set_input_files(TABLE)
    training.get_by_role("button", name="Adapt", exact=True).click()
    expect(training.get_by_text("adapted to 120 examples")).to_be_visible(timeout=TRAINED_MS)
    expect(training.get_by_text("Each example was answered by a head")).to_be_visible()
    expect(training.get_by_test_id("stPlotlyChart")).to_have_count(2)
    fits(training)
