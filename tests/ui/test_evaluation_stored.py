"""Stored answers of bundles, held against independent computations."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from emotion_core import registry
from emotion_core.errors import InvalidInput
from emotion_core.labels import EMOTION6, GOEMOTIONS28
from tests.ui.evaluations import stored_answers, write_evaluated_bundle
from ui.evaluation_compare import common_labels, comparable, compared
from ui.evaluation_stored import answer_frame, data_set, evaluated, megabytes, scored

SHIPPED = [s for s in registry.available() if (s.folder / "evaluation" / "test.parquet").is_file()]
Bundle = Path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_evaluated_bundle(tmp_path / "one", stored_answers())


def test_scores_are_those_of_scikit_learn(bundle: Bundle):
    frame = stored_answers()
    columns = [f"p_{x}" for x in EMOTION6]
    answers = [EMOTION6[i] for i in frame[columns].to_numpy().argmax(1)]
    found = evaluated(registry.read_spec(bundle))
    truth = frame["truth"].tolist()
    expected = {
        "accuracy": metrics.accuracy_score(truth, answers),
        "uar": metrics.balanced_accuracy_score(truth, answers),
        "macro_f1": metrics.f1_score(truth, answers, average="macro"),
        "weighted_precision": metrics.precision_score(truth, answers, average="weighted"),
    }
    for name, value in expected.items():
        assert found.scores.metrics[name] == pytest.approx(value, abs=1e-12)
    for label, curve in found.curves.items():
        area = metrics.roc_auc_score(frame["truth"] == label, frame[f"p_{label}"])
        assert curve.roc_auc == pytest.approx(area, abs=1e-12)
    assert found.report.groups == 6


def test_an_item_without_an_answer_is_wrong(tmp_path: Path):
    frame = stored_answers(right=1.0)
    frame.loc[:11, [f"p_{x}" for x in EMOTION6]] = np.nan
    found = evaluated(registry.read_spec(write_evaluated_bundle(tmp_path / "gaps", frame)))
    assert found.report.unanswered == 12
    assert found.scores.metrics["accuracy"] == pytest.approx(1 - 12 / len(frame))


def test_a_changed_table_is_scored_again(bundle: Bundle):
    spec = registry.read_spec(bundle)
    before = evaluated(spec).scores.metrics["accuracy"]
    stored_answers(right=1.0).to_parquet(bundle / "evaluation" / "test.parquet")
    assert evaluated(spec).scores.metrics["accuracy"] == 1.0 != before


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda s: s.id)
def test_shipped_scores_are_those_of_the_record(spec: registry.ModelSpec):
    path = spec.folder / "evaluation" / "results.json"
    recorded = json.loads(path.read_text(encoding="utf-8"))["scores"]
    found = evaluated(spec)
    assert found.scores.n == recorded["n"]
    for name in ("accuracy", "uar"):
        assert found.scores.metrics[name] == pytest.approx(recorded[name], abs=5e-4)


def test_several_labels_are_scored_by_their_thresholds(tmp_path: Path):
    rng = np.random.default_rng(0)
    labels, n = GOEMOTIONS28, 300
    truth = rng.random((n, 28)) < 0.06
    truth[~truth.any(1), 0] = True
    presence = np.clip(0.6 * truth + 0.5 * rng.random((n, 28)), 0, 1)
    frame = pd.DataFrame(presence, columns=[f"presence_{x}" for x in labels])
    values = presence / presence.sum(1, keepdims=True)
    frame = pd.concat([pd.DataFrame(values, columns=[f"p_{x}" for x in labels]), frame], axis=1)
    spelt = ["|".join(x for x, yes in zip(labels, row, strict=True) if yes) for row in truth]
    frame.insert(0, "truth", spelt)
    frame.insert(0, "id", range(n))
    calibration = {"thresholds": [0.55] * 28}
    folder = write_evaluated_bundle(
        tmp_path / "several", frame, labels, multi_label=True, calibration=calibration
    )
    found = evaluated(registry.read_spec(folder))
    answers = presence >= 0.55
    expected = metrics.f1_score(truth, answers, average="micro")
    assert found.scores.metrics["micro_f1"] == pytest.approx(expected, abs=1e-12)
    assert found.scores.metrics["accuracy"] == pytest.approx((truth == answers).all(1).mean())
    assert found.report.scores.n == (truth.sum(1) == 1).sum()
    assert found.truths == dict(zip(labels, truth.sum(0).tolist(), strict=True))


def test_what_cannot_be_scored_is_told_and_left_out(bundle: Bundle):
    table = bundle / "evaluation" / "test.parquet"
    spec = registry.read_spec(bundle)
    stored_answers().drop(columns="p_joy").to_parquet(table)
    with pytest.raises(InvalidInput, match="lacks the columns p_joy"):
        evaluated(spec)
    table.write_bytes(b"torn")
    with pytest.raises(InvalidInput, match="cannot be read"):
        evaluated(spec)
    table.unlink()
    with pytest.raises(InvalidInput, match="no stored answers"):
        evaluated(spec)
    assert scored([spec]) == {}


def test_two_bundles_on_the_same_items(tmp_path: Path):
    specs = [
        registry.read_spec(write_evaluated_bundle(tmp_path / name, stored_answers(EMOTION6, r, s)))
        for name, r, s in (("good", 0.95, 1), ("bad", 0.4, 2))
    ]
    for spec, name in zip(specs, ("good", "bad"), strict=True):
        assert data_set(spec) == "made-up items"
        assert spec.folder.name == name
    good, bad = specs
    found = compared([good, bad]).pairs[0, 1]
    right = [
        (frame["truth"] == frame["prediction"]).to_numpy() for frame in map(answer_frame, specs)
    ]
    assert found.mcnemar.only_first == (right[0] & ~right[1]).sum()
    assert found.differences["accuracy"].value == pytest.approx(right[1].mean() - right[0].mean())
    assert found.differences["accuracy"].interval[1] < 0


def test_fusions_and_voices_are_comparable_with_their_like():
    found = scored(SHIPPED)
    others = comparable(SHIPPED, found)
    assert set(others["fusion-late"]) == {"fusion-concat", "fusion-attention", "fusion-translation"}
    by_id = {s.id: s for s in SHIPPED}
    alexnet, bigru = by_id["audio-alexnet"], by_id["audio-cnn-bigru"]
    assert "audio-cnn-bigru" in others["audio-alexnet"]
    assert common_labels([alexnet, bigru]) == "EKMAN7"
    assert compared([alexnet, bigru]).scores[0].n == found["audio-alexnet"].scores.n
    assert "text-goemotions28" not in others


def test_size_counts_the_served_files(bundle: Bundle):
    spec = registry.read_spec(bundle)
    assert megabytes(spec) == sum((bundle / name).stat().st_size for name in spec.files) / 1e6
