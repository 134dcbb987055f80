from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput, LabelMismatch, ModelUnavailable
from emotion_core.fusion.evidence import FUSED, Evidence, Moment
from emotion_core.fusion.late import LateFuser
from emotion_core.fusion.pipeline import FusionModel, load_fusion_model
from emotion_core.labels import EKMAN7, GOEMOTIONS28, RAVDESS8
from emotion_core.types import EmotionScores
from tests.fusion.evidences import evidence, late_model, scores

POOLINGS = ["mean", "log-opinion"]
SUBSETS = [s for n in (1, 2, 3) for s in combinations(FUSED, n)]


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("subset", SUBSETS)
def test_any_set_of_modalities_is_answered(pooling, subset):
    moment: Moment = {m: evidence("joy") for m in subset}
    fused = late_model(pooling, exponent=1.0).fuse([moment])[0]
    assert fused.scores.label == "joy"
    assert set(fused.contributions) == set(subset)
    assert sum(fused.contributions.values()) == pytest.approx(1)
    assert fused.surprise == {}


@pytest.mark.parametrize("pooling", POOLINGS)
def test_equal_answers_fuse_to_themselves(pooling):
    one = evidence("fear", 0.6)
    fused = late_model(pooling, (3, 1, 2), 2.0).fuse([dict.fromkeys(FUSED, one)])[0]
    np.testing.assert_allclose(fused.scores.probabilities, one.scores.probabilities, atol=1e-9)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_modality_alone_is_its_own_answer_however_unreliable(pooling):
    one = evidence("fear", 0.6, reliability=0.0)
    fused = late_model(pooling).fuse([{"audio": one}])[0]
    np.testing.assert_allclose(fused.scores.probabilities, one.scores.probabilities, atol=1e-9)
    assert fused.contributions == {"audio": 1}


@pytest.mark.parametrize("pooling", POOLINGS)
def test_reliability_lowers_a_weight(pooling):
    model = late_model(pooling)

    def share(reliability: float) -> float:
        face = evidence("anger", reliability=reliability)
        moment: Moment = {"text": evidence("joy"), "face": face}
        return model.fuse([moment])[0].contributions["face"]

    assert share(1.0) == pytest.approx(0.5)
    assert share(1.0) > share(0.5) > share(0.1) > 0


def test_doubt_lowers_a_weight_if_certainty_counts():
    moment: Moment = {"text": evidence("joy", 0.9), "face": evidence("anger", 0.3)}
    plain = late_model().fuse([moment])[0]
    counted = late_model(exponent=1.0).fuse([moment])[0]
    assert counted.contributions["face"] < plain.contributions["face"] == pytest.approx(0.5)


def test_answers_of_any_model_are_mapped():
    moment: Moment = {
        "text": evidence("gratitude", 0.9, GOEMOTIONS28),
        "audio": evidence("joy", 0.9, RAVDESS8),
        "face": evidence("joy", 0.9),
    }
    assert late_model().fuse([moment])[0].scores.label == "joy"


def test_labels_that_have_no_place_are_refused():
    strange = Evidence(EmotionScores(("smug", "sly"), np.array([0.5, 0.5])))
    with pytest.raises(LabelMismatch, match="has a place"):
        late_model().fuse([{"text": strange}])


def test_an_empty_moment_and_an_unknown_modality_are_refused():
    with pytest.raises(InvalidInput, match="one modality or more"):
        late_model().fuse([{"text": evidence("joy")}, {}])
    with pytest.raises(InvalidInput, match="smell"):
        late_model().fuse([{"smell": evidence("joy")}])  # type: ignore[dict-item]
    assert late_model().fuse([]) == []


def test_several_moments_are_answered_as_each_alone():
    moments: list[Moment] = [
        {"text": evidence("joy"), "face": evidence("anger", 0.6)},
        {"audio": evidence("fear", 0.5)},
        {m: evidence("sadness", 0.3) for m in FUSED},
    ]
    model = late_model(exponent=0.5)
    for one, together in zip(moments, model.fuse(moments), strict=True):
        alone = model.fuse([one])[0]
        np.testing.assert_allclose(alone.scores.probabilities, together.scores.probabilities)
        assert alone.contributions == together.contributions


def test_a_flat_answer_is_uncertain_and_notices_are_told():
    flat = EmotionScores(EKMAN7, np.full(7, 1 / 7), notices=("only half of it was read",))
    moment: Moment = {"text": Evidence(flat), "face": evidence("joy", 0.2)}
    fused = late_model().fuse([moment])[0]
    assert fused.scores.uncertain
    assert fused.scores.notices == ("only half of it was read",)
    assert not late_model().fuse([{"face": evidence("joy", 0.9)}])[0].scores.uncertain


def test_disagreement_names_the_strongest_pair():
    levels = {"strength": {"text-audio": 0.3, "text-face": 0.3, "audio-face": 0.3}}
    moment: Moment = {
        "text": evidence("joy", 0.9),
        "audio": evidence("anger", 0.6),
        "face": evidence("sadness", 0.8),
    }
    found = late_model(levels=levels).fuse([moment])[0].disagreement
    assert found is not None
    assert found.modalities == ("text", "face")
    assert found.labels == ("joy", "sadness")
    assert str(found) == "the words say joy, the face says sadness"


@pytest.mark.parametrize(
    "moment",
    [
        {"text": evidence("joy", 0.9), "face": evidence("joy", 0.5)},
        {"text": evidence("joy", 0.9), "face": evidence("anger", 0.3)},
        {"text": evidence("joy", 0.9), "face": evidence("anger", 0.9, reliability=0.1)},
        {"face": evidence("anger", 0.9)},
    ],
    ids=["one label", "unsure", "unreliable", "alone"],
)
def test_no_disagreement(moment):
    levels = {"strength": {"text-face": 0.3}}
    assert late_model(levels=levels).fuse([moment])[0].disagreement is None


def test_a_late_fusion_expects_nothing():
    model = late_model()
    assert not model.translates
    with pytest.raises(InvalidInput, match="take a translation model"):
        model.expected({"text": evidence("joy")})


def test_a_model_of_another_modality_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match="does not fuse"):
        load_fusion_model("text-naive-bayes")
    with pytest.raises(ModelUnavailable, match="no model"):
        load_fusion_model(tmp_path / "nothing")


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInput, match="weights"):
        LateFuser("mean", np.ones(2))
    with pytest.raises(InvalidInput, match="weights"):
        LateFuser("mean", np.array([1.0, -1, 1]))
    with pytest.raises(InvalidInput, match="pooling"):
        LateFuser("median", np.ones(3))


def test_permuted_labels_permute_the_answer():
    order = np.random.default_rng(0).permutation(7)
    labels = tuple(np.array(EKMAN7)[order].tolist())
    moment: Moment = {"text": evidence("joy", 0.7), "face": evidence("anger", 0.6)}
    permuted: Moment = {
        m: Evidence(EmotionScores(labels, e.scores.probabilities[order])) for m, e in moment.items()
    }
    plain = late_model(exponent=1.0).fuse([moment])[0].scores
    other = late_model(exponent=1.0, labels=labels).fuse([permuted])[0].scores
    np.testing.assert_allclose(other.probabilities, plain.probabilities[order])


def test_scores_are_distributions():
    assert isinstance(late_model(), FusionModel)
    fused = late_model().fuse(
        [{"text": Evidence(scores("joy", 1.0)), "face": evidence("fear", 1.0)}]
    )
    assert fused[0].scores.probabilities.sum() == pytest.approx(1)
    assert (fused[0].scores.probabilities > 0).all()
