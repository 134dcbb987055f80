"""Columns of files in every form, and what is said of damaged ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion_core.datasets import columns
from emotion_core.datasets.columns import column_names, named_rows, read_columns
from emotion_core.errors import InvalidInput
from tests.evaluation.answers import make_answers, write


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_every_form_holds_the_same(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "BLOCK_BYTES", 4000)  # so that there are several blocks
    frame = make_answers(100)
    frame["text"] = 'with, a delimiter and\na "line"'
    frame.loc[3, "label"] = None
    path = write(frame, tmp_path / f"x.{ending}")
    assert column_names(path) == tuple(frame)
    found = read_columns(path, ("truth", "label", "speaker"), ("p_joy", "p_fear"))
    assert found.rows == 100
    truth = found.words["truth"]
    assert [truth[i] for i in range(100)] == frame["truth"].tolist()
    assert found.words["label"][3] == ""
    assert found.words["speaker"][7] == str(frame["speaker"][7])
    np.testing.assert_allclose(found.numbers, frame[["p_joy", "p_fear"]], atol=1e-9)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [("truth;label\na;b\n", "utf-8-sig"), ("truth,label\na,b\n", "utf-16")],
)
def test_delimiters_and_encodings(tmp_path: Path, content: str, encoding: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content, encoding=encoding)
    assert read_columns(path, ("label",), ()).words["label"][0] == "b"


def test_labels_that_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"truth": 1, "label": 2}\n\n{"truth": 1, "label": null}\n')
    words = read_columns(path, ("truth", "label"), ()).words
    assert words["truth"].words == ("1",)
    assert [words["label"][i] for i in range(2)] == ["2", ""]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"", "is empty"),
        ("x.txt", b"a", "expected a file ending in"),
        ("x.csv", b"truth,label\na,b,c\n", r"expected 2 cells, got 3 in 'a,b,c'"),
        ("x.csv", b"truth,truth\na,b\n", "truth twice"),
        ("x.csv", b"truth,other\na,b\n", "no column 'label'; it has truth, other"),
        ("x.csv", b"truth,label,p_a\na,b,1\na,b,high\n", r"'high'; row 1 \(counted from 0"),
        ("x.csv", b"truth,label\nf\xe9e,b\n", "save the file as UTF-8"),
        ("x.csv", b"\n\n", "must name the columns"),
        ("x.jsonl", b'{"truth":"a","label":"b"}\nno\n', r"row 1 \(counted from 0\) is no JSON"),
        ("x.jsonl", b"[1]\n", "row 0"),
        ("x.jsonl", b'{"truth":1,"label":"b","p_a":"x"}\n', "row 0, column 'p_a'"),
        ("x.parquet", b"no parquet", "cannot be read"),
    ],
)
def test_damaged_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    numbers = ("p_a",) if b"p_a" in content else ()
    with pytest.raises(InvalidInput, match=message):
        read_columns(path, ("truth", "label"), numbers)


def test_lists_are_no_labels(tmp_path: Path) -> None:
    path = write(pd.DataFrame({"truth": [["a", "b"]], "label": ["a"]}), tmp_path / "x.parquet")
    with pytest.raises(InvalidInput, match="one label a row, got lists"):
        read_columns(path, ("truth",), ())


def test_many_rows_are_named_in_part() -> None:
    assert named_rows(np.arange(1007)).startswith("rows 0, 1, 2, 3, 4 and 1,002 more (counted")
