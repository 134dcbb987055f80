from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.labels import (
    EKMAN7,
    EKMAN_FAMILY,
    EMOTION6,
    GOEMOTIONS28,
    IEMOCAP4,
    LABEL_OF_WORD,
    LABEL_SETS,
    RAVDESS8,
    TWEETS5,
    LabelMapping,
    label_of,
    label_set,
    mapping,
    ordered,
)

pairs = st.sampled_from(list(permutations(LABEL_SETS.values(), 2)))


def distribution(labels: int) -> st.SearchStrategy[np.ndarray]:
    weight = st.floats(0.001, 1)
    return st.lists(weight, min_size=labels, max_size=labels).map(lambda w: np.array(w) / sum(w))


def test_sizes():
    sizes = {name: len(labels) for name, labels in LABEL_SETS.items()}
    assert sizes == {
        "EMOTION6": 6, "EKMAN7": 7, "FERPLUS8": 8, "GOEMOTIONS28": 28, "IEMOCAP4": 4, "RAVDESS8": 8,
        "TWEETS13": 13, "TWEETS5": 5,
    }  # fmt: skip
    assert all(len(set(labels)) == len(labels) for labels in LABEL_SETS.values())


def test_orders_of_the_data_sets():
    assert EMOTION6 == ("sadness", "joy", "love", "anger", "fear", "surprise")
    assert EKMAN7 == ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
    assert IEMOCAP4 == ("angry", "happy", "sad", "neutral")
    assert RAVDESS8 == (
        "neutral", "calm", "joy", "sadness", "anger", "fear", "disgust", "surprise",
    )  # fmt: skip
    assert GOEMOTIONS28[:3] == ("admiration", "amusement", "anger")
    assert GOEMOTIONS28[:27] == tuple(sorted(GOEMOTIONS28[:27]))
    assert GOEMOTIONS28[-1] == "neutral"


def test_goemotions_to_ekman_is_the_data_sets_own_mapping():
    """`ekman_mapping.json` of GoEmotions (Demszky et al., 2020)."""
    published = {
        "anger": {"anger", "annoyance", "disapproval"},
        "disgust": {"disgust"},
        "fear": {"fear", "nervousness"},
        "joy": {
            "joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism",
            "relief", "pride", "admiration", "desire", "caring",
        },
        "sadness": {"sadness", "disappointment", "embarrassment", "grief", "remorse"},
        "surprise": {"surprise", "realization", "confusion", "curiosity"},
        "neutral": {"neutral"},
    }  # fmt: skip
    table = mapping(GOEMOTIONS28, EKMAN7).table
    assert {t: {s for s in table if table[s] == t} for t in EKMAN7} == published


def test_every_label_but_contempt_has_a_family():
    assert set().union(*LABEL_SETS.values()) - set(EKMAN_FAMILY) == {"contempt"}
    assert set(EKMAN_FAMILY.values()) == set(EKMAN7)


@pytest.mark.parametrize("name", ["EKMAN7", "ekman7"])
def test_label_set(name):
    assert label_set(name) == EKMAN7


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("angry", "anger"), ("Happy", "joy"), ("happiness", "joy"), ("sad", "sadness"),
        ("fearful", "fear"), ("surprised", "surprise"), ("ps", "surprise"), ("calm", "calm"),
        ("Pleasant_surprise", "surprise"), ("disgusted", "disgust"), (" neutral ", "neutral"),
        ("Sarcastic", "Sarcastic"),
    ],
)  # fmt: skip
def test_words_of_data_sets(word: str, label: str):
    assert label_of(word) == label


def test_words_mean_labels_of_the_sets():
    assert set(LABEL_OF_WORD.values()) <= set(EKMAN_FAMILY)
    assert all(label_of(label_of(word)) == label_of(word) for word in LABEL_OF_WORD)


def test_labels_take_the_order_of_a_known_set():
    assert ordered(reversed(RAVDESS8)) == RAVDESS8
    assert ordered(["b", "a", "b"]) == ("a", "b")


def test_calm_is_neutral_to_ekman():
    assert mapping(RAVDESS8, EKMAN7).loss() == "neutral stands for neutral, calm"


def test_unknown_label_set():
    with pytest.raises(InvalidInput, match="no label set 'PLUTCHIK'; choose one of EMOTION6"):
        label_set("PLUTCHIK")


def test_labels_that_belong_nowhere():
    with pytest.raises(LabelMismatch, match="none of up, down has a place in"):
        mapping(("up", "down"), EKMAN7)


def test_mapping_between_unknown_labels():
    with pytest.raises(LabelMismatch, match=r"labels of neither set: \['c'\]"):
        LabelMapping(("a", "b"), ("x",), {"c": "x"})


def test_loss_of_no_loss():
    assert mapping(EKMAN7, EKMAN7).loss() == "nothing"
    assert mapping(EKMAN7, EMOTION6).loss() == "disgust, neutral dropped; love never answered"


def test_love_is_kept_apart_where_the_target_has_it():
    assert mapping(GOEMOTIONS28, EMOTION6).table["caring"] == "love"
    assert mapping(GOEMOTIONS28, EKMAN7).table["caring"] == "joy"
    assert mapping(GOEMOTIONS28, TWEETS5).table["nervousness"] == "worry"


@pytest.mark.parametrize("pair", list(permutations(LABEL_SETS.values(), 2)))
def test_what_is_merged_dropped_and_unreachable(pair):
    carry = mapping(*pair)
    assert set(carry.dropped) == set(carry.source) - set(carry.table)
    assert set(carry.unreachable) == set(carry.target) - set(carry.table.values())
    assert all(label in carry.loss() for label in (*carry.dropped, *carry.unreachable))


@given(st.data(), pairs)
def test_mapped_probabilities_sum_to_one(data, pair):
    carry = mapping(*pair)
    mapped = carry.apply(data.draw(distribution(len(carry.source))))
    assert mapped.sum() == pytest.approx(1)
    assert (mapped >= 0).all()
    assert not mapped[[carry.target.index(t) for t in carry.unreachable]].any()


@given(st.data(), pairs)
def test_mapping_keeps_mass(data, pair):
    carry = mapping(*pair)
    before = data.draw(distribution(len(carry.source)))
    after = carry.apply(before) * carry.kept(before)
    for k, label in enumerate(carry.target):
        group = [i for i, s in enumerate(carry.source) if carry.table.get(s) == label]
        assert after[k] == pytest.approx(before[group].sum())


@given(st.data(), pairs)
def test_permuting_the_source_changes_nothing(data, pair):
    source, target = pair
    before = data.draw(distribution(len(source)))
    order = data.draw(st.permutations(range(len(source))))
    shuffled = mapping([source[i] for i in order], target)
    np.testing.assert_allclose(shuffled.apply(before[order]), mapping(source, target).apply(before))


@given(st.data(), pairs)
def test_noisy_or_is_one_minus_the_product(data, pair):
    carry = mapping(*pair)
    n = len(carry.source)
    presence = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    for k, label in enumerate(carry.target):
        group = [i for i, s in enumerate(carry.source) if carry.table.get(s) == label]
        expected = 1 - np.prod(1 - presence[group])
        assert carry.noisy_or(presence)[k] == pytest.approx(expected, abs=1e-9)


def test_rows_are_mapped_one_by_one():
    carry = mapping(EMOTION6, EKMAN7)
    rows = np.eye(6)
    np.testing.assert_array_equal(carry.apply(rows), np.stack([carry.apply(r) for r in rows]))


def test_nothing_kept_is_uniform_over_what_can_be_answered():
    carry = mapping(EKMAN7, IEMOCAP4)
    only_disgust = np.eye(7)[EKMAN7.index("disgust")]
    assert carry.kept(only_disgust) == 0
    assert carry.apply(only_disgust).tolist() == [0.25] * 4
