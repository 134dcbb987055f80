"""The report as a page: what is on it, that it stands alone, and that nothing breaks out of it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion_core.evaluation.prediction_report import PredictionReport, evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.evaluation.report_page import report_page
from tests.evaluation.answers import make_answers, write

EVIL = "<script>alert('x')</script>\"&"
VOID = {"meta", "link", "br", "img"}


class Elements(HTMLParser):
    """Collects elements and sees that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def measured(frame: pd.DataFrame, folder: Path, columns: ColumnChoice) -> PredictionReport:
    path = write(frame, folder / "my answers.parquet")
    return evaluate_predictions(read_predictions(path, columns), samples=30)


def parsed(page: str) -> Elements:
    elements = Elements()
    elements.feed(page)
    assert elements.open == []
    return elements


def test_everything_is_on_the_page(tmp_path: Path) -> None:
    frame = make_answers()
    frame.loc[:9, "label"] = ""
    columns = ColumnChoice("truth", "label", "speaker", slices=("sex",))
    report = measured(frame, tmp_path, columns)
    page = report_page(report)
    elements = parsed(page)
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings == [
        "Scores", "Per class", "Confusion", "Distribution", "Can the probabilities be believed?",
        "Thresholds", "By sex", "How it was computed",
    ]  # fmt: skip
    assert elements.names.count("figure") == elements.names.count("figcaption") == 9
    for name, value in report.scores.metrics.items():
        low, high = report.scores.intervals[name]
        assert f"{value:.3f}" in page
        assert f"{low:.3f} – {high:.3f}" in page
    assert f"{report.scores.baseline:.3f}" in page
    assert "10 items (3.3%) have no answer and count as wrong" in page
    assert "12 groups (speaker) are drawn whole" in page
    for count in report.scores.confusion.flatten().tolist():
        assert f"<small>{count:,}</small>" in page


def test_the_page_stands_alone(tmp_path: Path) -> None:
    page = report_page(measured(make_answers(), tmp_path, ColumnChoice("truth", "label")))
    elements = parsed(page)
    assert not {"script", "link", "img", "iframe"} & set(elements.names)
    assert not any(name in ("src", "href") for name, _ in elements.attributes)
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_without_probabilities_and_slices(tmp_path: Path) -> None:
    columns = ColumnChoice("truth", "label", probabilities="")
    page = report_page(measured(make_answers(), tmp_path, columns))
    assert "Thresholds" not in page
    assert "Reliability" not in page
    assert "items are drawn, since no groups were named" in page


def test_nothing_breaks_out(tmp_path: Path) -> None:
    frame = make_answers(60)
    frame["truth"] = frame["truth"].replace("joy", EVIL)
    frame["label"] = frame["label"].replace("joy", EVIL)
    frame = frame.rename(columns={"p_joy": f"p_{EVIL}", "sex": EVIL})
    frame[EVIL] = frame[EVIL].replace("m", EVIL)
    page = report_page(measured(frame, tmp_path, ColumnChoice("truth", "label", slices=(EVIL,))))
    assert "script" not in parsed(page).names
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(("rows", "right"), [(1, "100% are right"), (2, "50% are right")])
def test_a_page_of_hardly_anything(tmp_path: Path, rows: int, right: str) -> None:
    frame = make_answers(rows)
    columns = ColumnChoice("truth", "label", slices=("sex",))
    page = report_page(measured(frame, tmp_path, columns))
    parsed(page)
    assert right in page
    assert "every item has an answer" in page
    nothing = frame.assign(label="").drop(columns=[c for c in frame if c.startswith("p_")])
    page = report_page(measured(nothing, tmp_path, ColumnChoice("truth", "label")))
    parsed(page)
    assert "0% are right (95 % interval 0% to 0%)" in page
    assert "(100%) have no answer and count as wrong" in page


def test_many_labels_are_told_by_their_confusions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = np.array([f"label {i}" for i in range(60)])
    frame = pd.DataFrame({"truth": names[rng.integers(0, 60, 500)]})
    frame["label"] = names[rng.integers(0, 60, 500)]
    page = report_page(measured(frame, tmp_path, ColumnChoice("truth", "label")))
    assert "The 20 most frequent confusions of 60 labels." in page
