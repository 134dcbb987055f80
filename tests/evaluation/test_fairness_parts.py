"""Fairness of voices, faces and texts, by models whose bias is planted."""

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.fairness_face import face_fairness
from emotion_core.evaluation.fairness_pictures import in_bands, read_people
from emotion_core.evaluation.fairness_sentences import (
    TEMPLATES,
    Person,
    people,
    sentence,
)
from emotion_core.evaluation.fairness_text import moved, sign_flip, text_fairness
from emotion_core.evaluation.fairness_voice import voice_fairness
from emotion_core.evaluation.findings import served_digest
from emotion_core.face.align import CropConfig
from emotion_core.face.model import FaceReading
from emotion_core.face.pipeline import FaceModel
from emotion_core.labels import EMOTION6
from emotion_core.registry import read_spec
from emotion_core.text.pipeline import load_text_model
from emotion_core.types import Faces, ModelSpec
from tests.bundles import write_audio_bundle, write_naive_bayes_bundle

LABELS = ("joy", "neutral", "sadness")
DARK, BRIGHT = 60, 190


def test_a_template_holds_each_person_once() -> None:
    persons = people()
    for template in TEMPLATES:
        texts = [sentence(template, p) for p in persons]
        assert len(set(texts)) == len(texts)
        assert all(t[0].isupper() and "{" not in t and t.endswith(".") for t in texts)
    assert sum(p.sex == "female" for p in persons) * 2 == len(persons)
    assert sentence("I saw {object}.", Person("he", "him", "his", "male", "pronoun", 0)) == (
        "I saw him."
    )


def test_a_model_that_reads_no_person_is_not_moved(tmp_path: Path) -> None:
    write_naive_bayes_bundle(tmp_path / "blind", EMOTION6)
    part = text_fairness(load_text_model(tmp_path / "blind"))
    assert part.facts["moved by another sex"] == [0, 0, 0]
    assert part.facts["other top label for another sex"][0] == 0
    assert all(c.gap is not None and c.gap.corrected == 1 for c in part.checks)


def test_a_model_that_hates_men_is_found_out(tmp_path: Path) -> None:
    folder = write_naive_bayes_bundle(tmp_path / "biased", EMOTION6)
    men = {w for p in people() if p.sex == "male" for w in p.subject.lower().split()} - {"my"}
    men |= {"him", "his"}
    words = [*EMOTION6, *sorted(men)]
    likelihood = np.full((6, len(words)), np.log(0.02))
    likelihood[EMOTION6.index("anger"), 6:] = np.log(0.3)
    from safetensors.numpy import save_file

    prior = np.log(np.full(6, 1 / 6))
    save_file({"log_prior": prior, "log_likelihood": likelihood}, folder / "model.safetensors")
    (folder / "vocabulary.json").write_text(json.dumps(words), encoding="utf-8")
    from emotion_core.training.bundle import update_manifest

    update_manifest(folder)
    part = text_fairness(load_text_model(folder))
    anger = next(c for c in part.checks if c.measure.endswith("anger"))
    assert anger.gap is not None
    assert (anger.gap.lowest, anger.gap.corrected < 0.05) == ("female", True)
    across, within = (
        part.facts[f"moved by another {who}"][0] for who in ("sex", "person of the same sex")
    )
    assert across > 3 * within


def test_moved_and_signs() -> None:
    assert moved(np.array([[1.0, 0], [0.5, 0.5]]), np.array([[0.0, 1], [0.5, 0.5]])).tolist() == [
        1,
        0,
    ]
    rng = np.random.default_rng(0)
    assert sign_flip(np.full(10, 0.2), rng) < 0.01
    assert sign_flip(np.array([1.0, -1.0, 0.5, -0.5]), rng) > 0.9


def voice_bundle(tmp_path: Path, *, women: float, men: float) -> tuple[Path, Path]:
    """A bundle that understood so many, and the index of who speaks."""
    folder = write_audio_bundle(tmp_path / "voices", LABELS)
    rng = np.random.default_rng(1)
    rows = []
    for item in range(480):
        speaker = item % 24
        right = rng.random() < (women if speaker % 2 else men)
        truth = item % 3
        answer = truth if right else (truth + 1) % 3
        rows.append({"id": f"{item:03d}", "truth": LABELS[truth], "speaker": f"s{speaker}",
                     **{f"p_{x}": float(k == answer) for k, x in enumerate(LABELS)}})  # fmt: skip
    (folder / "evaluation").mkdir()
    frame = pd.DataFrame(rows)
    frame.loc[0, [f"p_{x}" for x in LABELS]] = np.nan
    frame.to_parquet(folder / "evaluation" / "test.parquet")
    data = tmp_path / "data"
    data.mkdir()
    index = pd.DataFrame({"file": [f"{i}.opus" for i in frame["id"]],
                          "sex": ["f" if i % 24 % 2 else "m" for i in range(480)]})  # fmt: skip
    index.to_csv(data / "index.csv", index=False)
    return folder, data


def test_voices_by_sex(tmp_path: Path) -> None:
    folder, data = voice_bundle(tmp_path, women=0.9, men=0.5)
    part = voice_fairness(folder, str(data), samples=100)
    uar = next(c for c in part.checks if c.measure == "UAR")
    assert uar.permuted == "groups"
    assert uar.gap is not None
    assert (uar.gap.lowest, uar.gap.highest, uar.gap.p_value < 0.01) == ("m", "f", True)
    assert "1 recordings without an answer" in part.protocol
    assert uar.slices["f"].n == uar.slices["m"].n == 240


def test_what_cannot_be_joined_is_told(tmp_path: Path) -> None:
    folder, data = voice_bundle(tmp_path, women=0.9, men=0.5)
    with pytest.raises(InvalidInput, match="no column accent"):
        voice_fairness(folder, str(data), ["accent"])
    frame = pd.read_csv(data / "index.csv", dtype=str)
    frame[5:].to_csv(data / "index.csv", index=False)
    with pytest.raises(InvalidInput, match="does not know 5 of 480 recordings, such as 000"):
        voice_fairness(folder, str(data))
    with pytest.raises(InvalidInput, match=r"a folder with index\.csv"):
        voice_fairness(folder, str(tmp_path / "nowhere"))


class BrightFaces:
    """Finds a face that fills the picture where the picture is bright enough."""

    def detect(self, frame: np.ndarray) -> Faces:
        height, width = frame.shape[:2]
        if frame.mean() < DARK:
            return Faces.empty()
        corners = np.linspace(0.3, 0.7, 5)
        points = np.stack([corners * width, corners * height], 1)[None]
        box = np.array([[0, 0, width, height]])
        return Faces(box, np.ones(1), np.zeros(1), points)


class Gloomy:
    """Says sadness of what is darker than the middle, else neutral."""

    crop = CropConfig(size=16)
    votes = False

    def read(self, crops: np.ndarray) -> list[FaceReading]:
        dark = crops.mean((1, 2)) < (DARK + BRIGHT) / 2
        logits = np.where(dark[:, None], [0.0, 0, 5], [0.0, 5, 0])
        return [FaceReading(x, np.zeros(0), np.zeros((0, 0, 0))) for x in logits]


@pytest.fixture
def gloomy() -> FaceModel:
    spec = ModelSpec("gloomy", "face", LABELS, {}, Path(), {})
    return FaceModel(spec, Gloomy(), BrightFaces())  # type: ignore[arg-type]


def write_people(folder: Path, *, packed: bool, expressions: bool = True) -> Path:
    """Photographs of people whose group is their brightness."""
    folder.mkdir()
    rows, levels = [], {"a": 30, "b": 100, "c": 200}
    for person in range(75):
        race = "abc"[person % 3]
        for expression in ("neutral", "smiling") if expressions else ("",):
            name = f"{person}{expression}.png"
            cv2.imwrite(str(folder / name), np.full((20, 20, 3), levels[race] + person % 7))
            row = {"file": name, "person": str(person), "race": race, "age": str(10 + person)}
            rows.append(row | ({"expression": expression} if expressions else {}))
    if packed:
        with zipfile.ZipFile(folder / "all.zip", "w") as archive:
            for row in rows:
                archive.write(folder / row["file"], row["file"])
                (folder / row["file"]).unlink()
    frame = pd.DataFrame(rows)
    (frame if expressions else frame.drop(columns="person")).to_csv(folder / "who.csv", index=False)
    return folder


@pytest.mark.parametrize("packed", [True, False])
def test_faces_by_what_is_known_of_people(gloomy: FaceModel, tmp_path: Path, packed: bool) -> None:
    found = read_people(str(write_people(tmp_path / "people", packed=packed)))
    assert set(found.columns) == {"age", "race"}
    part = face_fairness(gloomy, found)
    checks = {(c.measure, c.column): c for c in part.checks}
    detection = checks["people found in all their pictures", "race"]
    assert {k: (r.n, r.value) for k, r in detection.slices.items()} == {
        "a": (25, 0), "b": (25, 1), "c": (25, 1),
    }  # fmt: skip
    sad = checks["neutral faces called sadness", "race"]
    assert {k: (r.n, r.value) for k, r in sad.slices.items()} == {"b": (25, 1), "c": (25, 0)}
    assert sad.gap is not None
    assert (sad.gap.lowest, sad.gap.corrected < 0.05) == ("c", True)
    assert checks["smiling faces called joy", "race"].slices["c"].value == 0
    assert part.facts["faces found"] == [pytest.approx(2 / 3)]
    json.dumps(part.as_dict(), allow_nan=False)


def test_without_expressions_the_limits_say_so(gloomy: FaceModel, tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people", packed=True, expressions=False)
    part = face_fairness(gloomy, read_people(str(folder), ["race"]))
    assert "no expression labels" in part.limits
    assert {c.measure for c in part.checks} == {
        "faces found", "faces called joy", "faces called neutral", "faces called sadness",
    }  # fmt: skip


def test_people_that_cannot_be_read(tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people", packed=False)
    with pytest.raises(InvalidInput, match="no column skin"):
        read_people(str(folder), ["skin"])
    (folder / "3neutral.png").unlink()
    with pytest.raises(InvalidInput, match=r"1 of 150 pictures are not there, such as 3neutral"):
        read_people(str(folder))
    (folder / "other.csv").write_text("file\n")
    with pytest.raises(InvalidInput, match=r"expected one table .* got 2"):
        read_people(str(folder))


def test_bands_of_ages() -> None:
    assert in_bands(["17", "18", "59.9", "200", "x"]).tolist() == [
        "0-17", "18-21", "40-59", "60+", "(empty)",
    ]  # fmt: skip


def test_the_digest_changes_with_the_files(tmp_path: Path) -> None:
    first = read_spec(write_naive_bayes_bundle(tmp_path / "one", EMOTION6))
    other = read_spec(write_naive_bayes_bundle(tmp_path / "two", EMOTION6[::-1]))
    assert served_digest(first) != served_digest(other)
