"""From recordings to a bundle that answers and is measured."""

import json
import pickle
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import accuracy_score, f1_score, recall_score

from emotion_core.audio.pipeline import load_audio_model
from emotion_core.cli import main
from emotion_core.errors import InvalidInput
from emotion_core.registry import read_spec
from emotion_core.training import audio_record, audio_training, loop
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.audio_trainer import FittedAudio, fit_audio
from emotion_core.training.audio_training import train_audio
from tests.audio.sounds import noise, wav_bytes
from tests.training.voices import spoken, tiny_config, write_voices

LABELS = ("anger", "neutral")
EVERYBODY = {f"acted/s{i}" for i in range(6)}


class Trained(NamedTuple):
    bundle: Path
    heard: dict[str, set[str]]
    """network -> the voices that it was trained on"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("data")
    others = write_voices(folder / "others", speakers=2)
    return {"acted": write_voices(folder / "acted"), "others": others}


def in_this_process(
    jobs: Sequence[Callable[[], object]],
    on_progress: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> None:
    """As `run_side_by_side`: each job gets what would be sent to its process."""
    assert processes == 1
    for done, job in enumerate(jobs, 1):
        pickle.loads(pickle.dumps(job))()
        if on_progress:
            on_progress(done, len(jobs))


def train(config: AudioConfig, bundle: Path) -> Trained:
    heard: dict[str, set[str]] = {}

    def told(config: Any, train: Any, material: Any, folder: Path, **more: Any) -> FittedAudio:
        if not (folder / "finished").is_file():
            heard[f"{folder.parent.name}/{folder.name}"] = set(train.voices)
        return fit_audio(config, train, material, folder, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audio_training, "run_side_by_side", in_this_process)
        patch.setattr(audio_training, "fit_audio", told)
        train_audio(config, bundle, "train audio ...")
    return Trained(bundle, heard)


@pytest.fixture(scope="module")
def by_folds(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Cross-validated, after training on another data set."""
    config = tiny_config(
        f"{sources['acted']}, {sources['others']}", "id=folds", "cross_validation=true",
        "keep_folds=true", "pretrain_epochs=4", "report_labels=EKMAN7", "licence=MIT",
        "training_data=Acted (us, 2020); Others (them, 2021)", "training_data_licence=CC0; CC BY",
    )  # fmt: skip
    return train(config, tmp_path_factory.mktemp("models") / "folds")


@pytest.fixture(scope="module")
def by_split(sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Two networks trained on one split."""
    config = tiny_config(sources["acted"], "id=split", "members=2", "epochs=6")
    return train(config, tmp_path_factory.mktemp("models") / "split")


@pytest.fixture
def measured(by_split: Trained, tmp_path: Path) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(by_split.bundle, tmp_path / "split"))


# training


def test_each_network_hears_whom_it_may(by_folds: Trained, by_split: Trained) -> None:
    even, odd = ({f"acted/s{i}" for i in range(6) if i % 2 == k} for k in (0, 1))
    assert by_folds.heard == {
        "pretrained/member-0": {"others/s0", "others/s1"},
        "fold-1/member-0": odd,
        "fold-2/member-0": even,
        "final/member-0": EVERYBODY,
    }
    train = EVERYBODY - {"acted/s4", "acted/s5"}
    assert by_split.heard == {"split.work/member-0": train, "split.work/member-1": train}


def test_folds_hold_every_clip_once_with_the_fold_that_did_not_hear_it(
    by_folds: Trained, sources: dict[str, Path]
) -> None:
    answers = pd.read_parquet(by_folds.bundle / "training" / "folds.parquet").set_index("id")
    index = pd.read_csv(sources["acted"] / "index.csv")
    index.index = index["path"].str.removesuffix(".wav")
    assert answers.index.is_unique
    assert set(answers.index) == set(index.index)
    expected = index.loc[answers.index]
    assert (answers["truth"] == expected["label"]).all()
    assert (answers["fold"] == expected["fold"]).all()
    assert (answers["speaker"] == "acted/" + expected["speaker"]).all()
    assert (answers["error"] == "").all()
    for fold, speaker in zip(answers["fold"], answers["speaker"], strict=True):
        assert speaker not in by_folds.heard[f"fold-{fold}/member-0"]
    assert ((answers["logit_anger"] > answers["logit_neutral"]) == (
        answers["truth"] == "anger")).mean() > 0.9  # fmt: skip


def test_the_bundle_of_each_fold_is_kept_and_gave_its_answers(
    by_folds: Trained, sources: dict[str, Path]
) -> None:
    kept = by_folds.bundle.with_name("folds.folds")
    assert sorted(p.name for p in kept.iterdir()) == ["fold-1", "fold-2"]
    answers = pd.read_parquet(by_folds.bundle / "training" / "folds.parquet").set_index("id")
    logits = [c for c in answers.columns if c.startswith("logit_")]
    for fold in (1, 2):
        name = answers.index[answers["fold"] == fold][0]
        model = load_audio_model(kept / f"fold-{fold}" / "bundle")
        found = model.logits(sources["acted"] / f"{name}.wav")
        np.testing.assert_allclose(found, answers.loc[name, logits].astype(float), atol=1e-4)


def test_the_network_before_the_reported_data_answers_all_of_them(by_folds: Trained) -> None:
    folder = by_folds.bundle / "training"
    answers, folds = (pd.read_parquet(folder / f"{n}.parquet") for n in ("cross-corpus", "folds"))
    assert sorted(answers["id"]) == sorted(folds["id"])
    assert set(answers["speaker"]) == EVERYBODY
    assert not np.array_equal(answers["logit_anger"], folds["logit_anger"])


@pytest.mark.parametrize("kind", ["by_folds", "by_split"])
def test_a_bundle_opens_and_answers(kind: str, request: pytest.FixtureRequest) -> None:
    bundle = request.getfixturevalue(kind).bundle
    model = load_audio_model(bundle)
    assert model.labels == LABELS
    high, low = model.predict([wav_bytes(spoken(hz, 6)) for hz in (205.0, 98.0)])
    assert (high.label, low.label) == LABELS
    assert 0 < model.spec.calibration.uncertain_below <= 1
    assert not bundle.with_name(f"{bundle.name}.work").exists()


def test_the_manifest(by_folds: Trained, by_split: Trained) -> None:
    spec = read_spec(by_folds.bundle)
    assert (spec.id, spec.modality, spec.licence) == ("folds", "audio", "MIT")
    assert spec.command == "train audio ..."
    assert [dict(d) for d in spec.training_data] == [
        {"name": "Acted (us, 2020)", "licence": "CC0"},
        {"name": "Others (them, 2021)", "licence": "CC BY"},
    ]
    assert spec.architecture["members"] == 1
    assert read_spec(by_split.bundle).architecture["members"] == 2
    assert set(spec.files) == {"model.onnx", "model.safetensors", "profile.safetensors"}


def test_history_and_settings_lie_beside(by_split: Trained) -> None:
    folder = by_split.bundle / "training"
    history = pd.read_csv(folder / "history.csv")
    assert history["member"].tolist() == [0] * 6 + [1] * 6
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6] * 2
    settings = yaml.safe_load((folder / "config.yaml").read_text())
    assert settings["members"] == 2
    assert settings["features"]["bins"] == 16


class Killed(RuntimeError): ...


def test_an_interrupted_training_goes_on(
    sources: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, bundle = tiny_config(sources["acted"], "epochs=1"), tmp_path / "new"

    def kill(*_: object) -> None:
        raise Killed

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("done again")

    with monkeypatch.context() as patch:
        patch.setattr(audio_training, "_calibrate", kill)
        with pytest.raises(Killed):
            train_audio(config, bundle)
    assert bundle.with_name("new.work").is_dir()
    monkeypatch.setattr(loop.lightning.Trainer, "fit", refuse)
    monkeypatch.setattr("emotion_core.training.audio_frames.clip_levels", refuse)
    train_audio(config, bundle)
    assert load_audio_model(bundle).labels == LABELS
    assert not bundle.with_name("new.work").exists()


def test_what_is_wrong_is_told_before_training(sources: dict[str, Path], tmp_path: Path) -> None:
    config = tiny_config(sources["acted"], "training_data=a; b", "training_data_licence=MIT")
    with pytest.raises(InvalidInput, match="a licence for each of 2 data sets, got 1"):
        train_audio(config, tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_no_answer_to_calibrate_by(sources: dict[str, Path], tmp_path: Path) -> None:
    """A validation speaker who only hisses."""
    data = Path(shutil.copytree(sources["acted"], tmp_path / "data"))
    for path in data.glob("4-*.wav"):
        path.write_bytes(wav_bytes(noise(1, 0.01)))
    with pytest.raises(InvalidInput, match="none of the 4 recordings held out has an answer"):
        train_audio(tiny_config(data, "epochs=1"), tmp_path / "new")


# measuring

Run = Callable[..., tuple[int, dict[str, float]]]


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(audio_record, "EXPLAINED", 3)

    def run(*arguments: object) -> tuple[int, dict[str, float]]:
        with pytest.raises(SystemExit) as stop:
            main(["evaluate", "audio", "--model", *map(str, arguments)])
        said = capsys.readouterr().out
        return int(stop.value.code or 0), json.loads(said) if said else {}

    return run


def assert_scores_are_of_the_predictions(bundle: Path, metrics: dict[str, float]) -> None:
    frame = pd.read_parquet(bundle / "evaluation" / "test.parquet")
    scores = json.loads((bundle / "evaluation" / "results.json").read_text())["scores"]
    answered = frame[frame["error"] == ""]
    columns = [f"p_{x}" for x in LABELS]
    prediction = pd.Series("no answer", frame.index)
    prediction[answered.index] = np.array(LABELS)[answered[columns].to_numpy().argmax(1)]
    expected = {
        "accuracy": accuracy_score(frame["truth"], prediction),
        "uar": recall_score(frame["truth"], prediction, labels=LABELS, average="macro"),
        "macro_f1": f1_score(frame["truth"], prediction, labels=LABELS, average="macro"),
        "weighted_f1": f1_score(frame["truth"], prediction, labels=LABELS, average="weighted"),
    }
    assert {k: scores[k] for k in expected} == pytest.approx(expected, abs=1e-9)
    assert metrics == pytest.approx(expected, abs=1e-4)
    assert dict(read_spec(bundle).metrics) == metrics


def test_folds_are_measured_by_what_they_answered(
    by_folds: Trained, tmp_path: Path, evaluate: Run
) -> None:
    bundle = Path(shutil.copytree(by_folds.bundle, tmp_path / "folds"))
    code, metrics = evaluate(bundle)
    assert code == 0
    assert_scores_are_of_the_predictions(bundle, metrics)
    results = json.loads((bundle / "evaluation" / "results.json").read_text())
    assert results["scores"]["n"] == 24
    assert results["protocol"].startswith("Acted (us, 2020), 24 recordings, 2 folds, no speaker")
    assert results["protocol"].endswith("bootstrap samples of speakers.")
    own, profile, unhelped, cross = results["others"].items()
    assert own[0].startswith("own voice")
    assert profile[0].endswith("so on RAVDESS its gain may flatter")
    assert "before it heard any Acted," in cross[0]
    assert [scores["n"] for _, scores in (own, profile, unhelped, cross)] == [24, 12, 12, 24]
    assert results["mapped"]["EKMAN7"]["accuracy"] == results["scores"]["accuracy"]
    assert results["deletion"][0]["recordings"] == 3
    assert results["protocol"] in (bundle / "card.md").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["folds"]
    assert evaluate(bundle) == (0, metrics)


def test_a_recording_without_an_answer_is_not_explained(
    by_folds: Trained,
    sources: dict[str, Path],
    tmp_path: Path,
    evaluate: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is in the index, but no fold has answered it."""
    monkeypatch.setattr(audio_record, "EXPLAINED", 5)
    data = Path(shutil.copytree(sources["acted"], tmp_path / "acted"))
    index = pd.read_csv(data / "index.csv")
    broken = [index.iloc[0].to_dict() | {"path": f"broken-{i}.wav"} for i in range(40)]
    for row in broken:
        (data / str(row["path"])).write_bytes(b"RIFF no")
    pd.concat([index, pd.DataFrame(broken)]).to_csv(data / "index.csv", index=False)
    bundle = Path(shutil.copytree(by_folds.bundle, tmp_path / "folds"))
    assert evaluate(bundle, "--data", data, "--record")[0] == 0
    results = json.loads((bundle / "evaluation" / "results.json").read_text())
    assert results["deletion"][0]["recordings"] == 5


def test_a_test_split_is_read_once(measured: Path, evaluate: Run) -> None:
    assert evaluate(measured, "--split", "validation")[0] == 0
    assert not (measured / "evaluation").exists()
    code, metrics = evaluate(measured)
    assert code == 0
    assert_scores_are_of_the_predictions(measured, metrics)
    frame = pd.read_parquet(measured / "evaluation" / "test.parquet")
    assert set(frame["speaker"]) == {"acted/s5"}
    protocol = json.loads((measured / "evaluation" / "results.json").read_text())["protocol"]
    assert "4 recordings, the test split (1 speakers, no speaker on both sides)" in protocol
    assert protocol.endswith("bootstrap samples of recordings.")
    assert evaluate(measured) == (2, {})
    assert evaluate(measured, "--repeat") == (0, metrics)


def test_a_recording_without_an_answer_is_wrong(
    measured: Path, sources: dict[str, Path], tmp_path: Path, evaluate: Run
) -> None:
    data = Path(shutil.copytree(sources["acted"], tmp_path / "acted"))
    (data / "5-anger-0.wav").write_bytes(wav_bytes(noise(1, 0.01)))
    code, metrics = evaluate(measured, "--data", data, "--record")
    assert code == 0
    assert_scores_are_of_the_predictions(measured, metrics)
    results = json.loads((measured / "evaluation" / "results.json").read_text())
    assert results["unanswered"] == 1
    assert results["scores"]["per_class"]["anger"]["recall"] <= 0.5
    errors = pd.read_parquet(measured / "evaluation" / "test.parquet").set_index("id")["error"]
    assert "no speech" in errors["5-anger-0"]
    assert (errors.drop("5-anger-0") == "").all()


def test_a_split_that_is_not_there(measured: Path, evaluate: Run) -> None:
    assert evaluate(measured, "--split", "dev") == (2, {})


def test_a_bundle_without_its_settings(measured: Path, evaluate: Run) -> None:
    (measured / "training" / "config.yaml").unlink()
    assert evaluate(measured) == (2, {})
