import csv
import io
import json
import os
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput
from emotion_core.labels import IEMOCAP4
from emotion_core.rows import FIXED, RowFile, answer_row, columns, probability_columns
from emotion_core.types import EmotionScores

CONTRACT = ["source", "person", "start_s", "end_s", "label", "uncertain", "error"]
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@st.composite
def answers(draw) -> EmotionScores:
    weights = np.array(draw(st.lists(st.floats(0.01, 1), min_size=4, max_size=4)))
    notices = tuple(draw(st.lists(texts.filter(str.strip), max_size=2)))
    uncertain = draw(st.booleans())
    return EmotionScores(IEMOCAP4, weights / weights.sum(), uncertain=uncertain, notices=notices)


def read(path):
    """Rows of a file as Python values, empty cells as ''."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    elif path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    else:
        rows = pq.read_table(path).to_pylist()
    return [{k: "" if v is None else v for k, v in row.items()} for row in rows]


def plain(cell) -> str:
    """How a cell looks as text, the same for all formats."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell)


def test_columns_are_those_that_scripts_rely_on():
    assert list(FIXED) == CONTRACT
    assert columns(IEMOCAP4)[:7] == CONTRACT
    assert columns(IEMOCAP4)[7:11] == ["p_angry", "p_happy", "p_sad", "p_neutral"]
    assert columns(IEMOCAP4)[11:] == ["notice"]
    assert columns(IEMOCAP4, multi_label=True)[12] == "present"
    assert probability_columns(("b", "a")) == ["p_b", "p_a"]


def test_an_error_has_no_label():
    row = answer_row(3, InvalidInput("empty"), IEMOCAP4)
    assert row["source"] == 3
    assert row["error"] == "empty"
    assert row["label"] is None
    assert row["p_angry"] is None


def test_nothing_found_is_no_error():
    row = answer_row("a.png", None, IEMOCAP4)
    assert row["error"] == ""
    assert row["label"] is None
    assert row["person"] is None


def test_person_and_span():
    answer = EmotionScores(IEMOCAP4, np.full(4, 0.25))
    row = answer_row("a.mp4", answer, IEMOCAP4, person=2, span_s=(0.5, 1.0))
    assert (row["person"], row["start_s"], row["end_s"]) == (2, 0.5, 1.0)


def test_multi_label_answers_carry_presence():
    presence = np.array([0.9, 0.8, 0.1, 0.2])
    answer = EmotionScores(IEMOCAP4, np.full(4, 0.25), presence, ("angry", "happy"))
    row = answer_row(0, answer, IEMOCAP4, multi_label=True)
    assert list(row) == columns(IEMOCAP4, multi_label=True)
    assert row["present"] == "angry|happy"
    assert row["presence_angry"] == 0.9


@given(st.lists(st.tuples(texts, answers() | texts.map(InvalidInput)), min_size=1, max_size=5))
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_written_rows_are_read_back(tmp_path_factory, ending, items):
    path = tmp_path_factory.mktemp("rows") / f"out{ending}"
    rows = [answer_row(source, answer, IEMOCAP4) for source, answer in items]
    with RowFile(path, columns(IEMOCAP4)) as file:
        file.write(rows[:2])
        file.write(rows[2:])
    found = read(path)
    assert [list(r) for r in found] == [list(r) for r in rows]
    assert [[plain(c) for c in r.values()] for r in found] == [
        [plain(c) for c in r.values()] for r in rows
    ]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_file_name_that_is_no_text(tmp_path, ending):
    name = os.fsdecode(b"a\xff.wav")
    row = answer_row(name, InvalidInput(f"{name} is empty"), IEMOCAP4)
    with RowFile(tmp_path / f"out{ending}", columns(IEMOCAP4)) as file:
        file.write([row])
    (found,) = read(tmp_path / f"out{ending}")
    assert found["source"] == "a?.wav"
    assert found["error"] == "a?.wav is empty"


@given(answers())
def test_rounded_probabilities_still_sum_to_one(answer):
    row = answer_row(0, answer, IEMOCAP4)
    written = [row[c] for c in probability_columns(IEMOCAP4)]
    assert sum(float(v) for v in written if v is not None) == pytest.approx(1, abs=1e-5)


def test_without_a_file_json_lines_go_to_standard_output(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    with RowFile(None, columns(IEMOCAP4)) as file:
        file.write([answer_row(0, EmotionScores(IEMOCAP4, np.full(4, 0.25)), IEMOCAP4)])
    row = json.loads(stream.getvalue())
    assert row["uncertain"] is False
    assert row["person"] == ""
    assert not stream.closed


def test_no_rows_still_make_a_file(tmp_path):
    for ending in (".csv", ".jsonl", ".parquet"):
        with RowFile(tmp_path / f"out{ending}", columns(IEMOCAP4)):
            pass
        assert read(tmp_path / f"out{ending}") == []


def test_another_ending(tmp_path):
    with pytest.raises(InvalidInput, match=r"expected an ending of \.csv, \.parquet, \.jsonl"):
        RowFile(tmp_path / "out.xlsx", columns(IEMOCAP4))


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_folder_that_is_not_there(tmp_path, ending):
    with pytest.raises(InvalidInput, match="cannot be written"):
        RowFile(tmp_path / "none" / f"out{ending}", columns(IEMOCAP4))


def test_ending_in_capitals(tmp_path):
    scores = EmotionScores(IEMOCAP4, np.array([0.1, 0.2, 0.3, 0.4]))
    with RowFile(tmp_path / "OUT.CSV", columns(IEMOCAP4)) as file:
        file.write([answer_row("a.wav", scores, IEMOCAP4)])
    with (tmp_path / "OUT.CSV").open(encoding="utf-8", newline="") as written:
        (row,) = csv.DictReader(written)
    assert list(row) == columns(IEMOCAP4)
    assert (row["source"], row["label"], row["p_neutral"]) == ("a.wav", "neutral", "0.4")
