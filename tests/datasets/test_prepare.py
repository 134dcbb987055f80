"""A prepared folder holds what the source holds now, and says where it cannot be written."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from emotion_core.datasets import prepare as prepare_module
from emotion_core.datasets.prepare import prepare
from emotion_core.datasets.table import read_data, write_table
from emotion_core.errors import EmotionCoreError, InvalidInput
from tests.audio.sounds import RATE, tone
from tests.datasets.conftest import Run


def write_table_of(folder: Path, **columns: list[str]) -> Path:
    texts = {"text": ["so glad", "so sad"], "label": ["joy", "sadness"], "split": ["train", "test"],
             "speaker": ["a", "b"]}  # fmt: skip
    pd.DataFrame({**texts, **columns}).to_csv(folder / "x.csv", index=False)
    return folder / "x.csv"


@pytest.mark.parametrize(
    ("column", "now"),
    [
        ("text", ["so glad", "so sorry"]),
        ("label", ["joy", "fear"]),
        ("split", ["train", "train"]),
        ("speaker", ["a", "a"]),
    ],
)
def test_a_table_that_changed_is_not_answered_with_the_old(
    column: str, now: list[str], tmp_path: Path
):
    prepare(read_data("text", write_table_of(tmp_path)), tmp_path / "ready")
    prepare(read_data("text", write_table_of(tmp_path)), tmp_path / "ready")
    with pytest.raises(InvalidInput, match="holds other items or settings"):
        prepare(read_data("text", write_table_of(tmp_path, **{column: now})), tmp_path / "ready")


def as_folder(folder: Path, sounds: dict[str, np.ndarray]) -> Path:
    for name, samples in sounds.items():
        path = folder / "voices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, RATE)
    return folder / "voices"


def as_zip(folder: Path, sounds: dict[str, np.ndarray]) -> Path:
    root = as_folder(folder, sounds)
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        for name in sounds:
            archive.write(root / name, name)
    return folder / "x.zip"


@pytest.mark.parametrize("lay", [as_folder, as_zip])
def test_files_that_changed_are_not_answered_with_the_old(
    lay: Callable[[Path, dict[str, np.ndarray]], Path], tmp_path: Path
):
    sounds = {"joy/a.wav": tone(200, 0.5), "fear/b.wav": tone(300, 0.5)}
    prepare(read_data("audio", lay(tmp_path, sounds)), tmp_path / "ready")
    source = lay(tmp_path, {**sounds, "fear/b.wav": tone(400, 0.5)})
    with pytest.raises(InvalidInput, match="holds other items or settings"):
        prepare(read_data("audio", source), tmp_path / "ready")


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prepare_module, "PART_ITEMS", 1)
    table = read_data("text", write_table_of(tmp_path))

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(table, tmp_path / "ready", on_progress=stop)
    part = tmp_path / "ready" / "parts" / "00000.parquet"
    before = part.stat().st_mtime_ns
    assert prepare(table, tmp_path / "ready").items == 2
    assert part.stat().st_mtime_ns == before


def test_a_damaged_claim_is_refused(tmp_path: Path):
    (tmp_path / "ready").mkdir()
    (tmp_path / "ready" / "prepared.json").write_text("{")
    with pytest.raises(InvalidInput, match="holds other items or settings"):
        prepare(read_data("text", write_table_of(tmp_path)), tmp_path / "ready")


@pytest.mark.parametrize("failing", ["to_parquet", "write_bytes"])
def test_a_full_disk_is_told(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
):
    source = as_folder(tmp_path, {"joy/a.wav": tone(200, 0.5), "fear/b.wav": tone(300, 0.5)})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame if failing == "to_parquet" else Path, failing, full)
    code, told, said = run("prepare", source, "--out", tmp_path / "ready")
    assert (code, told) == (1, None)
    assert "No space left on device; if the disk is full, make room" in said
    monkeypatch.undo()
    assert prepare(read_data("audio", source), tmp_path / "ready").items == 2


def test_a_target_that_is_no_folder_is_told(tmp_path: Path):
    (tmp_path / "ready").write_text("a file")
    with pytest.raises(EmotionCoreError, match="ready cannot be written"):
        prepare(read_data("text", write_table_of(tmp_path)), tmp_path / "ready")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_table_is_written_whole_or_not_at_all(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    table = read_data("text", write_table_of(tmp_path))
    target = tmp_path / f"y.{ending}"
    write_table(table, target)
    before = target.read_bytes()

    def full(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InvalidInput, match=r"cannot be written: .* if the disk is full"):
        write_table(table, target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*.new"))


def test_a_table_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
):
    monkeypatch.setattr("emotion_core.datasets.check.look_at_all", pytest.fail)
    source = write_table_of(tmp_path)
    code, _, said = run("split", source, "--by", "random", "--out", tmp_path / "y.xlsx")
    assert code != 0
    assert "expected one of .csv" in said


def test_a_folder_as_target_of_a_split_is_told(tmp_path: Path, run: Run):
    (tmp_path / "y.csv").mkdir()
    source = write_table_of(tmp_path)
    args = ("split", source, "--by", "random", "--shares", "1", "--out", tmp_path / "y.csv")
    code, _, said = run(*args)
    assert code != 0
    assert "y.csv cannot be written" in said
