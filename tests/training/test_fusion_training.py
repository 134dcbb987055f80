"""From answers of encoders to a bundle that fuses, and to its record."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.fusion.evidence import FUSED, Evidence, FusedModality, Moment
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.labels import EKMAN7
from emotion_core.registry import find, read_spec
from emotion_core.training import fusion_record, fusion_training
from emotion_core.training.fusion_config import KINDS
from emotion_core.training.fusion_moments import SUBSETS, Material, presence_of
from emotion_core.types import EmotionScores
from tests.training.fusion_items import LABELS, WIDTHS, material, small


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A bundle of each kind."""
    folder = tmp_path_factory.mktemp("fusions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion_training, "read_material", lambda config: material())
        for kind in KINDS:
            fusion_training.train_fusion(small(kind), folder / kind, command="as typed")
    return {kind: folder / kind for kind in KINDS}


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest, bundles: dict[str, Path]) -> FusionModel:
    return load_fusion_model(bundles[request.param])


def said(
    modality: FusedModality, label: str, sure: float = 3.0, reliability: float = 1.0
) -> Evidence:
    labels = LABELS[modality]
    values = np.exp([sure * (x == label) for x in labels])
    width = WIDTHS[modality]
    embedding = np.zeros(width, np.float32) if width else None
    return Evidence(EmotionScores(labels, values / values.sum()), embedding, reliability)


def test_a_bundle_is_whole(model: FusionModel):
    spec = model.spec
    assert spec.modality == "fusion"
    assert spec.labels == EKMAN7
    assert spec.command == "as typed"
    assert spec.metrics["validation_accuracy"] > 0.6
    assert 0 < spec.calibration.uncertain_below < 1
    assert spec.architecture["contributions"]
    assert find(spec.folder).id == spec.id
    assert not pd.read_csv(spec.folder / "training" / "history.csv").empty
    assert (spec.folder / "training" / "config.yaml").is_file()
    assert sum(p.stat().st_size for p in spec.folder.rglob("*")) < 3e6


@pytest.mark.parametrize("subset", SUBSETS)
def test_any_set_of_modalities_is_answered(model: FusionModel, subset):
    fused = model.fuse([{m: said(m, "joy") for m in subset}])[0]
    assert fused.scores.label == "joy"
    assert set(fused.contributions) == set(subset)
    assert sum(fused.contributions.values()) == pytest.approx(1)
    assert set(fused.surprise) == (set(subset) if model.translates and len(subset) > 1 else set())


def test_together_is_as_alone(model: FusionModel):
    moments: list[Moment] = [
        {"text": said("text", "joy"), "face": said("face", "anger", 2)},
        {"audio": said("audio", "fear")},
        {m: said(m, "sadness", 2) for m in FUSED},
    ]
    for one, together in zip(moments, model.fuse(moments), strict=True):
        alone = model.fuse([one])[0].scores.probabilities
        np.testing.assert_allclose(alone, together.scores.probabilities, atol=1e-5)


def test_a_less_reliable_modality_counts_less(model: FusionModel):
    def joy(reliability: float) -> float:
        words = said("text", "joy", 4, reliability)
        moment: Moment = {"text": words, "face": said("face", "anger", 3)}
        return model.fuse([moment])[0].scores.as_dict()["joy"]

    assert joy(1.0) > joy(0.3) > joy(0.01)


def test_two_that_agree_are_right_more_often_than_one(model: FusionModel):
    test = material().side("test")

    def accuracy(*subset: FusedModality) -> float:
        moments = test.each_subset(1400, 5, [subset])
        answer = model.fuser.fuse(moments.arrays).probabilities.argmax(1)
        return float((answer == moments.truth).mean())

    assert accuracy(*FUSED) > max(accuracy(m) for m in FUSED) + 0.02


def test_agreeing_moments_are_seldom_flagged_and_swapped_ones_often(model: FusionModel):
    side = material().side("validation")
    agreeing, swapped = fusion_record.disagreeing(side, [FUSED], 1400, 3)

    def flagged(arrays) -> float:
        surprise = model.fuser.fuse(arrays).surprise
        from emotion_core.fusion.disagreement import conflicts

        return float(model.levels.flagged(conflicts(arrays), surprise).any(1).mean())

    assert flagged(agreeing) < 0.15
    assert flagged(swapped) > 2 * flagged(agreeing)


def test_other_encoders_are_refused(bundles: dict[str, Path]):
    model = load_fusion_model(bundles["attention"])
    other = Evidence(EmotionScores(EKMAN7, np.full(7, 1 / 7)))
    with pytest.raises(InvalidInput, match="some-audio in its 8 labels, got 7 labels"):
        model.fuse([{"audio": other}])
    with pytest.raises(InvalidInput, match="embedding of 5 values by some-face, got none"):
        model.fuse([{"face": other}])
    wide = Evidence(EmotionScores(EKMAN7, np.full(7, 1 / 7)), np.zeros(4, np.float32))
    with pytest.raises(InvalidInput, match="got one of 4 values; answer the face with some-face"):
        model.fuse([{"face": wide}])


def test_translation_expects_what_the_others_say(bundles: dict[str, Path]):
    model = load_fusion_model(bundles["translation"])
    found = model.expected({"text": said("text", "joy", 5), "audio": said("audio", "joy", 5)})
    assert set(found) == set(FUSED)
    assert found["face"].label == "joy"
    assert set(model.expected({"text": said("text", "joy")})) == {"audio", "face"}


def test_translation_is_surprised_by_what_does_not_fit(bundles: dict[str, Path]):
    model = load_fusion_model(bundles["translation"])
    moments: list[Moment] = [
        {
            "text": said("text", "joy", 4),
            "audio": said("audio", "joy", 4),
            "face": said("face", x, 4),
        }
        for x in ("joy", "anger")
    ]
    fitting, strange = model.fuse(moments)
    assert strange.surprise["face"] > fitting.surprise["face"]
    assert all(0 <= v <= 1 for fused in (fitting, strange) for v in fused.surprise.values())


def test_a_damaged_bundle_is_refused(bundles: dict[str, Path]):
    import shutil

    copy = bundles["attention"].with_name("damaged")
    shutil.copytree(bundles["attention"], copy)
    (copy / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelUnavailable, match="is damaged"):
        load_fusion_model(copy)


@pytest.mark.parametrize("kind", ["late", "translation"])
def test_the_record_is_written_once(kind, bundles: dict[str, Path], monkeypatch):
    monkeypatch.setattr(fusion_record, "read_material", lambda config: material())
    folder = bundles[kind]
    metrics = fusion_record.measure_fusion_bundle(folder)
    results = json.loads((folder / "evaluation" / "results.json").read_text())
    assert set(results["subsets"]) == {"t", "a", "f", "ta", "tf", "af", "taf"}
    assert results["subsets"]["taf"]["fusion"]["accuracy"] == pytest.approx(
        metrics["accuracy"], abs=1e-4
    )
    spoilt = results["spoilt"]["face: of another label"]
    answers = pd.read_parquet(folder / "evaluation" / "test.parquet")
    speakers = set(material().side("test").answers["audio"].group)
    heard = answers["modalities"].str.contains("a")
    assert set(answers["group"][heard]) <= speakers
    assert answers["group"][~heard].str.isdigit().all()
    assert spoilt["spoilt"] < spoilt["clean"]
    assert results["spoilt"]["voice: white noise, 0 dB"]["answered"] < 1
    assert read_spec(folder).metrics["accuracy"] == metrics["accuracy"]
    card = (folder / "card.md").read_text()
    assert "people mask and mix" in card
    assert ("AUC of surprise" in card) == (kind == "translation")
    with pytest.raises(InvalidInput, match="has been read"):
        fusion_record.measure_fusion_bundle(folder)
    assert fusion_record.measure_fusion_bundle(folder, split="validation")["accuracy"] > 0.5


def test_settings_that_do_not_fit_are_refused(tmp_path: Path):
    config = small("voting")
    with pytest.raises(InvalidInput, match="'kind' expects late"):
        fusion_training.read_material(config)
    config = small("attention")
    config.network.embedding = "text, smell"
    with pytest.raises(InvalidInput, match="smell"):
        fusion_training.read_material(config)


def test_sides_share_no_item_and_lack_no_label():
    whole = material()
    assert isinstance(whole, Material)
    for m in FUSED:
        sides = [whole.side(x).answers[m] for x in ("train", "validation", "test")]
        groups = [set(s.group) for s in sides]
        assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    lacking = whole.answers["text"].take(whole.answers["text"].truth != 3)
    broken = Material(EKMAN7, {**whole.answers, "text": lacking}, whole.encoders)
    with pytest.raises(InvalidInput, match="text: no train item of joy"):
        broken.side("train")


def test_composed_moments_are_of_one_label_unless_swapped():
    side = material().side("train")
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 7, 300)
    swapped = np.where(np.arange(300) % 2 == 0, -1, 2)
    moments = side.composed(truth, presence_of(FUSED, 300), rng, None, swapped)
    for place, m in enumerate(FUSED):
        same = side.answers[m].truth[moments.items[:, place]] == truth
        np.testing.assert_array_equal(same, (swapped != place))
