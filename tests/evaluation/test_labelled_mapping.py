"""Labels of a person's data in those of a model: nothing goes without being named."""

import pytest

from emotion_core.errors import InvalidInput, LabelMismatch
from emotion_core.evaluation.labelled_mapping import map_labels, parse_map, suggested
from emotion_core.labels import EKMAN7, EMOTION6, GOEMOTIONS28


def test_only_the_same_spelling_is_taken_by_itself() -> None:
    found = map_labels({"joy": 3, "Joy": 2, "happy": 1}, EMOTION6)
    assert found.table == {"joy": "joy"}
    assert found.unmapped == {"Joy": 2, "happy": 1}
    told = " ".join(found.notices)
    assert "'Joy' (2), 'happy' (1)" in told
    assert "--map Joy=joy or --labels EKMAN7" in told
    assert "'Joy' and 'happy' and 'joy' may be one label" in told


def test_a_label_set_says_what_is_lost_of_both_sides() -> None:
    found = map_labels({"Happy": 3, "love": 2, "smug": 1}, GOEMOTIONS28, "EKMAN7")
    assert found.target == EKMAN7
    assert found.table == {"Happy": "joy", "love": "joy"}
    assert found.unmapped == {"smug": 1}
    answers, truths, *_ = found.notices
    assert answers.startswith("the model's answers in EKMAN7: anger stands for anger, annoyance")
    assert "joy stands for 'Happy', 'love'; 'smug' dropped" in truths


def test_an_explicit_mapping_goes_first() -> None:
    found = map_labels({"joy": 1, "meh": 2}, EKMAN7, explicit={"meh": "neutral", "joy": "fear"})
    assert found.table == {"meh": "neutral", "joy": "fear"}
    found = map_labels({"joy": 1, "love": 2}, EKMAN7, "EKMAN7", {"love": ""})
    assert found.table == {"joy": "joy"}
    assert found.unmapped == {"love": 2}
    assert "'love' (2)" in " ".join(found.notices)


@pytest.mark.parametrize(
    ("explicit", "message"),
    [
        ({"smug": "joy"}, "no item has the label 'smug'; there are 'joy' \\(2\\)"),
        ({"joy": "bliss"}, "expected one of anger, disgust"),
        ({"joy": ""}, "expected labels of anger.* got 'joy' \\(2\\)"),
    ],
)
def test_a_mapping_that_cannot_be(explicit: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        map_labels({"joy": 2}, EKMAN7, explicit=explicit)


def test_no_place_at_all() -> None:
    with pytest.raises(InvalidInput, match="got '0' \\(5\\); name their place with --map 0=anger"):
        map_labels({"0": 5}, EKMAN7)
    with pytest.raises(LabelMismatch, match="choose another set"):
        map_labels({"0": 5}, EKMAN7, "IEMOCAP4")


def test_pairs_are_read_and_refused() -> None:
    assert parse_map(["a=b", "c=d = joy", "x="]) == {"a": "b", "c=d": "joy", "x": ""}
    for bad, message in (("joy", "theirs=ours"), ("=joy", "theirs=ours")):
        with pytest.raises(InvalidInput, match=message):
            parse_map([bad])
    with pytest.raises(InvalidInput, match="named twice, b and c"):
        parse_map(["a=b", "a=c"])


def test_suggestions_are_members_of_the_set() -> None:
    found = suggested([*GOEMOTIONS28, "HAPPY", "ps", "smug"], EKMAN7)
    assert set(found.values()) == set(EKMAN7)
    assert found["HAPPY"] == "joy"
    assert found["ps"] == "surprise"
    assert "smug" not in found
