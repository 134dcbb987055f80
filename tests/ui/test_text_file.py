"""Upload a file, answer every row, look at the table."""

import csv
import io
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import ui.text_jobs
from emotion_core.labels import ANGER, EKMAN7, JOY, SADNESS
from emotion_core.testing import keyword_model
from ui.models import Choice
from ui.tables import exported
from ui.text_choice import TOGGLE
from ui.text_jobs import TableJob, inspected

CSV = f'id,text\n1,{JOY} today\n2,"{SADNESS}, {SADNESS}"\n3,\n4,{ANGER}\n'.encode()


@pytest.fixture
def app(app: AppTest) -> AppTest:
    """The page with the model that is first in the list, whatever the language."""
    app.session_state[TOGGLE] = False
    return app.run()


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not list(folder.iterdir())


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader(key="file_upload").set_value((name, content, "text/plain"))
    app.run()
    assert not app.exception
    return app


def answered(app: AppTest) -> AppTest:
    app.button(key="file_start").click().run()
    job = app.session_state["file_job"]
    job.wait(20)
    app.run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def test_every_row_is_answered_and_a_failing_row_carries_its_error(app: AppTest):
    answered(upload(app, "texts.csv", CSV))
    assert metrics(app) == {"Rows": "4", "Answered": "3", "Uncertain": "0", "With an error": "1"}
    frame = app.session_state["file_job"].frame()
    assert frame["label"].tolist()[0] == JOY
    assert "empty" in frame["error"][2]
    assert [b.label for b in app.download_button[:2]] == ["Download CSV", "Download Parquet"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("texts.tsv", f"id\ttext\n1\t{JOY}\n2\t{ANGER}\n".encode()),
        ("texts.txt", f"{JOY}\n{ANGER}\n".encode()),
        ("texts.jsonl", "\n".join(json.dumps({"text": t}) for t in (JOY, ANGER)).encode()),
    ],
)
def test_other_formats(app: AppTest, name: str, content: bytes):
    answered(upload(app, name, content))
    assert app.session_state["file_job"].frame()["label"].tolist() == [JOY, ANGER]


def test_parquet(app: AppTest):
    buffer = io.BytesIO()
    pd.DataFrame({"text": [JOY, ANGER]}).to_parquet(buffer)
    answered(upload(app, "texts.parquet", buffer.getvalue()))
    assert app.session_state["file_job"].frame()["label"].tolist() == [JOY, ANGER]


def test_the_example_file(app: AppTest):
    app.button(key="file_try").click().run()
    answered(app)
    assert metrics(app)["Rows"] == "24"


def test_filters(app: AppTest):
    answered(upload(app, "texts.csv", CSV))
    app.multiselect(key="file_labels").set_value([JOY, ANGER]).run()
    assert any(x.value.startswith("2 of 4 rows") for x in app.caption)
    app.text_input(key="file_search").set_value("TODAY").run()
    assert any(x.value.startswith("1 of 4 rows") for x in app.caption)
    app.multiselect(key="file_labels").set_value([])
    app.text_input(key="file_search").set_value("")
    app.segmented_control(key="file_kind").set_value("with an error").run()
    assert any(x.value.startswith("1 of 4 rows") for x in app.caption)
    app.segmented_control(key="file_kind").set_value("uncertain").run()
    assert any(x.value.startswith("0 of 4 rows") for x in app.caption)
    assert not app.exception


def test_no_column_chosen(app: AppTest):
    upload(app, "texts.csv", f"first,second\n{JOY},{ANGER}\n".encode())
    app.button(key="file_start").click().run()
    assert "choose the column of the texts; it has first, second" in app.error[0].value
    next(x for x in app.selectbox if x.label == "Column with the texts").set_value("second")
    answered(app)
    assert app.session_state["file_job"].frame()["label"].tolist() == [ANGER]


def test_a_wrong_encoding_gets_a_notice(app: AppTest):
    text = f"text\nÇa me déçoit énormément: {ANGER}\n".encode("cp1252")
    answered(upload(app, "texts.csv", text))
    assert any("not UTF-8" in x.value for x in app.warning)
    assert app.session_state["file_job"].frame()["label"].tolist() == [ANGER]


def test_half_an_emoji_does_not_stop_the_others(app: AppTest):
    lines = [json.dumps({"text": text}) for text in (f"{JOY} \ud83d", ANGER)]
    answered(upload(app, "texts.jsonl", "\n".join(lines).encode()))
    frame = app.session_state["file_job"].frame()
    assert frame["label"].tolist() == [JOY, ANGER]
    assert frame["text"].tolist() == [f"{JOY} ?", ANGER]
    assert "half a character" in frame["notice"][0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("texts.csv", b"", "0 bytes"),
        ("texts.parquet", b"not parquet", "no readable Parquet"),
        ("texts.jsonl", b"[1]\n", "one JSON object a line"),
    ],
)
def test_an_unreadable_file_gets_a_message(app: AppTest, name: str, content: bytes, message: str):
    upload(app, name, content)
    assert message in app.error[0].value
    upload(app, "texts.csv", CSV)
    assert not app.error


def test_a_header_alone(app: AppTest):
    upload(app, "texts.csv", b"text\n")
    app.button(key="file_start").click().run()
    assert "has no rows" in app.error[0].value


def test_too_many_rows(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ui.text_jobs, "ROWS_AT_MOST", 3)
    monkeypatch.setattr("ui.text_file.ROWS_AT_MOST", 3)
    answered(upload(app, "texts.csv", CSV))
    assert any("only the first 3 are answered" in x.value for x in app.warning)
    assert metrics(app)["Rows"] == "3"


def slow_job(rows: int) -> TableJob:
    model = keyword_model()
    read = model.classifier.read
    model.classifier.read = lambda texts: (time.sleep(0.2), read(texts))[1]
    content = ("text\n" + f"{JOY}\n" * rows).encode()
    table = inspected("texts.csv", content)
    return TableJob(table, content, "text", Choice(model, EKMAN7, 0.5))


def test_a_stopped_job_keeps_what_was_done(app: AppTest):
    job = app.session_state["file_job"] = slow_job(20_000)
    while not job.done:
        time.sleep(0.05)
    app.run()
    assert (job.seconds_left() or 0) > 0
    assert app.get("progress")
    app.button(key="file_cancel").click().run()
    job.wait(10)
    app.run()
    assert 0 < job.done < 20_000
    assert any(x.value.startswith("Stopped after") for x in app.warning)
    assert metrics(app)["Rows"] == f"{job.done:,}"
    assert not app.exception


def test_a_failed_job_shows_its_error(app: AppTest):
    content = b"text\nfine\n"
    job = TableJob(inspected("a.csv", content), content, "gone", Choice(keyword_model(), EKMAN7, 0))
    job.wait(10)
    app.session_state["file_job"] = job
    app.run()
    assert "no column 'gone'" in app.error[0].value


def test_downloads_say_the_same_in_both_formats():
    job = TableJob(inspected("a.csv", CSV), CSV, "text", Choice(keyword_model(), EKMAN7, 0.5))
    job.wait(10)
    rows = list(csv.DictReader(io.StringIO(exported(job.frame(), ".csv").decode())))
    assert list(rows[0]) == job.names
    assert [r["source"] for r in rows] == ["0", "1", "2", "3"]
    assert (rows[0]["label"], rows[0]["uncertain"], rows[0]["text"]) == (
        JOY,
        "false",
        f"{JOY} today",
    )
    assert rows[2]["label"] == rows[2]["uncertain"] == rows[2][f"p_{JOY}"] == ""
    assert rows[2]["error"]
    table = pd.read_parquet(io.BytesIO(exported(job.frame(), ".parquet")))
    assert list(table.columns) == job.names
    assert table["label"].fillna("").tolist() == [r["label"] for r in rows]
    assert table[f"p_{JOY}"][0] == pytest.approx(float(rows[0][f"p_{JOY}"]))
