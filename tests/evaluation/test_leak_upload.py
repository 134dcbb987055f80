"""What a person gives to be checked: tables whose other columns stay closed, and ZIPs."""

import zipfile
from pathlib import Path

import cv2
import pandas as pd
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.leak_upload import table_items, zip_items
from emotion_core.evaluation.leaks import find_leaks
from tests.evaluation.test_face_hashes import make_face

ROWS = [
    ("one fine day in the early spring", "training", "ann", "/etc/hostname"),
    ("the cat sat on the mat all night", "training", "bob", "/etc/hostname"),
    ("One fine day in the early spring!", "dev", "cem", "/etc/hostname"),
    ("the cat sat on the mat all night", "test", "bob", "/etc/hostname"),
    ("", "test", "dan", "/etc/hostname"),
]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_of_texts_in_columns_of_any_name(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame(ROWS, columns=["words", "part", "who", "path"])
    path = tmp_path / f"x.{ending}"
    writers = {
        "csv": lambda: frame.to_csv(path, index=False),
        "tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(path),
    }
    writers[ending]()
    items = table_items(path, "words", "part", "who")
    assert items.kind == "texts"
    assert items.sides.tolist() == ["train", "train", "validation", "test"]
    report = find_leaks(items)
    assert (report.exact.sum(), report.near.sum(), report.groups) == (1, 1, ("bob",))
    assert [(c.item, c.copy) for c in report.examples] == [("3", "1"), ("2", "0")]
    assert "/etc" not in str(report.as_dict())
    nowhere = find_leaks(table_items(path, "words"))
    assert nowhere.protocol == "no sides"


def test_no_rows(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("text,split\n")
    with pytest.raises(InvalidInput, match="0 rows"):
        table_items(tmp_path / "x.csv", "text", "split")


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def picture(seed: int) -> bytes:
    return cv2.imencode(".png", make_face(seed))[1].tobytes()


def test_pictures_of_a_zip_and_how_far_it_is(tmp_path: Path) -> None:
    members = {
        "mine/train/joy/a.png": picture(1), "mine/train/joy/b.png": picture(2),
        "mine/test/joy/c.png": picture(1), "mine/test/joy/d.png": picture(3),
        "mine/test/joy/broken.png": b"no picture", "mine/notes.txt": b"x",
        "__MACOSX/mine/train/._a.png": b"x",
    }  # fmt: skip
    told: list[tuple[int, int]] = []
    path = packed(tmp_path / "x.zip", members)
    items = zip_items(path, lambda done, total: told.append((done, total)))
    assert told == [(i, 5) for i in range(1, 6)]
    report = find_leaks(items)
    assert (items.kind, int(report.exact.sum())) == ("faces", 1)
    (found,) = report.examples
    assert found.item.endswith("test/joy/c.png")
    assert found.copy.endswith("train/joy/a.png")
    assert len(items.left_out) == 1


def test_texts_of_a_zip(tmp_path: Path) -> None:
    members = {"train/joy/1.txt": b"a day like no other day", "val/joy/2.txt": b"something else",
               "val/fear/3.txt": b"a day like no other day"}  # fmt: skip
    report = find_leaks(zip_items(packed(tmp_path / "x.zip", members)))
    assert (report.items.kind, int(report.exact.sum())) == ("texts", 1)
    assert [(c.item, c.copy) for c in report.examples] == [("val/fear/3.txt", "train/joy/1.txt")]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"train/a.docx": b"x"}, "folders named train and test, got 1 files of none"),
        ({}, "got 0 files"),
        ({"train/a.wav": b"x", "test/b.wav": b"y"}, "got none of 2"),
        ({"train/a.wav": b"\0" * 70_000_000}, "times its own size"),
    ],
)
def test_zips_that_hold_nothing_or_too_much(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        zip_items(packed(tmp_path / "x.zip", members))
