"""Items of a cell: which, in what order, and what they were."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_core import registry
from emotion_core.evaluation.prediction_report import evaluate_predictions
from emotion_core.evaluation.predictions import ColumnChoice, read_predictions
from emotion_core.labels import EMOTION6
from tests.ui.evaluations import stored_answers, write_evaluated_bundle
from ui.evaluation_content import contents
from ui.evaluation_items import UNANSWERED, cell_items, sureness
from ui.evaluation_stored import Evaluated, evaluated, of_report

SHIPPED = {s.id: s for s in registry.available()}
DATA = Path("../shared/data")


def own(folder: Path, frame: pd.DataFrame) -> Evaluated:
    """A person's file, scored."""
    path = folder / "own.csv"
    frame.to_csv(path, index=False)
    columns = ColumnChoice("truth", "prediction", None, "id" if "id" in frame else None)
    report = evaluate_predictions(read_predictions(path, columns), samples=10)
    return of_report(path.name, report, table=path)


def test_a_cell_holds_its_items_the_surest_first(tmp_path: Path):
    found = evaluated(registry.read_spec(write_evaluated_bundle(tmp_path / "a", stored_answers())))
    frame = stored_answers().set_index("id")
    matrix = frame[[f"p_{x}" for x in EMOTION6]]
    for truth, answer in (("joy", "joy"), ("fear", "anger")):
        items = cell_items(found.report, truth, answer)
        named = [found.report.predictions.name_of(int(i)) for i in items]
        best = matrix.to_numpy().argmax(1) == EMOTION6.index(answer)
        expected = frame[(frame["truth"] == truth) & best][f"p_{answer}"]
        assert named == expected.sort_values(ascending=False, kind="stable").index.tolist()
        assert sureness(found.report, items, answer) == pytest.approx(expected[named], abs=1e-6)


def test_every_item_lies_in_one_cell(tmp_path: Path):
    frame = stored_answers()
    frame.loc[:9, [f"p_{x}" for x in EMOTION6]] = np.nan
    found = evaluated(registry.read_spec(write_evaluated_bundle(tmp_path / "gaps", frame)))
    cells = [
        cell_items(found.report, truth, answer)
        for truth in found.scores.labels
        for answer in (*found.scores.labels, UNANSWERED)
    ]
    assert sorted(np.concatenate(cells).tolist()) == list(range(len(frame)))
    assert sum(map(len, cells[len(EMOTION6) :: len(EMOTION6) + 1])) == 10


def test_texts_of_a_persons_own_table(tmp_path: Path):
    frame = pd.DataFrame({"truth": ["joy", "fear"], "prediction": ["joy", "joy"]})
    found = own(tmp_path, frame.assign(text=["so glad", "so afraid"]))
    assert dict(contents(found, [1]).texts) == {1: "so afraid"}


def test_ids_name_files_that_were_given_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given, server = tmp_path / "given", tmp_path / "server"
    for folder in (given, server):
        folder.mkdir()
        Image.new("L", (8, 8), 90).save(folder / "item-0.png")
        (folder / "item-1.wav").write_bytes(b"RIFF")
    monkeypatch.setenv("EMOTION_DATA", str(server))
    monkeypatch.chdir(server)
    asked: list[str] = []
    monkeypatch.setattr("emotion_core.datasets.sources.hub_folder", asked.append)
    secret = str(server / "item-0.png")
    ids = ["clips/face.png", "voice.wav", "item-0.png", "item-1.wav", secret, "hf:a/private.png"]
    found = own(tmp_path, pd.DataFrame({"id": ids, "truth": "joy", "prediction": "joy"}))
    files = {"face.png": given / "item-0.png", "voice.wav": given / "item-1.wav"}
    shown = contents(replace(found, files=files), list(range(len(ids))))
    assert list(shown.pictures) == [0]
    assert shown.pictures[0].startswith(b"\x89PNG")
    assert dict(shown.sounds) == {1: given / "item-1.wav"}
    assert not asked
    nothing = contents(found, list(range(len(ids))))
    assert len(nothing.pictures) + len(nothing.sounds) == 0


def test_without_the_data_set_nothing_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMOTION_DATA", str(tmp_path))
    for name in ("text-emotion6", "audio-alexnet", "face-cnn", "fusion-late"):
        shown = contents(evaluated(SHIPPED[name]), [0, 1])
        assert len(shown.texts) + len(shown.pictures) + len(shown.sounds) == 0


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no {DATA}: the data sets are not here")
@pytest.mark.parametrize("name", ["text-emotion6", "text-goemotions28", "text-naive-bayes"])
def test_shown_texts_are_those_that_were_answered(name: str):
    from emotion_core.text.pipeline import load_text_model

    found, model = evaluated(SHIPPED[name]), load_text_model(name)
    shown = contents(found, list(range(5)))
    given = found.report.predictions.probabilities
    assert given is not None
    for item, text in shown.texts.items():
        answer = model.predict(text)
        assert answer.probabilities == pytest.approx(given.values[item], abs=0.02)
    assert len(shown.texts) == 5


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no {DATA}: the data sets are not here")
def test_shown_faces_and_voices_are_those_that_were_answered():
    import io

    from emotion_core.face.pipeline import load_face_model

    found = evaluated(SHIPPED["face-cnn"])
    items = [0, 1000, 3588]
    pictures = contents(found, items).pictures
    crops = np.stack([np.asarray(Image.open(io.BytesIO(pictures[i]))) for i in items])
    given = found.report.predictions.probabilities
    assert given is not None
    answers = load_face_model("face-cnn").probabilities(crops)
    assert answers == pytest.approx(given.values[items], abs=2e-3)
    voices = evaluated(SHIPPED["audio-alexnet"])
    sounds = contents(voices, [3]).sounds
    assert sounds[3].stem == voices.report.predictions.name_of(3)
