"""Your own test on labelled items: choices, mapping, the report, and looking at it again."""

import json
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.datasets.labelled_source import read_labelled
from emotion_core.evaluation.labelled_mapping import map_labels
from emotion_core.labels import EKMAN7, EMOTION6
from emotion_core.testing import keyword_model
from emotion_core.text.pipeline import TextModel
from tests.datasets.test_labelled_files import packed
from tests.evaluation.answers import write
from ui import evaluation_own_job
from ui.evaluation_own_example import labelled_pictures, labelled_sounds, labelled_texts
from ui.evaluation_own_file import OwnFile
from ui.evaluation_own_job import LabelledJob
from ui.evaluation_own_kept import kept_reports

PAGE, TAB = "pages/background/evaluation.py", ":material/upload_file: Your own test"
KEY = "evaluation_own_text"
WAIT_S = 60


@pytest.fixture
def page(start: Callable[[], AppTest]) -> AppTest:
    app = start().switch_page(PAGE)
    app.session_state["evaluation_tab"] = TAB
    app.session_state["evaluation_own_way"] = "Labelled texts"
    return app.run()


def given(page: AppTest, name: str, content: bytes, way: str = "text") -> AppTest:
    own = OwnFile(name, name)
    own.path.write_bytes(content)
    page.session_state[f"evaluation_own_{way}_file"] = own
    return page.run()


def evaluated(page: AppTest) -> AppTest:
    page.button(key=f"{KEY}_start").click().run()
    page.session_state[f"{KEY}_report"].wait(WAIT_S)
    return page.run()


def own_model(page: AppTest) -> AppTest:
    return page.selectbox(key=f"{KEY}_model").set_value("text-emotion6").run()


def table(rows: int = 12, **columns: object) -> pd.DataFrame:
    """Texts that name their label, but for one without a text."""
    labels = [EMOTION6[i % 6] for i in range(rows)]
    frame = pd.DataFrame({"text": [f"the {x} today" for x in labels], "label": labels})
    frame.loc[0, "text"] = ""
    return frame.assign(**columns)  # type: ignore[arg-type]


def said(page: AppTest) -> str:
    return "\n".join(x.value for x in (*page.markdown, *page.caption, *page.success))


def test_the_example_is_scored_and_the_share_without_an_answer_is_told(page: AppTest):
    page.button(key=f"{KEY}_example").click().run()
    assert "says nothing about the model" in page.info[0].value
    assert page.selectbox(key=f"{KEY}_example/texts_text-goemotions28_labels").value == "EKMAN7"
    evaluated(page)
    assert not page.exception
    assert "25 items, 7 labels" in page.success[0].value
    assert "No answer for 1 item (4.0%)" in page.success[0].value
    assert "Without an answer" in said(page)
    for section in page.segmented_control(key=f"{KEY}_section").options:
        page.segmented_control(key=f"{KEY}_section").set_value(section).run()
        assert not page.exception
        assert page.get("plotly_chart")
    names = [b.proto.label for b in page.get("download_button")]
    assert {"Report (HTML)", "Report (JSON)", "Answers (CSV)"} <= set(names)


def test_a_label_without_a_place_is_given_one(page: AppTest, tmp_path: Path):
    frame = table(label=lambda f: f["label"].replace({"fear": "dread", "love": "Love"}))
    given(page, "mine.csv", write(frame, tmp_path / "x.csv").read_bytes())
    own_model(page)
    key = f"{KEY}_mine.csv_text-emotion6"
    meant = {w: page.selectbox(key=f"{key}_map__{w}").value for w in ("joy", "Love", "dread")}
    assert meant == {"joy": "joy", "Love": "love", "dread": "(left out)"}
    evaluated(page)
    assert "10 items" in page.success[0].value
    assert "'dread' (2)" in said(page)
    page.selectbox(key=f"{key}_map__dread").set_value("fear").run()
    assert "have changed" in said(page)
    evaluated(page)
    assert "12 items, 6 labels: 91.7% right" in page.success[0].value


def test_columns_splits_and_slices(page: AppTest, tmp_path: Path):
    frame = table(48, split=["train", "test"] * 24, sex=["f", "f", "m", "m"] * 12)
    frame = frame.rename(columns={"text": "said", "label": "gold"})
    given(page, "mine.csv", write(frame, tmp_path / "x.csv").read_bytes())
    own_model(page)
    key = f"{KEY}_mine.csv"
    page.selectbox(key=f"{key}_item").set_value("said").run()
    page.selectbox(key=f"{key}_truth").set_value("gold").run()
    page.multiselect(key=f"{key}_slices").set_value(["sex"]).run()
    evaluated(page)
    assert "24 items, 3 labels" in page.success[0].value
    assert "Slices" in page.segmented_control(key=f"{KEY}_section").options
    page.selectbox(key=f"{key}_split").set_value("all").run()
    evaluated(page)
    assert "48 items" in page.success[0].value


def test_a_zip_of_folders(page: AppTest, tmp_path: Path):
    members = {f"{x}/{i}.txt": f"the {x}".encode() for x in EMOTION6 for i in range(2)}
    given(page, "mine.zip", packed(tmp_path / "x.zip", members).read_bytes())
    evaluated(own_model(page))
    assert "12 items, 6 labels: 100.0% right" in page.success[0].value
    assert "Every item has an answer." in page.success[0].value


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"text,label\n", "0 rows"),
        ("a.zip", b"PK", "is no ZIP that can be read"),
        ("a.csv", b"text,label\na,b\n", "“What your labels mean”"),
        ("a.csv", b"text,label,split\na,joy,train\n", "“Split”"),
    ],
)
def test_what_cannot_be_read_is_told_in_words_of_the_page(
    page: AppTest, name: str, content: bytes, told: str
):
    given(page, name, content)
    assert not page.exception
    assert told in page.error[0].value
    assert "--" not in page.error[0].value


def test_a_report_is_kept_and_looked_at_again(page: AppTest, tmp_path: Path):
    given(page, "mine.csv", write(table(), tmp_path / "x.csv").read_bytes())
    evaluated(own_model(page))
    page.button(key=f"{KEY}_keep").click().run()
    assert "Kept in this session" in said(page)
    name = "mine.csv (text-emotion6)"
    kept = page.session_state["evaluation_own_kept"][name]
    assert kept.by_item
    record = json.loads(kept.record)
    assert record["protocol"]["model"] == "text-emotion6"
    page.button(key=f"evaluation_own_again_look_{name}").click().run()
    assert not page.exception
    assert page.session_state["evaluation_own_way"] == "A kept report"
    assert "12 items" in page.success[0].value
    page.button(key=f"evaluation_own_again_remove_{name}").click().run()
    assert not page.session_state["evaluation_own_kept"]
    given(page, "kept.json", kept.record, way="again")
    assert not page.exception
    assert "12 items, 6 labels: 91.7% right" in page.success[0].value
    found = page.session_state["evaluation_own_kept"][name]
    assert not found.by_item
    for section in page.segmented_control(key="evaluation_own_again_section").options:
        page.segmented_control(key="evaluation_own_again_section").set_value(section).run()
        assert not page.exception


def test_what_is_no_report_is_told(page: AppTest):
    page.session_state["evaluation_own_way"] = "A kept report"
    given(page, "kept.json", b'{"n": 1}', way="again")
    assert "expected a report" in page.error[0].value
    assert not kept_reports()


def test_a_job_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emotion_core.evaluation.labelled_answers.CHUNK_ROWS", 1)
    items = read_labelled("text", write(table(200), tmp_path / "x.csv"))
    opened = Event()

    def load(*_: object) -> TextModel:
        opened.wait(WAIT_S)
        return keyword_model(EMOTION6)

    monkeypatch.setattr(evaluation_own_job, "load", load)
    job = LabelledJob(None, tmp_path, items, map_labels(items.label_counts(), EMOTION6), False)
    job.cancel()
    opened.set()
    job.wait(WAIT_S)
    assert not job.error
    assert job.report is not None
    assert job.report.report.scores.n == 1
    assert "stopped after 1 of 200 items" in job.report.report.predictions.notices[0]


def test_examples_are_labelled_items():
    texts, sounds, pictures = labelled_texts(), labelled_sounds(), labelled_pictures()
    assert set(read_labelled("text", texts.path).label_counts()) == set(EKMAN7)
    assert len(read_labelled("audio", sounds.path)) == 5
    drawn = read_labelled("face", pictures.path)
    assert len(drawn) == 11
    assert set(drawn.label_counts()) <= set(EKMAN7)
