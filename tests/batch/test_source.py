"""What is read from folders and tables, and how it is cut."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.batch.source import BatchModality, Source, opened_source
from emotion_core.batch.worker import _portion, portion_tables
from emotion_core.errors import InvalidInput


def source_of(path: Path, modality: BatchModality = "text", column: str | None = None) -> Source:
    with opened_source(str(path), modality, column) as source:
        return source


@given(st.integers(1, 40), st.integers(1, 50), st.sets(st.integers(0, 40)))
def test_portions_hold_every_row_once(
    tmp_path_factory: pytest.TempPathFactory, rows: int, size: int, finished: set[int]
):
    path = tmp_path_factory.mktemp("rows") / "texts.txt"
    path.write_text("".join(f"{k}\n" for k in range(rows)))
    source = source_of(path)
    whole = list(source.portions(size))
    assert [int(item) for portion in whole for item in portion.items] == list(range(rows))
    assert all(len(portion.items) == size for portion in whole[:-1])
    assert [portion.first for portion in whole] == [k * size for k in range(len(whole))]
    rest = list(source.portions(size, frozenset(finished)))
    assert rest == [portion for portion in whole if portion.number not in finished]
    passed = [_portion(row) for t in portion_tables(source, size, frozenset()) for row in t.to_pylist()]  # fmt: skip  # noqa: E501
    assert passed == whole


def test_the_fingerprint_follows_the_content(tmp_path: Path):
    table, folder = tmp_path / "a.csv", tmp_path / "texts"
    table.write_text("text,other\na,b\n")
    first = source_of(table).fingerprint
    assert source_of(table).fingerprint == first
    assert source_of(table, column="other").fingerprint != first
    table.write_text("text,other\na,c\n")
    assert source_of(table).fingerprint != first
    folder.mkdir()
    (folder / "a.txt").write_text("so happy")
    first = source_of(folder).fingerprint
    (folder / "b.txt").write_text("so sad")
    assert source_of(folder).fingerprint != first


def test_paths_are_found_by_their_column(tmp_path: Path):
    table = tmp_path / "sounds.csv"
    table.write_text("id,file\n1,a.wav\n")
    source = source_of(table, "audio")
    assert (source.column, source.root, source.by_path) == ("file", str(tmp_path), False)
    table.write_text("id,where\n1,a.wav\n")
    with pytest.raises(InvalidInput, match="column of the paths"):
        source_of(table, "audio")
    assert source_of(table, "audio", "where").column == "where"


@pytest.mark.parametrize("modality", ["text", "audio", "image"])
def test_a_folder_without_items(tmp_path: Path, modality: BatchModality):
    (tmp_path / "notes.md").write_text("nothing")
    with pytest.raises(InvalidInput, match="in the folder, got none"):
        source_of(tmp_path, modality)


def test_a_table_without_rows(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("text\n")
    with pytest.raises(InvalidInput, match="no rows"):
        source_of(path)
