"""Published results as data."""

import pytest

from emotion_core.evaluation.published import (
    EMOTION,
    FER,
    IEMOCAP,
    ORIGINS,
    PUBLISHED,
    TWEETS,
    UNNAMED,
    Standing,
    data_sets,
    published_on,
)


def test_every_result_says_how_and_where():
    for result in PUBLISHED:
        assert all((result.system, result.protocol, result.source))
        assert result.scores
        assert all(0 < value < 1 for value in result.scores.values())


def test_no_result_stands_twice():
    keys = [(p.system, p.data_set, p.protocol) for p in PUBLISHED]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("data_set", "accuracies"),
    [
        (EMOTION, [0.69]),
        (TWEETS, [0.39]),
        (FER, [0.67]),
        (IEMOCAP, [0.71, 0.55, 0.95, 0.85]),
        (UNNAMED, [0.95, 0.92, 0.89]),
    ],
)
def test_the_systems_it_grew_from_are_all_there(data_set: str, accuracies: list[float]):
    found = [p.scores["accuracy"] for p in ORIGINS if p.data_set == data_set]
    assert found == accuracies


def test_what_cannot_be_compared_is_badged():
    assert {p.standing for p in published_on(UNNAMED)} == {Standing.UNKNOWN}
    leaked = [p for p in published_on(IEMOCAP) if p.standing == Standing.LEAK]
    assert [p.scores["accuracy"] for p in leaked] == [0.95, 0.85]
    assert all("known" in p.protocol for p in leaked)


def test_a_data_set_that_nobody_published_on_has_none():
    assert published_on("nothing") == ()
    assert all(published_on(name) for name in data_sets())
