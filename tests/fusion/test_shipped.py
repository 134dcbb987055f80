"""The shipped fusions."""

import json
from itertools import combinations

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.findings import served_digest
from emotion_core.fusion.evidence import FUSED, Evidence, FusedModality, Moment
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.labels import EKMAN7, GOEMOTIONS28, RAVDESS8
from emotion_core.registry import find
from emotion_core.text.pipeline import load_text_model
from emotion_core.types import EmotionScores

IDS = ("fusion-late", "fusion-concat", "fusion-attention", "fusion-translation")
LABELS = {"text": GOEMOTIONS28, "audio": RAVDESS8, "face": EKMAN7}
LARGEST = 3_000_000


@pytest.fixture(scope="module", params=IDS)
def model(request: pytest.FixtureRequest) -> FusionModel:
    return load_fusion_model(request.param)


def said(m: FusedModality, label: str, probability: float = 0.9) -> Evidence:
    """An answer without an embedding."""
    labels = LABELS[m]
    rest = (1 - probability) / (len(labels) - 1)
    return Evidence(
        EmotionScores(labels, np.array([probability if x == label else rest for x in labels]))
    )


def written(text: str) -> Evidence:
    """What the shipped model of words says, with its embedding."""
    words = load_text_model("text-goemotions28")
    return Evidence(words.predict(text), words.embed([text])[0])


@pytest.mark.parametrize("name", ["fusion-late", "fusion-attention"])
@pytest.mark.parametrize("subset", [s for n in (1, 2, 3) for s in combinations(FUSED, n)])
@pytest.mark.parametrize("label", ["joy", "anger", "sadness"])
def test_what_all_say_is_answered(name, subset, label):
    moment: Moment = {m: said(m, label) for m in subset}
    fused = load_fusion_model(name).fuse([moment])[0]
    assert fused.scores.label == label
    assert fused.disagreement is None
    assert set(fused.contributions) == set(subset)


def test_two_that_are_sure_of_different_things_disagree():
    model = load_fusion_model("fusion-late")
    moment: Moment = {
        "text": said("text", "joy", 0.97), "face": said("face", "anger", 0.97)
    }  # fmt: skip
    found = model.fuse([moment])[0].disagreement
    assert found is not None
    assert str(found) == "the words say joy, the face says anger"


@pytest.mark.parametrize(
    ("text", "label"),
    [("I am so happy today", "joy"), ("This makes me so angry, I hate it", "anger")],
)
def test_words_and_voice_that_agree_are_answered(model: FusionModel, text, label):
    moment: Moment = {"text": written(text), "audio": said("audio", label)}
    assert model.fuse([moment])[0].scores.label == label


def test_a_missing_modality_is_filled_in():
    model = load_fusion_model("fusion-translation")
    found = model.expected({"text": written("I am so happy today"), "audio": said("audio", "joy")})
    assert found["face"].label == "joy"


def test_bundles_are_small_and_measured(model: FusionModel):
    spec = find(model.spec.id)
    assert spec.modality == "fusion"
    assert spec.labels == EKMAN7
    assert spec.command.startswith("python -m emotion_core train fusion --config configs/")
    assert sum(p.stat().st_size for p in spec.folder.rglob("*") if p.is_file()) < LARGEST
    results = json.loads((spec.folder / "evaluation" / "results.json").read_text())
    assert results["subsets"]["taf"]["fusion"]["accuracy"] == pytest.approx(
        spec.metrics["accuracy"], abs=1e-4
    )
    card = (spec.folder / "card.md").read_text()
    assert results["readings"][-1]["files"] == served_digest(spec)
    assert all(reading["files"][:12] in card for reading in results["readings"])
    for words in ("people mask and mix", "published fusion", "These numbers do not count"):
        assert words in card


def test_the_answers_of_other_models_are_refused():
    model = load_fusion_model("fusion-attention")
    flat = Evidence(EmotionScores(EKMAN7, np.full(7, 1 / 7)))
    with pytest.raises(InvalidInput, match="take a late fusion, which fuses any model"):
        model.fuse([{"audio": flat}])
