"""Deletion and insertion curves of items whose true parts are known."""

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.evaluation.explanation_curves import (
    ExplainedItem,
    ItemCurves,
    curves_record,
    item_curves,
    parts_there,
    shares,
)

PARTS = 10


def additive(effects: np.ndarray, weights: np.ndarray) -> ExplainedItem:
    """An item whose answer is the sum of what its parts add."""
    return ExplainedItem(weights, lambda there: there @ effects)


def test_parts_go_and_come_in_order() -> None:
    deletion, insertion = parts_there(np.array([2, 0, 1]))
    assert (deletion == ~insertion).all()
    assert insertion.sum(1).tolist() == np.round(shares() * 3).tolist()
    first = insertion[insertion.sum(1) == 1]
    assert first[:, 2].all()
    assert deletion[0].all()
    assert not deletion[-1].any()


def test_curves_of_an_additive_item_by_hand() -> None:
    effects = np.zeros(PARTS)
    effects[3], effects[7] = 0.6, 0.2
    found = item_curves(additive(effects, effects), np.random.default_rng(0), draws=400)
    assert found.marked[0, :3] == pytest.approx([0.8, 0.2, 0])
    assert found.marked[1, :3] == pytest.approx([0, 0.6, 0.8])
    # in random order every part is as often gone as the share says
    assert found.random[0] == pytest.approx(0.8 * (1 - shares()), abs=0.06)
    assert found.random[1] == pytest.approx(0.8 * shares(), abs=0.06)


def test_each_set_of_parts_is_asked_once() -> None:
    asked: list[int] = []

    def answer(there: np.ndarray) -> np.ndarray:
        asked.append(len(there))
        assert len(np.unique(there, axis=0)) == len(there)
        return there.mean(1)

    item_curves(ExplainedItem(np.arange(3.0), answer), np.random.default_rng(0), draws=50)
    assert asked == [2**3]


def curves(informed: bool, items: int = 60) -> list[ItemCurves]:
    rng, found = np.random.default_rng(1), []
    for _ in range(items):
        effects = rng.dirichlet(np.full(PARTS, 0.3))
        weights = effects if informed else rng.random(PARTS)
        found.append(item_curves(additive(effects, weights), rng))
    return found


def test_a_true_explanation_gains_and_a_made_up_one_does_not() -> None:
    true, made_up = (curves_record(curves(informed)) for informed in (True, False))
    for name in ("deletion", "insertion"):
        low, high = true[name]["gain_interval"]
        assert 0.2 < low < true[name]["gain"] < high
        low, high = made_up[name]["gain_interval"]
        assert low < 0 < high
        areas = [true[name][kind]["area"] for kind in ("marked", "random")]
        sign = -1 if name == "deletion" else 1
        assert true[name]["gain"] == pytest.approx(sign * (areas[0] - areas[1]), abs=2e-5)


def test_means_areas_and_intervals_are_those_of_the_items() -> None:
    found = curves(informed=True)
    record = curves_record(found)["deletion"]["marked"]
    values = np.stack([c.marked[0] for c in found])
    assert record["mean"] == pytest.approx(values.mean(0), abs=1e-5)
    assert record["area"] == pytest.approx(np.trapezoid(values.mean(0), dx=0.1), abs=1e-5)
    error = values.std(0, ddof=1) / np.sqrt(len(values))  # of the mean, by the normal distribution
    low, high = np.array(record["low"]), np.array(record["high"])
    middle = slice(1, 5)
    assert low[middle] == pytest.approx((values.mean(0) - 1.96 * error)[middle], abs=0.01)
    assert high[middle] == pytest.approx((values.mean(0) + 1.96 * error)[middle], abs=0.01)


def test_speakers_are_drawn_whole() -> None:
    rng = np.random.default_rng(2)
    found, speaker = [], np.repeat(np.arange(8), 20)
    for level in np.linspace(0.2, 0.9, 8)[speaker]:
        effects = np.full(PARTS, level / PARTS)
        found.append(item_curves(additive(effects, effects), rng))
    widths = []
    for groups in (None, speaker):
        low, high = curves_record(found, groups)["deletion"]["marked"]["area_interval"]
        widths.append(high - low)
    assert widths[1] > 2 * widths[0]


def test_one_item_is_too_few() -> None:
    with pytest.raises(InvalidInput, match="two items or more"):
        curves_record(curves(informed=True, items=1))
