"""The record of a voice model, from answers whose scores are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, recall_score

from emotion_core.audio.pipeline import AudioModel, load_audio_model
from emotion_core.errors import InvalidInput
from emotion_core.evaluation.audio_answers import standardised_by_voice
from emotion_core.evaluation.audio_card import audio_card
from emotion_core.evaluation.audio_report import (
    AudioReport,
    ScoredAnswers,
    audio_report,
    deletion_test,
    score_answers,
)
from emotion_core.evaluation.calibration import expected_calibration_error, fit_temperature
from emotion_core.evaluation.metrics import classification_scores
from emotion_core.labels import IEMOCAP4, RAVDESS8
from tests.audio.sounds import noise, syllables, wav_bytes
from tests.bundles import write_audio_bundle

LABELS = ("anger", "joy", "sadness")
LOGITS = [f"logit_{x}" for x in LABELS]
TEMPERATURE = 2.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AudioModel:
    calibration = {"temperature": TEMPERATURE, "uncertain_below": 0.5}
    folder = tmp_path_factory.mktemp("models") / "audio-fake"
    return load_audio_model(write_audio_bundle(folder, LABELS, calibration=calibration))


def make_answers(
    labels: tuple[str, ...] = LABELS, items: int = 90, lead: float = 1.0, folds: int = 1
) -> pd.DataFrame:
    """Noisy logits in which the truth leads, of speakers who each are in one fold."""
    rng = np.random.default_rng(0)
    truth, speaker = np.arange(items) % len(labels), rng.integers(0, 6, items)
    logits = rng.normal(0, 1, (items, len(labels))) + lead * np.eye(len(labels))[truth]
    frame = pd.DataFrame(
        {
            "id": [f"clip-{i}" for i in range(items)],
            "truth": [labels[k] for k in truth],
            "speaker": [f"made/{s}" for s in speaker],
            "fold": speaker % folds + 1,
            "error": "",
        }
    )
    frame[[f"logit_{x}" for x in labels]] = logits
    return frame


def report_of(model: AudioModel, answers: pd.DataFrame, **more: Any) -> AudioReport:
    return audio_report(model, answers, "made up", **{"others": {}, "explained": [], **more})


def test_scores_are_scikit_learns_of_the_predictions(model: AudioModel) -> None:
    report = report_of(model, make_answers())
    frame = report.predictions
    assert list(frame) == ["id", "truth", "speaker", "error", *(f"p_{x}" for x in LABELS)]
    np.testing.assert_allclose(frame.filter(like="p_").sum(axis=1), 1, atol=1e-5)
    truth = frame["truth"].to_numpy()
    prediction = np.array(LABELS)[frame.filter(like="p_").to_numpy().argmax(1)]
    expected = {
        "accuracy": accuracy_score(truth, prediction),
        "uar": recall_score(truth, prediction, average="macro"),
        "macro_f1": f1_score(truth, prediction, average="macro"),
        "weighted_f1": f1_score(truth, prediction, average="weighted"),
    }
    assert report.scores.metrics == pytest.approx(expected, abs=1e-9)
    assert report.metrics == pytest.approx(expected, abs=1e-4)
    rows = precision_recall_fscore_support(truth, prediction, labels=LABELS)
    for label, *row in zip(LABELS, *rows, strict=True):
        found = report.scores.per_class[label]
        assert [found.precision, found.recall, found.f1, found.support] == pytest.approx(row)


def test_what_has_no_answer_is_wrong_whatever_its_truth(model: AudioModel) -> None:
    answers = make_answers(lead=50)
    failed = np.arange(90) < 9
    answers.loc[failed, "error"] = "no speech was found"
    answers.loc[failed, LOGITS] = 0.0
    report = report_of(model, answers)
    assert report.unanswered == 9
    assert report.scores.metrics["accuracy"] == pytest.approx(0.9)
    assert [s.recall for s in report.scores.per_class.values()] == pytest.approx([0.9] * 3)
    assert [s.precision for s in report.scores.per_class.values()] == [1.0] * 3
    assert report.scores.unanswered.tolist() == [3, 3, 3]
    expected = np.where(failed, "none", answers["truth"])
    f1 = f1_score(answers["truth"], expected, labels=LABELS, average="macro")
    assert report.scores.metrics["macro_f1"] == pytest.approx(f1)
    assert report.as_dict()["scores"]["unanswered"] == {"count": 9, "share": 0.1}
    assert report.calibration["top_label_accuracy"] == 1
    probabilities = report.predictions.filter(like="p_")
    assert probabilities[failed].isna().all(axis=None)
    assert probabilities[~failed].notna().all(axis=None)
    assert (report.predictions["error"] == answers["error"]).all()


def test_intervals_draw_whole_speakers() -> None:
    answers = make_answers(items=120, lead=50)
    answers["speaker"] = np.where(np.arange(120) < 60, "right", "wrong")
    values = answers[LOGITS].to_numpy().copy()
    values[60:] = np.roll(values[60:], 1, axis=1)
    by_speaker = score_answers(answers, values, LABELS)
    assert by_speaker.metrics["accuracy"] == 0.5
    assert by_speaker.intervals["accuracy"] == (0, 1)
    truth = np.arange(120) % 3
    expected = classification_scores(truth, values.argmax(1), LABELS, answers["speaker"].to_numpy())
    assert by_speaker.intervals == expected.intervals
    low, high = score_answers(answers.assign(speaker=""), values, LABELS).intervals["accuracy"]
    assert 0.38 < low < 0.5 < high < 0.62


def test_one_split_is_calibrated_as_the_bundle_says(model: AudioModel) -> None:
    answers = make_answers()
    report = report_of(model, answers)
    logits, truth = answers[LOGITS].to_numpy(), np.arange(90) % 3
    expected = softmax(logits / TEMPERATURE, axis=1)
    np.testing.assert_allclose(report.predictions.filter(like="p_"), expected, atol=1e-6)
    sure, right = expected.max(1) >= 0.5, expected.argmax(1) == truth
    assert report.calibration == pytest.approx(
        {
            "ece_before": expected_calibration_error(softmax(logits, axis=1), truth),
            "ece_after": expected_calibration_error(expected, truth),
            "uncertain_share": (~sure).mean(),
            "accuracy_sure": right[sure].mean(),
            "accuracy_uncertain": right[~sure].mean(),
            "top_label_accuracy": right.mean(),
        }
    )


def test_each_fold_is_calibrated_on_the_others(model: AudioModel) -> None:
    answers = make_answers(folds=3)
    answers.loc[answers["fold"] == 2, LOGITS] *= 5
    found = report_of(model, answers).predictions.filter(like="p_").to_numpy()
    logits, truth = answers[LOGITS].to_numpy(), np.arange(90) % 3
    for fold in (1, 2, 3):
        own = (answers["fold"] == fold).to_numpy()
        temperature = fit_temperature(logits[~own], truth[~own])
        np.testing.assert_allclose(
            found[own], softmax(logits[own] / temperature, axis=1), atol=1e-6
        )


def test_scores_in_another_label_set_are_of_what_has_a_place_there(tmp_path: Path) -> None:
    model = load_audio_model(write_audio_bundle(tmp_path / "audio-fake", RAVDESS8))
    answers = make_answers(RAVDESS8, items=80, lead=2)
    report = report_of(model, answers, report_labels="IEMOCAP4")
    names = {"neutral": "neutral", "calm": "neutral", "joy": "happy", "sadness": "sad",
             "anger": "angry"}  # fmt: skip
    placed = answers["truth"].isin(list(names)).to_numpy()
    p = report.predictions[placed]
    summed = pd.DataFrame(
        {t: sum(p[f"p_{s}"] for s, to in names.items() if to == t) for t in IEMOCAP4}
    )
    prediction, truth = summed.idxmax(axis=1), p["truth"].map(names)
    mapped = report.mapped["IEMOCAP4"]
    assert mapped.n == placed.sum() == 50
    assert mapped.metrics["accuracy"] == pytest.approx(accuracy_score(truth, prediction))
    assert mapped.metrics["uar"] == pytest.approx(recall_score(truth, prediction, average="macro"))


def test_other_protocols_stand_beside(model: AudioModel) -> None:
    answers = make_answers()
    better = ScoredAnswers(answers, make_answers(lead=50)[LOGITS].to_numpy(), LABELS)
    fewer = ScoredAnswers(answers[:30], answers[LOGITS].to_numpy()[:30], LABELS)
    report = report_of(model, answers, others={"with help": better, "a part": fewer})
    assert report.others["with help"].metrics["accuracy"] == 1
    assert report.others["a part"].n == 30
    assert report.scores.metrics["accuracy"] < 1
    card = audio_card(model.spec, report.as_dict())
    assert all(f"| {name} | " in card for name in ("as above", "with help", "a part"))


def test_logits_standardised_by_voice() -> None:
    answers = make_answers()
    own = [f"own_{x}" for x in LABELS]
    shift = answers["speaker"].map({f"made/{s}": s for s in range(6)})
    answers[own] = answers[LOGITS].mul(shift + 1, axis=0).add(10 * shift, axis=0).to_numpy()
    answers["own_joy"] = 4.0
    before = answers.copy()
    found = standardised_by_voice(answers, LABELS)
    for rows in answers.groupby("speaker").indices.values():
        np.testing.assert_allclose(found[rows].mean(0), 0, atol=1e-9)
        np.testing.assert_allclose(found[rows].std(0), [1, 0, 1], atol=1e-9)
        order = answers["logit_anger"].to_numpy()[rows].argsort()
        np.testing.assert_array_equal(found[rows, 0].argsort(), order)
    pd.testing.assert_frame_equal(answers, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a[:0], "none of 0 recordings has an answer"),
        (lambda a: a.assign(error="broken"), "none of 90 recordings has an answer"),
        (lambda a: a.assign(truth="smug"), r"labels that the model lacks: \['smug'\]"),
    ],
)
def test_answers_that_cannot_be_scored(model: AudioModel, change: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        report_of(model, change(make_answers()))


def test_removing_the_reason_moves_the_answer_more_than_chance(model: AudioModel) -> None:
    voices = [wav_bytes(syllables(8, pitch_hz=hz)) for hz in (95, 110, 125, 140)]
    (found,) = deletion_test(model, [*voices, wav_bytes(noise(2, 0.01))])
    assert found["recordings"] == 4
    assert found["top"] > found["random"]
    assert found["difference_interval"][0] > 0
    assert [found] == deletion_test(model, [*voices, wav_bytes(noise(2, 0.01))])
    assert deletion_test(model, voices[:1]) == []


def test_the_card_says_what_was_measured(model: AudioModel) -> None:
    answers = make_answers()
    answers.loc[:3, "error"] = "broken"
    results = report_of(model, answers).as_dict()
    card = audio_card(model.spec, results)
    assert "made up" in card
    assert f"{results['metrics']['accuracy']:.3f}" in card
    assert "wrong (they are no answer, so they stand under no label): 4." in card
    assert "Do the explanations hold?" not in card
    deletion = [
        {"method": "occlusion", "top": 0.5, "random": 0.125, "difference_interval": (0.1, 0.6),
         "recordings": 7},
    ]  # fmt: skip
    card = audio_card(model.spec, {**results, "deletion": deletion})
    assert "| occlusion | 0.500 | 0.125 | [0.100, 0.600] | 7 |" in card
