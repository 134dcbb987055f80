import codecs
import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.encoding import decode
from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.rows import columns
from emotion_core.testing import keyword_model
from emotion_core.text.table import (
    CHUNK_ROWS,
    inspect_table,
    predict_rows,
    read_table,
    table_rows,
)
from emotion_core.types import EmotionScores

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


def texts_of(path, column=None):
    return [row.text for row in read_table(inspect_table(path), column)]


def test_csv(write):
    table = inspect_table(write('id,text\n1,"a, joy"\n2,"two\nlines"\n3,\n'))
    assert table.columns == ("id", "text")
    assert table.rows == 3
    assert table.notices == ()
    assert [(r.place, r.text) for r in read_table(table)] == [
        (0, "a, joy"), (1, "two\nlines"), (2, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_delimiters(write, delimiter):
    table = inspect_table(write(f"id{delimiter}text\n1{delimiter}joy\n"))
    assert table.delimiter == delimiter
    assert texts_of(table.path) == ["joy"]


def test_tsv_reads_tabs_alone(write):
    assert texts_of(write("text,id\tother\na\tb\n", "a.tsv"), "text,id") == ["a"]


def test_txt(write):
    path = write("first\r\n\r\nthird, with comma\nlast", "a.txt")
    assert inspect_table(path).rows == 4
    assert texts_of(path) == ["first", "", "third, with comma", "last"]


def test_jsonl(write):
    path = write('{"text": "joy", "id": 1}\n\n{"id": 2}\nno json\n[1]\n{"text": 3}\n', "a.jsonl")
    table = inspect_table(path)
    rows = list(read_table(table))
    assert table.rows == len(rows) == 5
    assert rows[0].text == "joy"
    assert "no text under 'text'" in rows[1].error
    assert rows[2].error == rows[3].error == "the line is not a JSON object"
    assert "no text under 'text'" in rows[4].error


def test_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["joy", None, ""], "n": [1, 2, 3]}), path)
    rows = list(read_table(inspect_table(path)))
    assert [(r.place, r.text, r.error) for r in rows] == [
        (0, "joy", ""), (1, "", "the cell has no text"), (2, "", ""),
    ]  # fmt: skip


def test_parquet_of_another_type(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": [1, 2]}), path)
    assert {r.error for r in read_table(inspect_table(path), "n")} == {"the cell has no text"}


def test_ending_given_by_the_caller(write):
    assert inspect_table(write("text\njoy\n", "upload"), ".CSV").columns == ("text",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", r"a\.csv is empty \(0 bytes\); choose a file with texts"),
        ("a.parquet", b"", r"is empty \(0 bytes\)"),
        ("a.parquet", b"PAR1 but not really PAR1", "no readable Parquet file"),
        ("a.xlsx", b"x", r"expected a file ending in \.csv, \.tsv"),
        ("a.jsonl", b"no json\n", "expected one JSON object a line"),
        ("a.jsonl", b"[1]\n", "expected one JSON object a line"),
    ],
)
def test_files_that_cannot_be_read(write, name, content, message):
    with pytest.raises(InvalidInput, match=message):
        inspect_table(write(content, name))


def test_missing_file(tmp_path):
    with pytest.raises(InvalidInput, match="does not exist"):
        inspect_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("header", "asked", "chosen"),
    [
        ("text", None, "text"),
        ("comment", None, "comment"),
        ("id,Text ", None, "Text "),
        ("id,comment", "comment", "comment"),
    ],
)
def test_choosing_the_column(write, header, asked, chosen):
    assert inspect_table(write(f"{header}\n")).choose_column(asked) == chosen


def test_column_that_is_not_there(write):
    table = inspect_table(write("id,comment\n1,joy\n"))
    with pytest.raises(InvalidInput, match="no column 'text'; it has id, comment"):
        read_table(table, "text")
    with pytest.raises(InvalidInput, match="choose the column of the texts; it has id, comment"):
        read_table(table)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_unicode_encodings(write, encoding, mark, name):
    head = {"a.csv": "text\n{}\n", "a.jsonl": '{{"text": "{}"}}\n', "a.txt": "{}\n"}[name]
    path = write(mark + head.format("naïve joy 😂 “ja”").encode(encoding), name)
    assert texts_of(path) == ["naïve joy 😂 “ja”"]
    assert inspect_table(path).notices == (("the file is UTF-16, not UTF-8",) if mark else ())


@pytest.mark.parametrize("text", ["déjà vu", "so naïve"])
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_a_table_is_read_in_the_encoding_of_a_transcript(write, name, text):
    content = f"text\t\n{text}\t\n".encode("cp1252")
    table = inspect_table(write(content, name))
    assert [r.text.strip() for r in read_table(table)][-1] == text
    assert table.notices == decode(content)[1]


def test_cp1252_is_said_and_loses_no_row(write):
    lines = ["text", "“It’s a café”", "plain joy", "Größe"]
    table = inspect_table(write("\r\n".join(lines).encode("cp1252")))
    assert "the file is not UTF-8; it was read as" in table.notices[0]
    rows = [r.text for r in read_table(table)]
    assert len(rows) == 3
    assert rows[1] == "plain joy"
    assert rows[2].startswith("Gr")


def test_cp1252_accents(write):
    text = "text\nJe suis très heureux à la fête\nC’est naïf\n"
    assert texts_of(write(text.encode("cp1252"))) == [
        "Je suis très heureux à la fête",
        "C’est naïf",
    ]


def test_utf16_without_its_mark(write):
    assert texts_of(write("text\nI am happy\n".encode("utf-16-le"))) == ["I am happy"]


@pytest.mark.parametrize("content", ["\n\n\n", "\ufeff\n"])
def test_csv_of_blank_lines(write, content):
    with pytest.raises(InvalidInput):
        list(read_table(inspect_table(write(content))))


def test_json_nested_too_deeply(write):
    path = write('{"text": "joy"}\n{"text": ' + "[" * 200_000 + "\n", "a.jsonl")
    assert [bool(r.error) for r in read_table(inspect_table(path))] == [False, True]


def test_an_unquoted_comma_is_not_cut_silently(write):
    row = next(iter(read_table(inspect_table(write("text\nwell, that is sad\n")))))
    assert "that is sad" in row.text or row.error


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('"never closed\nfine\nlast\n', ['"never closed', "fine", "last"]),
        ('"first\nfine\n"second\nlast\n', ['"first', "fine", '"second', "last"]),
        ('"first\n"a, joy"\n"two\nlines"\n', ['"first', "a, joy", "two\nlines"]),
        ('"Great" film\nfine\n', ['"Great" film', "fine"]),
        ('fine\n"last', ["fine", '"last']),
    ],
)
def test_a_stray_quote_spoils_its_own_line_alone(write, content, found):
    table = inspect_table(write(f"text\n{content}"))
    assert [(r.text, r.error) for r in read_table(table)] == [(text, "") for text in found]
    assert table.rows == len(found)
    (notice,) = table.notices
    strays = sum(text.startswith('"') for text in found)
    assert notice.startswith(f"{strays} of the lines had a quote that does not end with its cell")


def test_a_stray_quote_before_other_columns(write):
    path = write('text,id\n"never closed,1\n"a, joy",2\n')
    assert texts_of(path) == ['"never closed', "a, joy"]


def test_short_rows_carry_their_error(write):
    rows = list(read_table(inspect_table(write("id,text\n1,joy\n2\n3,fear\n"))))
    assert [r.place for r in rows] == [0, 1, 2]
    assert rows[1].error == "the row has 1 cells, none for 'text'"
    assert rows[2].text == "fear"


def test_a_cell_of_a_megabyte(write):
    path = write("id,text\n1," + "joy " * 2**18 + "\n2,fear\n")
    ((_, first), (_, second)) = next(
        predict_rows(keyword_model(), read_table(inspect_table(path)), 2)
    )
    assert isinstance(first, EmotionScores)
    assert "of 1,048,576 characters were read" in first.notices[0]
    assert isinstance(second, EmotionScores)
    assert second.notices == ()


def test_control_characters_and_other_scripts(write):
    path = write("text\nj\x01oy\n\x00\n😂\nאני שמח\n")
    pairs = next(predict_rows(keyword_model(), read_table(inspect_table(path)), 4))
    assert [isinstance(a, EmotionScores) for _, a in pairs] == [True, False, True, True]


@given(st.lists(st.tuples(cells, cells), max_size=12))
@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_no_row_is_lost(tmp_path_factory, ending, items):
    import json

    path = tmp_path_factory.mktemp("tables") / f"a{ending}"
    if ending == ".csv":
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows([("id", "text"), *items])
        path.write_bytes(buffer.getvalue().encode("utf-8"))
    elif ending == ".jsonl":
        first = {"id": "0", "text": "first"}
        lines = [first, *({"id": a, "text": b} for a, b in items)]
        path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    else:
        schema = pa.schema([("id", pa.string()), ("text", pa.string())])
        pq.write_table(pa.Table.from_pylist([{"id": a, "text": b} for a, b in items], schema), path)
    table = inspect_table(path)
    found = [r.text for r in read_table(table)]
    assert found[ending == ".jsonl" :] == [b for _, b in items]
    assert table.rows == len(found)


def test_answers_come_in_chunks_with_progress(write):
    total = 2 * CHUNK_ROWS + 5
    path = write("text\n" + "".join(f"a {EKMAN7[k % 7]}\n" for k in range(total)))
    seen: list[tuple[int, int]] = []
    chunks = list(
        predict_rows(
            keyword_model(),
            read_table(inspect_table(path)),
            total,
            on_progress=lambda done, rows: seen.append((done, rows)),
        )
    )
    assert [len(c) for c in chunks] == [CHUNK_ROWS, CHUNK_ROWS, 5]
    assert seen == [(CHUNK_ROWS, total), (2 * CHUNK_ROWS, total), (total, total)]
    labels = [a.label for c in chunks for _, a in c if isinstance(a, EmotionScores)]
    assert labels == [EKMAN7[k % 7] for k in range(total)]


def test_a_bad_row_keeps_its_place(write):
    path = write('{"text": "joy"}\nbroken\n{"text": " "}\n{"text": "fear"}\n', "a.jsonl")
    pairs = next(predict_rows(keyword_model(), read_table(inspect_table(path)), 4))
    rows = table_rows(pairs, EKMAN7)
    assert [r["source"] for r in rows] == [0, 1, 2, 3]
    assert [r["label"] for r in rows] == ["joy", None, None, "fear"]
    assert rows[1]["error"] == "the line is not a JSON object"
    assert "the text is empty" in str(rows[2]["error"])
    assert list(rows[0]) == columns(EKMAN7)


def test_answers_in_another_label_set(write):
    path = write("text\njoy\n")
    pairs = next(predict_rows(keyword_model(), read_table(inspect_table(path)), 1, labels=IEMOCAP4))
    assert table_rows(pairs, IEMOCAP4)[0]["label"] == "happy"


def test_label_sets_that_share_nothing(write):
    rows = read_table(inspect_table(write("text\njoy\n")))
    with pytest.raises(LabelMismatch, match="has a place in"):
        next(predict_rows(keyword_model(), rows, 1, labels=("up", "down")))
