"""A model on labelled raw items: the whole path, what fails, and the same scores as of a file."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, f1_score

from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.datasets.labelled_items import LabelledChoice
from emotion_core.datasets.labelled_source import read_labelled
from emotion_core.errors import InvalidInput
from emotion_core.evaluation.labelled_answers import RawModel, answer_items, reason_of
from emotion_core.evaluation.labelled_mapping import map_labels
from emotion_core.evaluation.labelled_report import LabelledReport, evaluate_labelled, write_answers
from emotion_core.evaluation.prediction_report import evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.face.pipeline import FaceModel
from emotion_core.labels import EKMAN7
from emotion_core.registry import find
from emotion_core.testing import keyword_model
from emotion_core.types import Calibration, Faces
from tests.audio.sounds import noise, syllables, wav_bytes
from tests.bundles import write_audio_bundle, write_face_bundle
from tests.evaluation.answers import write


def measured(
    model: RawModel,
    path: Path,
    choice: LabelledChoice = LabelledChoice(),
    explicit: dict[str, str] | None = None,
    labels: str = "",
    aligned: bool = False,
) -> LabelledReport:
    items = read_labelled(model.spec.modality, path, choice)  # type: ignore[arg-type]
    carried = map_labels(items.label_counts(), model.labels, labels, explicit)
    return evaluate_labelled(model, items, carried, aligned=aligned)


def texts(count: int = 60, seed: int = 0) -> pd.DataFrame:
    """Texts that name an emotion, which is not always the true one, and a few without a word."""
    rng = np.random.default_rng(seed)
    labels = np.array(EKMAN7)
    truth = rng.integers(0, 7, count)
    named = np.where(rng.random(count) < 0.7, truth, rng.integers(0, 7, count))
    frame = pd.DataFrame({"text": [f"so much {x} here" for x in labels[named]]})
    frame["label"], frame["speaker"] = labels[truth], rng.integers(0, 6, count).astype(str)
    frame["sex"] = np.where(frame["speaker"].astype(int) % 2, "m", "f")
    frame.loc[::20, "text"] = ""
    return frame


def test_scores_are_those_of_the_models_own_answers(tmp_path: Path) -> None:
    frame, model = texts(), keyword_model()
    report = measured(model, write(frame, tmp_path / "x.csv"))
    answered = frame["text"] != ""
    answers = np.full(len(frame), "none", object)
    answers[answered] = [a.label for a in model.predict(frame["text"][answered].tolist())]
    record = report.as_dict()
    assert record["n"] == 60
    assert record["accuracy"] == pytest.approx(accuracy_score(frame["label"], answers), abs=1e-9)
    f1 = f1_score(frame["label"], answers, labels=EKMAN7, average="macro")
    assert record["macro_f1"] == pytest.approx(f1, abs=1e-9)
    assert record["unanswered"]["count"] == 3
    assert record["unanswered"]["share"] == 0.05
    (reason,) = record["unanswered"]["reasons"].items()
    assert reason[1] == 3
    assert record["protocol"]["model"] == "fake-text"
    assert record["probabilities"]["n"] == 57


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_the_file_of_predictions_gives_the_same_report(tmp_path: Path, ending: str) -> None:
    path = write(texts(), tmp_path / "x.parquet")
    report = measured(keyword_model(), path, LabelledChoice(slices=("sex",)))
    answers = tmp_path / f"p.{ending}"
    write_answers(report.frame(), answers)
    columns = ColumnChoice("truth", "prediction", "speaker", "id", slices=("sex",))
    again = evaluate_predictions(read_predictions(answers, columns)).as_dict()
    expected = report.as_dict()
    for name in ("notices", "protocol", "unanswered"):
        expected.pop(name)
        again.pop(name)
    assert again == expected


def test_labels_without_a_place_are_left_out_and_told(tmp_path: Path) -> None:
    frame = texts()
    frame.loc[frame["label"] == "fear", "label"] = "dread"
    report = measured(keyword_model(), write(frame, tmp_path / "x.csv"))
    dread = int((frame["label"] == "dread").sum())
    assert report.report.scores.n == 60 - dread
    assert report.as_dict()["protocol"]["unmapped"] == {"dread": dread}
    assert any(f"'dread' ({dread})" in n for n in report.report.predictions.notices)
    whole = measured(keyword_model(), tmp_path / "x.csv", explicit={"dread": "fear"})
    assert whole.report.scores.n == 60
    assert "dread" in set(whole.frame()["written"])
    assert "dread" not in set(whole.frame()["truth"])


def test_several_labels_of_a_model_that_gives_several(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "text": ["joy", "joy fear", "fear", "anger", ""],
            "label": ["joy", "joy|fear", "fear|joy", "anger", "joy"],
        }
    )
    calibration = Calibration(thresholds=(0.9,) * 7)
    model = keyword_model(calibration=calibration, multi_label=True)
    report = measured(model, write(frame, tmp_path / "x.csv"))
    assert report.report.scores.n == 3
    assert report.report.scores.metrics["accuracy"] == pytest.approx(2 / 3)
    assert report.several is not None
    assert report.several.n == 5
    assert report.several.metrics["accuracy"] == pytest.approx(3 / 5)
    assert report.several.per_class["joy"].recall == pytest.approx(2 / 4)
    told = " ".join(report.report.predictions.notices)
    assert "2 items with several labels left out" in told
    assert "every label right 0.600" in told
    single = measured(keyword_model(), tmp_path / "x.csv")
    assert (single.several, single.report.scores.n) == (None, 3)


def test_what_several_labels_become_one_in_a_set(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["joy", "fear"], "label": ["joy|love", "nervousness|fear"]})
    report = measured(keyword_model(), write(frame, tmp_path / "x.csv"), labels="EKMAN7")
    assert report.report.scores.n == 2
    assert report.report.scores.metrics["accuracy"] == 1


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> AudioModel:
    folder = tmp_path_factory.mktemp("models") / "audio-fake"
    return load_audio_model(write_audio_bundle(folder))


def test_recordings_from_folders_and_from_a_zip(voices: AudioModel, tmp_path: Path) -> None:
    clips = {
        "anger/low.wav": wav_bytes(syllables(4)),
        "joy/none.wav": wav_bytes(noise(1, 1e-4)),
        "joy/broken.wav": b"RIFF and no more",
    }
    for name, content in clips.items():
        path = tmp_path / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with zipfile.ZipFile(tmp_path / "clips.zip", "w") as archive:
        for name, content in clips.items():
            archive.writestr(name, content)
    own, packed = (measured(voices, tmp_path / n) for n in ("clips", "clips.zip"))
    pd.testing.assert_frame_equal(
        own.frame().drop(columns="error"), packed.frame().drop(columns="error")
    )
    expected = voices.predict(tmp_path / "clips" / "anger" / "low.wav").label
    frame = own.frame().set_index("id")
    assert frame.loc["anger/low.wav", "prediction"] == expected
    assert own.report.unanswered == packed.report.unanswered == 2
    for report in (own, packed):
        assert len(report.reasons) == 2
        assert report.reasons["no speech was found"] == 1
        assert not any("wav" in reason for reason in report.reasons)


class CornerDetector:
    """Finds a face in each corner that is not grey 128."""

    def detect(self, frame: np.ndarray) -> Faces:
        boxes = [(0, 0, 60, 60), (100, 100, 190, 190)]
        found = [b for b in boxes if frame[b[1] + 5, b[0] + 5, 0] != 128]
        marks = np.full((len(found), 5, 2), np.nan)
        return Faces(
            np.array(found).reshape(-1, 4), np.ones(len(found)), np.zeros(len(found)), marks
        )

    def follow(self, frame: np.ndarray, boxes_xyxy: np.ndarray) -> Faces:
        raise NotImplementedError("a picture is not followed")


def picture(small: int, large: int) -> bytes:
    """Grey faces of some brightness in two corners, 128 for none."""
    frame = np.full((200, 200), 128, np.uint8)
    frame[:70, :70], frame[90:, 90:] = small, large
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> FaceModel:
    folder = write_face_bundle(tmp_path_factory.mktemp("models") / "face-fake")
    return FaceModel(find(folder), detector=CornerDetector())


def test_the_largest_face_counts_and_none_is_wrong(faces: FaceModel, tmp_path: Path) -> None:
    dark, light = EKMAN7[0], EKMAN7[-1]
    for name, content in {
        f"{dark}/one.png": picture(5, 128),
        f"{light}/two.png": picture(5, 250),
        f"{light}/nobody.png": picture(128, 128),
        f"{light}/broken.png": b"\x89PNG\r\n\x1a\n",
    }.items():
        path = tmp_path / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    report = measured(faces, tmp_path / "faces")
    frame = report.frame().set_index("id")
    assert frame.loc[f"{dark}/one.png", "prediction"] == dark
    assert frame.loc[f"{light}/two.png", "prediction"] == light
    assert report.report.scores.metrics["accuracy"] == 0.5
    assert report.reasons["no face was found"] == 1
    assert sum(report.reasons.values()) == 2
    assert report.as_dict()["protocol"]["pictures_with_several_faces"] == 1
    assert any("the largest is taken" in n for n in report.report.predictions.notices)
    aligned = measured(faces, tmp_path / "faces", aligned=True)
    assert "no face was found" not in aligned.reasons
    assert aligned.as_dict()["protocol"]["path"].startswith("from a face that is cut out")


def test_it_can_be_watched_and_stopped(faces: FaceModel, tmp_path: Path) -> None:
    frame = pd.DataFrame({"path": [f"{i}.png" for i in range(6)], "label": list(EKMAN7[:6])})
    items = read_labelled("face", write(frame, tmp_path / "x.csv"))
    labels = map_labels(items.label_counts(), faces.labels)
    seen: list[tuple[int, int]] = []
    report = evaluate_labelled(
        faces, items, labels, on_progress=lambda *p: seen.append(p),
        should_stop=lambda: len(seen) == 4,
    )  # fmt: skip
    assert seen == [(i, 6) for i in range(1, 5)]
    assert report.report.scores.n == 4
    assert report.report.unanswered == 4
    assert "stopped after 4 of 6 items" in report.report.predictions.notices[0]


def test_texts_are_answered_in_chunks_that_tell_how_far_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion_core.evaluation.labelled_answers.CHUNK_ROWS", 25)
    items = read_labelled("text", write(texts(), tmp_path / "x.csv"))
    seen: list[int] = []
    answers = answer_items(keyword_model(), items, on_progress=lambda d, _: seen.append(d))
    assert seen == [25, 50, 60]
    assert len(answers) == 60


def test_a_model_of_another_kind_is_refused(faces: FaceModel, tmp_path: Path) -> None:
    items = read_labelled("text", write(texts(), tmp_path / "x.csv"))
    with pytest.raises(InvalidInput, match=r"face-fake answers face, and x\.csv holds text"):
        evaluate_labelled(faces, items, map_labels(items.label_counts(), faces.labels))


def test_columns_named_as_those_of_the_file_of_predictions(tmp_path: Path) -> None:
    frame = texts().assign(error="f", p_sex="m")
    path = write(frame, tmp_path / "x.csv")
    report = measured(keyword_model(), path, LabelledChoice(slices=("error", "p_sex")))
    assert report.report.unanswered == 3
    assert [s.column for s in report.report.slices] == ["own_error", "own_p_sex"]


@pytest.mark.parametrize(
    ("message", "name", "expected"),
    [
        ("/x/joy/a.wav: expected sound, got none; do", "joy/a.wav", "expected sound, got none"),
        ("a.wav: cut; no speech was found, so there is none", "a.wav", "no speech was found"),
        ("the text is empty", "7", "the text is empty"),
        ("", "7", "no reason was told"),
    ],
)  # fmt: skip
def test_reasons_are_told_without_names(message: str, name: str, expected: str) -> None:
    assert reason_of(message, name) == expected
