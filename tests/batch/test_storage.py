"""Items and answers behind addresses: memory, an archive, and a store that only fsspec knows."""

import zipfile
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from emotion_core.batch.run import BatchOptions, run_batch
from emotion_core.batch.source import opened_source
from emotion_core.batch.storage import Place
from emotion_core.errors import InvalidInput
from tests.audio.sounds import syllables, wav_bytes
from tests.batch.conftest import answers
from tests.bundles import write_audio_bundle, write_naive_bayes_bundle


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A store with addresses `shelf://...`, whose objects lie in a folder."""
    root = tmp_path / "store"
    root.mkdir()

    class Shelf(DirFileSystem):
        protocol = "shelf"

        def __init__(self, **_: object) -> None:
            super().__init__(path=str(root), fs=LocalFileSystem(auto_mkdir=True))

    fsspec.register_implementation("shelf", Shelf, clobber=True)
    return root


@pytest.mark.usefixtures("without_ray")
def test_from_a_store_to_a_store(shelf: Path, own_models: Path):
    write_audio_bundle(own_models / "voice-fake")
    sound = wav_bytes(syllables(15))
    (shelf / "calls" / "deeper").mkdir(parents=True)
    for name in ("a.wav", "deeper/b.wav", ".hidden.wav"):
        (shelf / "calls" / name).write_bytes(sound)
    (shelf / "calls" / "c.wav").write_bytes(b"broken")
    options = BatchOptions("shelf://calls", "shelf://answers", "audio", "voice-fake")
    record = run_batch(options)
    rows = answers(shelf / "answers")
    assert [row["source"] for row in rows] == [
        "shelf://calls/a.wav", "shelf://calls/c.wav", "shelf://calls/deeper/b.wav",
    ]  # fmt: skip
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert not Place("shelf://answers/_attempts-000000.json").is_file()
    assert run_batch(options) == record  # nothing is left to do


@pytest.mark.usefixtures("without_ray")
def test_a_table_in_memory(own_models: Path, tmp_path: Path):
    write_naive_bayes_bundle(own_models / "text-fake")
    Place("memory://texts.jsonl").write(b'{"text": "joy"}\n{"text": "\\ud83d"}\n{"other": 1}\n')
    run_batch(BatchOptions("memory://texts.jsonl", str(tmp_path / "out"), "text", "text-fake"))
    rows = answers(tmp_path / "out")
    assert [row["source"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["label"] == "joy"
    assert "empty" in str(rows[1]["error"])  # half of a character
    assert "no text under 'text'" in str(rows[2]["error"])
    with pytest.raises(InvalidInput, match="memory of one process"):
        run_batch(BatchOptions("memory://texts.jsonl", "memory://out", "text", "text-fake"))


def test_a_table_in_an_archive(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("texts.csv", "text\nso happy\nso sad\n")
    with opened_source(f"zip://texts.csv::file://{tmp_path}/all.zip", "text") as source:
        (portion,) = source.portions(8)
    assert portion.items == ["so happy", "so sad"]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere://x", "cannot be opened"),
        ("/no/such/folder", "does not exist"),
    ],
)
def test_wrong_addresses(address: str, message: str):
    with pytest.raises(InvalidInput, match=message), opened_source(address, "text"):
        pass


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path):
    place = Place(tmp_path / "deep" / "a.bin")
    place.write(b"before")

    def broken() -> None:
        with place.new_file() as path:
            path.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert place.read() == b"before"
    assert [p.name for p in (tmp_path / "deep").rglob("*") if p.is_file()] == ["a.bin"]
