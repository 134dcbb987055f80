"""Moments composed of a text, a voice and a face of one label, taken from unpaired sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from ..errors import InvalidInput
from ..fusion.evidence import FUSED, FusedModality
from ..fusion.moments import Encoder, MomentArrays, carry_of, feature_row, feature_width
from .fusion_answers import CLEAN, SPOILT, EncoderAnswers
from .fusion_config import MomentsConfig

SUBSETS: tuple[tuple[FusedModality, ...], ...] = tuple(
    subset for size in (1, 2, 3) for subset in combinations(FUSED, size)
)
"""every set of modalities that a moment can have"""


def subset_name(subset: Sequence[FusedModality]) -> str:
    """What tables call a set of modalities.

    Example:
        >>> subset_name(("text", "face"))
        'tf'
    """
    return "".join(m[0] for m in subset)


@dataclass(frozen=True, eq=False)
class Composed:
    """Composed moments and what is known of them.

    Attributes:
        arrays: as a fuser reads them
        truth: (moment,) place in the fusion's labels
        items: (moment, modality) number of the item among the answers of its modality
        swapped: (moment,) place in `FUSED` of the modality that is of another label; -1: none
        groups: (moment,) the speaker of the voice, whether it is there or not
    """

    arrays: MomentArrays
    truth: np.ndarray
    items: np.ndarray
    swapped: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, chosen: np.ndarray) -> "Composed":
        """Some of the moments, by number or by a bool for each."""
        return Composed(
            self.arrays.take(chosen),
            self.truth[chosen],
            self.items[chosen],
            self.swapped[chosen],
            self.groups[chosen],
        )


@dataclass(frozen=True, eq=False)
class Material:
    """What the encoders say of the items of one side, and moments made of them.

    Attributes:
        labels: ordered, of the fusion
        answers: modality -> answers of its encoder
        encoders: what a trained fusion reads of each
    """

    labels: tuple[str, ...]
    answers: Mapping[FusedModality, EncoderAnswers]
    encoders: Mapping[FusedModality, Encoder]

    def side(self, name: str) -> "Material":
        """The items of `train`, `validation` or `test`.

        Raises:
            InvalidInput: if a modality has none of a label there
        """
        parts = {m: a.take(a.side == name) for m, a in self.answers.items()}
        for m, part in parts.items():
            counts = np.bincount(part.truth, minlength=len(self.labels))
            if (counts == 0).any():
                missing = [x for x, n in zip(self.labels, counts, strict=True) if not n]
                raise InvalidInput(f"{m}: no {name} item of {', '.join(missing)}")
        return replace(self, answers=parts)

    @cached_property
    def conditions(self) -> dict[FusedModality, tuple[str, ...]]:
        """Of each modality, the clean condition first."""
        return {m: (CLEAN, *SPOILT[m]) for m in FUSED}

    @cached_property
    def _mapped(self) -> dict[FusedModality, np.ndarray]:
        """(condition, item, label) in the fusion's labels."""
        return {
            m: np.stack(
                [
                    carry_of(a.spec.labels, self.labels).apply(a.probabilities(c))
                    for c in self.conditions[m]
                ]
            )
            for m, a in self.answers.items()
        }

    @cached_property
    def _answered(self) -> dict[FusedModality, np.ndarray]:
        """(condition, item) bool: whether the encoder gave an answer."""
        return {
            m: np.stack([np.isfinite(a.said[c].logits).all(1) for c in self.conditions[m]])
            for m, a in self.answers.items()
        }

    @cached_property
    def _features(self) -> dict[FusedModality, np.ndarray]:
        """(condition, item, width) as a trained fusion reads them."""
        return {
            m: np.stack(
                [
                    feature_row(a.probabilities(c), a.said[c].embedding, self.encoders[m])
                    for c in self.conditions[m]
                ]
            )
            for m, a in self.answers.items()
        }

    @cached_property
    def _by_label(self) -> dict[FusedModality, list[np.ndarray]]:
        return {
            m: [np.flatnonzero(a.truth == k) for k in range(len(self.labels))]
            for m, a in self.answers.items()
        }

    def drawn(
        self, modality: FusedModality, wanted: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """For each place of a label (moment,), an item of it."""
        pools = self._by_label[modality]
        sizes = np.array([len(p) for p in pools])
        places = (rng.random(len(wanted)) * sizes[wanted]).astype(int)
        padded = np.zeros((len(pools), sizes.max()), int)
        for row, pool in enumerate(pools):
            padded[row, : len(pool)] = pool
        return padded[wanted, places]

    def arrays(self, items: np.ndarray, present: np.ndarray, condition: np.ndarray) -> MomentArrays:
        """Moments of chosen items.

        Args:
            items: (moment, modality) numbers
            present: (moment, modality) bool
            condition: (moment, modality) place in `conditions`
        """
        shape = present.shape
        probabilities = np.full((*shape, len(self.labels)), 1 / len(self.labels))
        there = present.copy()
        features: dict[FusedModality, np.ndarray] = {}
        for place, m in enumerate(FUSED):
            chosen = condition[:, place], items[:, place]
            said = self._mapped[m][chosen]
            there[:, place] &= self._answered[m][chosen]
            probabilities[there[:, place], place] = said[there[:, place]]
            read = np.zeros((len(items), feature_width(self.encoders[m])), np.float32)
            read[there[:, place]] = self._features[m][chosen][there[:, place]]
            features[m] = read
        return MomentArrays(self.labels, probabilities, there.astype(np.float64), features)

    def composed(
        self,
        truth: np.ndarray,
        present: np.ndarray,
        rng: np.random.Generator,
        condition: np.ndarray | None = None,
        swapped: np.ndarray | None = None,
    ) -> Composed:
        """Moments of given labels.

        Args:
            truth: (moment,) places of labels
            present: (moment, modality) bool
            rng: draws the items
            condition: (moment, modality) place in `conditions`; None: clean
            swapped: (moment,) place of the modality that is of another label; -1 or None: none

        Moments that are left with no modality, since a spoilt one gave no answer, are dropped.
        """
        count = len(truth)
        swapped = np.full(count, -1) if swapped is None else swapped
        other = (truth + rng.integers(1, len(self.labels), count)) % len(self.labels)
        items = np.stack(
            [
                self.drawn(m, np.where(swapped == place, other, truth), rng)
                for place, m in enumerate(FUSED)
            ],
            1,
        )
        used = np.zeros((count, len(FUSED)), int) if condition is None else condition
        arrays = self.arrays(items, present, used)
        groups = self.answers["audio"].group[items[:, FUSED.index("audio")]]
        whole = Composed(arrays, truth, items, swapped, groups)
        left = arrays.present.any(1)
        return whole if left.all() else whole.take(np.flatnonzero(left))

    def training(self, config: MomentsConfig, rng: np.random.Generator) -> Composed:
        """Moments of an epoch: some modalities dropped, some items spoilt or swapped."""
        count = config.train
        truth = rng.integers(0, len(self.labels), count)
        present = rng.random((count, len(FUSED))) >= config.dropped
        kept = rng.integers(0, len(FUSED), count)
        present[np.arange(count), kept] = True
        spoilt = rng.random((count, len(FUSED))) < config.spoilt
        kinds = np.array([len(SPOILT[m]) for m in FUSED])
        condition = spoilt * (1 + (rng.random(spoilt.shape) * kinds).astype(int))
        swapped = np.where(rng.random(count) < config.swapped, rng.integers(0, 3, count), -1)
        swapped = np.where(present.sum(1) == len(FUSED), swapped, -1)
        return self.composed(truth, present, rng, condition, swapped)

    def each_subset(
        self, count: int, seed: int, subsets: Iterable[Sequence[FusedModality]] = SUBSETS
    ) -> Composed:
        """About `count` clean moments, over the subsets alike and uniform over labels."""
        rng = np.random.default_rng(seed)
        masks = np.array([[m in s for m in FUSED] for s in subsets])
        each = max(1, count // len(masks))
        present = np.repeat(masks, each, axis=0)
        truth = np.resize(np.arange(len(self.labels)), len(present))
        return self.composed(truth, present, rng)


def presence_of(subset: Sequence[FusedModality], count: int) -> np.ndarray:
    """(count, modality) bool."""
    return np.tile([m in subset for m in FUSED], (count, 1))
