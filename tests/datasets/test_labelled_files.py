"""Files of folders, ZIPs and uploads: what is listed, read and refused."""

import io
import zipfile
from pathlib import Path

import pytest

from emotion_core.datasets import labelled_files
from emotion_core.datasets.labelled_files import FolderFiles, GivenFiles, ZipFiles, ZipMember
from emotion_core.errors import InvalidInput


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def content_of(files: ZipFiles, name: str) -> bytes:
    member = files.source(name)
    assert isinstance(member, ZipMember)
    return member.read()


def test_a_zip_is_read_member_by_member_and_nothing_is_written(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "a.zip",
        {"mine/joy/a.txt": b"one", "mine/fear/b.txt": b"two", "__MACOSX/mine/joy/._a.txt": b"x",
         "mine/.DS_Store": b"x"},
    )  # fmt: skip
    before = sorted(tmp_path.rglob("*"))
    files = ZipFiles(path)
    assert files.names == ["fear/b.txt", "joy/a.txt"]
    assert content_of(files, "joy/a.txt") == b"one"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["joy/a.txt"], ["joy/a.txt"]),
        (["train/joy/a.txt"], ["train/joy/a.txt"]),
        (["joy/anna/a.txt"], ["joy/anna/a.txt"]),
        (["x/y/smug/a.txt", "x/y/joy/a.txt"], ["joy/a.txt", "smug/a.txt"]),
    ],
)
def test_the_folder_that_was_packed_is_no_class(
    tmp_path: Path, names: list[str], expected: list[str]
) -> None:
    assert ZipFiles(packed(tmp_path / "a.zip", dict.fromkeys(names, b"x"))).names == expected


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path) -> None:
    files = ZipFiles(packed(tmp_path / "a.zip", {"../joy/a.txt": b"x", "/etc/joy/a.txt": b"y"}))
    assert files.names == ["joy/a.txt"]
    assert content_of(files, "joy/a.txt") == b"y"
    with pytest.raises(InvalidInput, match="the file is missing"):
        files.source("../joy/a.txt").read()  # type: ignore[union-attr]


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 but not really")
    with pytest.raises(InvalidInput, match=r"a\.zip is no ZIP that can be read"):
        ZipFiles(path)


@pytest.mark.parametrize(
    ("bound", "value", "message"),
    [
        ("MOST_MEMBERS", 2, "expected 2 files at most, got 3"),
        ("MOST_TOTAL_BYTES", 2**21, "inside at most"),
        ("MOST_MEMBER_BYTES", 2**19, "a file, got 1 MB"),
        ("RATIO_FROM_BYTES", 2**20, "at most 100 times its own size inside"),
    ],
)
def test_too_much_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, message: str
) -> None:
    path = packed(tmp_path / "a.zip", {f"joy/{i}.txt": bytes(2**20) for i in range(3)})
    assert len(ZipFiles(path).names) == 3
    monkeypatch.setattr(labelled_files, bound, value)
    with pytest.raises(InvalidInput, match=message):
        ZipFiles(path)


def test_a_damaged_member_fails_alone(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("joy/a.txt", b"AAAAAAAA")
        archive.writestr("joy/b.txt", b"BBBBBBBB")
    path = tmp_path / "a.zip"
    path.write_bytes(buffer.getvalue().replace(b"AAAAAAAA", b"AAAAXAAA"))
    files = ZipFiles(path)
    with pytest.raises(InvalidInput, match=r"joy/a\.txt: it is damaged or encrypted"):
        content_of(files, "joy/a.txt")
    assert content_of(files, "joy/b.txt") == b"BBBBBBBB"


def test_a_table_can_name_only_what_was_given(tmp_path: Path) -> None:
    inside, secret = tmp_path / "item-0.wav", tmp_path / "secret.wav"
    for path in (inside, secret):
        path.write_bytes(b"x")
    files = GivenFiles({"a.wav": inside})
    assert files.source("a.wav") == inside
    assert files.source("clips\\a.wav") == files.source("clips/a.wav") == inside
    for name in (str(secret), "../secret.wav", "secret.wav"):
        missing = files.source(name)
        assert not isinstance(missing, Path)
        with pytest.raises(InvalidInput, match="the file is missing"):
            missing.read()  # type: ignore[union-attr]


def test_a_folder_lists_what_is_not_hidden(tmp_path: Path) -> None:
    for name in ("joy/a.txt", "joy/.b.txt", "fear/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert FolderFiles(tmp_path).names == ["fear/c.txt", "joy/a.txt"]
