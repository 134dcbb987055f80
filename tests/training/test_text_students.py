"""Which students are averaged."""

from typing import cast

import pytest
from torch import nn

from emotion_core.training.text_network import TextNetwork
from emotion_core.training.text_students import greedy_soup


def network(weight: float) -> TextNetwork:
    """One number that stands for a network."""
    line = nn.Linear(1, 1, bias=False)
    nn.init.constant_(line.weight, weight)
    return cast("TextNetwork", line)


def number(network: TextNetwork) -> float:
    (weight,) = network.parameters()
    return weight.item()


@pytest.mark.parametrize(
    ("weights", "best", "soup"),
    [
        ([10.0, 0.0, 2.5], 1, 1.25),  # the two on both sides of 1; the third would lead away
        ([3.0, 4.0], 0, 3.0),  # the best alone
        ([4.0, -2.0, 1.0], 2, 1.0),  # the mean of all is as good
        ([1.5], 0, 1.5),
    ],
)
def test_what_does_not_make_it_worse_is_averaged(weights: list[float], best: int, soup: float):
    place, average = greedy_soup([network(w) for w in weights], lambda n: -abs(number(n) - 1))
    assert place == best
    assert number(average) == pytest.approx(soup)
