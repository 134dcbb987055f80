"""Batches in this process: every item once, errors as rows, and on from where they stopped.

Real readers, workers and parts; `test_ray.py` has the same on a real Ray.
"""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer

from emotion_core.batch.record import NAME
from emotion_core.batch.run import BatchOptions, run_batch
from emotion_core.batch.storage import TEMPORARY
from emotion_core.cli_batch import register
from emotion_core.errors import InvalidInput
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.rows import columns
from tests.audio.sounds import syllables, wav_bytes
from tests.batch.conftest import answers
from tests.bundles import write_audio_bundle, write_face_bundle, write_naive_bayes_bundle
from tests.face.pictures import astronaut

pytestmark = pytest.mark.usefixtures("without_ray")


@pytest.fixture
def table(own_models: Path, tmp_path: Path) -> Path:
    """A hundred texts, of which one is empty and one row has a cell too many."""
    write_naive_bayes_bundle(own_models / "text-fake")
    path = tmp_path / "texts.csv"
    lines = [f"what {EKMAN7[k % 7]},{k}" for k in range(100)]
    lines[17], lines[55] = ",17", "a,b,c,55"
    path.write_text("\n".join(["text,id", *lines]), encoding="utf-8")
    return path


def options(table: Path | str, out: Path | str, **more: object) -> BatchOptions:
    chosen = {"modality": "text", "model": "text-fake", "batch_size": 8, "workers": 2} | more
    return BatchOptions(str(table), str(out), **chosen)  # type: ignore[arg-type]


def test_every_row_is_answered_once_in_the_contracts_columns(table: Path, tmp_path: Path):
    out, told = tmp_path / "out", []
    record = run_batch(options(table, out), lambda *figures: told.append(figures))
    rows = answers(out)
    assert [row["source"] for row in rows] == [str(k) for k in range(100)]
    assert list(rows[0]) == columns(EKMAN7)
    assert [k for k, row in enumerate(rows) if row["error"]] == [17, 55]
    assert [row["label"] for row in rows if not row["error"]] == [
        EKMAN7[k % 7] for k in range(100) if k not in (17, 55)
    ]
    assert len(list(out.glob("part-*.parquet"))) == record.parts == 13
    assert (record.items, record.failed) == (100, 2)
    assert told[0] == (0, 0, 100)
    assert told[-1] == (100, 2, 100)
    assert json.loads((out / NAME).read_text())["finished"] == record.finished != ""
    assert len(pq.read_table(out)) == 100  # the folder as a whole is a Parquet data set


def test_how_a_table_is_read_is_told(table: Path, tmp_path: Path):
    table.write_text("text\ncafé\n", encoding="latin-1")
    told: list[str] = []
    run_batch(options(table, tmp_path / "out"), on_notice=told.append)
    (notice,) = told
    assert "not UTF-8" in notice


def test_the_command_tells_how_a_table_is_read(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table.write_text("text\ncafé\n", encoding="utf-16")
    app = typer.Typer()
    register(app)
    asked = [str(table), "--modality", "text", "--model", "text-fake", "--out"]
    with pytest.raises(SystemExit):
        app([*asked, str(tmp_path / "out")])
    assert f"{table}: the file is UTF-16" in capsys.readouterr().err


def test_a_run_goes_on_and_leaves_what_is_there(table: Path, tmp_path: Path):
    out = tmp_path / "out"
    run_batch(options(table, out))
    whole = answers(out)
    kept, lost, cut = (out / f"part-{k:06d}.parquet" for k in (0, 3, 5))
    before = kept.stat()
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:100])  # a disk that was full
    (out / TEMPORARY).mkdir()
    (out / TEMPORARY / "left.parquet").write_bytes(b"half")
    record = json.loads((out / NAME).read_text())
    (out / NAME).write_text(json.dumps(record | {"finished": "", "failed": None}))
    ended = run_batch(options(table, f"file://{out}", batch_size=None))
    assert answers(out) == whole
    assert ended.failed == record["failed"] == 2
    assert not (out / TEMPORARY).exists()
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": "text-other"}, "another model (text-fake, now text-other)"),
        ({"labels": "IEMOCAP4"}, "another label set"),
        ({"batch_size": 9}, "another --batch-size (8, now 9)"),
    ],
)
def test_other_answers_are_not_mixed_in(
    table: Path, own_models: Path, tmp_path: Path, change: dict[str, object], named: str
):
    write_naive_bayes_bundle(own_models / "text-other")
    out = tmp_path / "out"
    run_batch(options(table, out))
    with pytest.raises(InvalidInput, match="--restart") as refused:
        run_batch(options(table, out, **change))
    assert named in str(refused.value)
    (out / "notes.txt").write_text("mine")
    run_batch(options(table, out, restart=True, **change))
    rows = answers(out)
    assert len(rows) == 100
    assert (out / "notes.txt").read_text() == "mine"
    labels = IEMOCAP4 if "labels" in change else EKMAN7
    assert list(rows[0]) == columns(labels)


def test_another_input_and_a_foreign_folder_are_refused(table: Path, tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "part-000000.parquet").write_bytes(b"mine")
    with pytest.raises(InvalidInput, match="files of something else"):
        run_batch(options(table, out))
    (out / "part-000000.parquet").unlink()
    run_batch(options(table, out))
    table.write_text(table.read_text() + "\njoy,100")
    with pytest.raises(InvalidInput, match=r"another input .*another number of items"):
        run_batch(options(table, out))


def test_recordings_of_a_folder(own_models: Path, tmp_path: Path):
    write_audio_bundle(own_models / "voice-fake")
    folder, out = tmp_path / "sounds", tmp_path / "out"
    (folder / "deeper").mkdir(parents=True)
    sound = wav_bytes(syllables(15))
    names = [f"{k}.wav" for k in range(4)]
    for name in names:
        (folder / name).write_bytes(sound)
    (folder / "deeper" / "broken.wav").write_bytes(sound[:60])
    (folder / "notes.md").write_text("no sound")
    record = run_batch(options(folder, out, modality="audio", model="voice-fake", batch_size=2))
    rows = answers(out)
    assert [row["source"] for row in rows] == [
        *(str(folder / name) for name in names), str(folder / "deeper" / "broken.wav")
    ]  # fmt: skip
    assert [bool(row["error"]) for row in rows] == [False] * 4 + [True]
    assert (record.items, record.failed) == (5, 1)
    assert not list(out.glob("_attempts*"))


def test_pictures_of_a_table(own_models: Path, tmp_path: Path):
    write_face_bundle(own_models / "face-fake")
    (tmp_path / "a.png").write_bytes(astronaut())
    (tmp_path / "b.png").write_bytes(b"no picture")
    table, out = tmp_path / "pictures.jsonl", tmp_path / "out"
    names = ["a.png", "b.png", "none.png", f"file://{tmp_path}/a.png"]
    table.write_text("\n".join(json.dumps({"path": name, "id": 1}) for name in names))
    record = run_batch(
        options(table, out, modality="image", model="face-fake", aligned=True, batch_size=None)
    )
    rows = answers(out)
    assert [row["source"] for row in rows] == ["0", "1", "2", "3"]
    assert [bool(row["error"]) for row in rows] == [False, True, True, False]
    assert rows[0]["person"] == 1
    assert rows[0]["label"] == rows[3]["label"]
    assert (record.items, record.failed) == (4, 2)
