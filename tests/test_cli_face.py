"""The commands for pictures and videos: what scripts read from them, and their exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from emotion_core.cli import main
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.registry import read_spec
from emotion_core.rows import columns
from tests.bundles import write_face_bundle
from tests.training.faces import BEND, TINY, drawn, write_faces
from ui.face_example import example_film

Run = Callable[..., tuple[int, list[Any], str]]
IMAGE = ("predict", "image", "--model", "face-fake")
VIDEO = ("predict", "video", "--model", "face-fake")


@pytest.fixture
def run(own_models: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; whatever it prints on standard output is JSON."""
    write_face_bundle(own_models / "face-fake")

    def run_it(*arguments: object) -> tuple[int, list[Any], str]:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        code = stop.value.code
        assert code is None or isinstance(code, int)
        return code or 0, [json.loads(line) for line in said.out.splitlines()], said.err

    return run_it


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    skimage = pytest.importorskip("skimage.data")
    path = tmp_path / "the portrait é.png"
    ok, packed = cv2.imencode(".png", skimage.astronaut()[:, :, ::-1])
    assert ok
    path.write_bytes(packed.tobytes())
    return path


def test_a_face_is_a_line_of_json(run: Run, portrait: Path):
    code, rows, _ = run(*IMAGE, portrait)
    assert code == 0
    (row,) = rows
    assert list(row) == columns(EKMAN7)
    assert row["source"] == str(portrait)
    assert (row["person"], row["start_s"], row["error"]) == (1, "", "")
    probabilities = [row[f"p_{x}"] for x in EKMAN7]
    assert row["label"] == EKMAN7[int(np.argmax(probabilities))]


def test_aligned_pictures_are_faces_already(run: Run, tmp_path: Path):
    for name, level in (("dark", 10), ("light", 250)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.full((60, 60), level, np.uint8))
    code, rows, _ = run(*IMAGE, tmp_path, "--aligned")
    assert code == 0
    assert [r["label"] for r in rows] == ["anger", "surprise"]
    code, rows, _ = run(*IMAGE, tmp_path)
    assert code == 0
    assert [(r["label"], r["person"], r["error"]) for r in rows] == [("", "", "")] * 2


def test_a_broken_picture_loses_nothing(run: Run, portrait: Path, tmp_path: Path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    out = tmp_path / "answers.csv"
    code, printed, _ = run(*IMAGE, broken, portrait, "--out", out, "--labels", "IEMOCAP4")
    assert code == 3
    assert printed == []
    frame = pd.read_csv(out)
    assert list(frame.columns) == columns(IEMOCAP4)
    assert frame["error"].notna().tolist() == [True, False]
    assert frame["label"].notna().tolist() == [False, True]


def test_a_folder_without_pictures(run: Run, tmp_path: Path):
    code, _, said = run(*IMAGE, tmp_path)
    assert code == 2
    assert "expected pictures" in said


def test_a_video_is_a_row_for_each_person_and_moment(run: Run, tmp_path: Path):
    path = tmp_path / "film.mp4"
    path.write_bytes(example_film())
    code, rows, _ = run(*VIDEO, path, "--fps", "5")
    assert code == 0
    assert {r["person"] for r in rows} == {1, 2}
    assert [(r["start_s"], r["person"]) for r in rows] == sorted(
        (r["start_s"], r["person"]) for r in rows
    )
    starts = np.array([r["start_s"] for r in rows if r["person"] == 2])
    assert ((starts > 5.2) & (starts < 6.4)).sum() == 0  # the second person has left the picture
    assert ((starts > 1.2) & (starts < 4.8)).sum() == pytest.approx(18, abs=2)
    assert all(r["end_s"] > r["start_s"] for r in rows)


def test_no_video(run: Run, portrait: Path):
    code, (row,), _ = run(*VIDEO, portrait)
    assert code == 3
    assert row["error"]


def test_train_and_answer(run: Run, tmp_path: Path):
    data, out = write_faces(tmp_path / "drawn", 20, splits=True), tmp_path / "mine"
    settings = [x for pair in TINY for x in ("--set", pair)]
    settings += ["--set", "epochs=3"]
    code, _, _ = run("train", "image", "--data", data, "--out", out, *settings)
    assert code == 0
    face = tmp_path / "face.png"
    cv2.imwrite(str(face), drawn("joy", 77))
    code, (row,), _ = run("predict", "image", face, "--model", out, "--aligned")
    assert code == 0
    assert row["label"] in BEND
    assert sum(row[f"p_{x}"] for x in BEND) == pytest.approx(1, abs=1e-4)
    code, (metrics,), _ = run("evaluate", "image", "--model", out)
    assert code == 0
    assert metrics == read_spec(out).metrics
    code, _, said = run("evaluate", "image", "--model", out)
    assert code == 2
    assert "has been read" in said


def test_wrong_settings(run: Run, tmp_path: Path):
    code, _, said = run("train", "image", "--out", tmp_path / "x")
    assert code == 2
    assert "no data" in said
    code, _, said = run("train", "image", "--data", tmp_path, "--out", tmp_path / "x",
                        "--set", "epoch=3")  # fmt: skip
    assert code == 2
    assert "'epochs'" in said
