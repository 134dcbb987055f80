"""Which items an epoch sees: each once, or those of rare classes more often."""

import numpy as np


class Draw:
    """Draws the items of an epoch.

    Args:
        targets: (item, label), one-hot, several 1, or soft; NaN where a label was not asked
        balance: classes are drawn as often as frequency ** (1 - balance) says: 0 takes every item
            once, 1 all classes equally often. An item of several labels counts as its rarest, one
            without any as a class of its own

    Source: Mahajan et al., Exploring the limits of weakly supervised pretraining, ECCV 2018.

    Example:
        >>> import numpy as np
        >>> draw = Draw(np.eye(2)[[0, 0, 0, 1]], balance=1.0)
        >>> np.bincount(draw.rows(np.random.default_rng(0)) == 3)
        array([2, 2])
    """

    def __init__(self, targets: np.ndarray, balance: float) -> None:
        self.balance = balance
        present = np.nan_to_num(targets) >= 0.5
        classes = np.column_stack([present, ~present.any(1)])
        frequency = np.maximum(classes.mean(0), 1 / max(1, len(classes)))
        weights = (classes * frequency**-balance).max(1)
        self.expected = weights / weights.sum() * len(weights)

    def __len__(self) -> int:
        return len(self.expected)

    def rows(self, rng: np.random.Generator) -> np.ndarray:
        """(item,) places of the items of one epoch, in ascending order.

        Each occurs as often as expected, rounded down or up at random.

        Args:
            rng: is drawn from only if classes are balanced
        """
        if not self.balance:
            return np.arange(len(self))
        order = rng.permutation(len(self))
        order = order[np.argsort(self.expected[order], kind="stable")]  # a class stays together
        stairs = np.cumsum(self.expected[order])
        stairs[-1] = len(self)
        steps = np.arange(len(self)) + rng.random()
        return np.sort(order[np.searchsorted(stairs, steps, side="right")])
