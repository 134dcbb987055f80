"""Label sets of the field and the mappings between them; the only home of label strings.

A model's own labels travel in its bundle. These sets are what answers can be mapped to
(`--labels EKMAN7`) and what the rest of the project names a label by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .errors import InvalidInput, LabelMismatch

ADMIRATION = "admiration"
AMUSEMENT = "amusement"
ANGER = "anger"
ANNOYANCE = "annoyance"
APPROVAL = "approval"
CARING = "caring"
CONFUSION = "confusion"
CURIOSITY = "curiosity"
DESIRE = "desire"
DISAPPOINTMENT = "disappointment"
DISAPPROVAL = "disapproval"
DISGUST = "disgust"
EMBARRASSMENT = "embarrassment"
EXCITEMENT = "excitement"
FEAR = "fear"
GRATITUDE = "gratitude"
GRIEF = "grief"
JOY = "joy"
LOVE = "love"
NERVOUSNESS = "nervousness"
NEUTRAL = "neutral"
OPTIMISM = "optimism"
PRIDE = "pride"
REALIZATION = "realization"
RELIEF = "relief"
REMORSE = "remorse"
SADNESS = "sadness"
SURPRISE = "surprise"

ANGRY = "angry"
HAPPY = "happy"
SAD = "sad"

CALM = "calm"

BOREDOM = "boredom"
CONTEMPT = "contempt"
EMPTY = "empty"
ENTHUSIASM = "enthusiasm"
FUN = "fun"
HAPPINESS = "happiness"
HATE = "hate"
WORRY = "worry"

EMOTION6 = (SADNESS, JOY, LOVE, ANGER, FEAR, SURPRISE)
"""`dair-ai/emotion` (Saravia et al., EMNLP 2018), in its order."""

EKMAN7 = (ANGER, DISGUST, FEAR, JOY, NEUTRAL, SADNESS, SURPRISE)
"""Ekman's six basic emotions and neutral."""

GOEMOTIONS28 = (
    ADMIRATION, AMUSEMENT, ANGER, ANNOYANCE, APPROVAL, CARING, CONFUSION, CURIOSITY, DESIRE,
    DISAPPOINTMENT, DISAPPROVAL, DISGUST, EMBARRASSMENT, EXCITEMENT, FEAR, GRATITUDE, GRIEF, JOY,
    LOVE, NERVOUSNESS, OPTIMISM, PRIDE, REALIZATION, RELIEF, REMORSE, SADNESS, SURPRISE, NEUTRAL,
)  # fmt: skip
"""GoEmotions (Demszky et al., ACL 2020): 27 emotions and neutral, in its order."""

IEMOCAP4 = (ANGRY, HAPPY, SAD, NEUTRAL)
"""The four classes that IEMOCAP studies report (happy holds excited)."""

RAVDESS8 = (NEUTRAL, CALM, JOY, SADNESS, ANGER, FEAR, DISGUST, SURPRISE)
"""RAVDESS (Livingstone and Russo, PLoS ONE 2018), in the order of its codes."""

FERPLUS8 = (NEUTRAL, JOY, SURPRISE, SADNESS, ANGER, DISGUST, FEAR, CONTEMPT)
"""FER+ (Barsoum et al., ICMI 2016), in the order of its columns of votes."""

TWEETS13 = (
    ANGER, BOREDOM, EMPTY, ENTHUSIASM, FUN, HAPPINESS, HATE, LOVE, NEUTRAL, RELIEF, SADNESS,
    SURPRISE, WORRY,
)  # fmt: skip
"""`tweet_emotions` (CrowdFlower, The Emotion in Text)."""

TWEETS5 = (HAPPINESS, LOVE, NEUTRAL, SADNESS, WORRY)
"""The five classes that the 13 of `tweet_emotions` are merged to."""

LABEL_SETS: Mapping[str, tuple[str, ...]] = {
    "EMOTION6": EMOTION6,
    "EKMAN7": EKMAN7,
    "FERPLUS8": FERPLUS8,
    "GOEMOTIONS28": GOEMOTIONS28,
    "IEMOCAP4": IEMOCAP4,
    "RAVDESS8": RAVDESS8,
    "TWEETS13": TWEETS13,
    "TWEETS5": TWEETS5,
}

EKMAN_FAMILY: Mapping[str, str] = {
    **dict.fromkeys((ANGER, ANNOYANCE, DISAPPROVAL, ANGRY, HATE), ANGER),
    DISGUST: DISGUST,
    **dict.fromkeys((FEAR, NERVOUSNESS, WORRY), FEAR),
    **dict.fromkeys(
        (JOY, AMUSEMENT, APPROVAL, EXCITEMENT, GRATITUDE, LOVE, OPTIMISM, RELIEF, PRIDE,
         ADMIRATION, DESIRE, CARING, HAPPY, HAPPINESS, ENTHUSIASM, FUN),
        JOY,
    ),
    **dict.fromkeys((SADNESS, DISAPPOINTMENT, EMBARRASSMENT, GRIEF, REMORSE, SAD), SADNESS),
    **dict.fromkeys((SURPRISE, REALIZATION, CONFUSION, CURIOSITY), SURPRISE),
    **dict.fromkeys((NEUTRAL, BOREDOM, EMPTY, CALM), NEUTRAL),
}  # fmt: skip
"""Label -> member of `EKMAN7`; for GoEmotions this is the data set's own mapping."""

LABEL_OF_WORD: Mapping[str, str] = {
    **{label: label for label in EKMAN_FAMILY},
    ANGRY: ANGER, "disgusted": DISGUST, "fearful": FEAR, HAPPY: JOY, HAPPINESS: JOY, SAD: SADNESS,
    "surprised": SURPRISE, "ps": SURPRISE, "pleasant surprise": SURPRISE,
    "pleasant surprised": SURPRISE, "bored": BOREDOM, "excited": EXCITEMENT,
}  # fmt: skip
"""Word of a data set, in lower case -> label, one for each emotion (not both joy and happy)."""

LEAST_KEPT = 0.5
"""share of an answer that must have a place in another label set, or it is uncertain there"""


@dataclass(frozen=True, eq=False)
class LabelMapping:
    """Carries probabilities from one label set to another.

    Each source label goes to one target label; the probabilities of source labels that
    meet in one target are added, those of labels without a target are dropped and the
    rest is scaled to sum to 1 again.

    Example:
        >>> carry = LabelMapping(("joy", "love"), ("happy",), {"joy": "happy", "love": "happy"})
        >>> dict(carry.merged)
        {'happy': ('joy', 'love')}
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    table: Mapping[str, str]
    """source label -> target label; a source label that is absent is dropped"""
    merged: Mapping[str, tuple[str, ...]] = field(init=False)
    """target label -> the source labels that can no longer be told apart"""
    dropped: tuple[str, ...] = field(init=False)
    """source labels that have no place in the target"""
    unreachable: tuple[str, ...] = field(init=False)
    """target labels that this mapping can never answer"""

    def __post_init__(self) -> None:
        if unknown := set(self.table) - set(self.source) | set(self.table.values()) - set(
            self.target
        ):
            raise LabelMismatch(f"the mapping names labels of neither set: {sorted(unknown)}")
        groups = {t: tuple(s for s in self.source if self.table.get(s) == t) for t in self.target}
        object.__setattr__(self, "merged", {t: g for t, g in groups.items() if len(g) > 1})
        object.__setattr__(self, "dropped", tuple(s for s in self.source if s not in self.table))
        object.__setattr__(self, "unreachable", tuple(t for t, g in groups.items() if not g))

    @cached_property
    def matrix(self) -> np.ndarray:
        """(source, target) of 0 and 1."""
        rows = [[float(self.table.get(s) == t) for t in self.target] for s in self.source]
        return np.array(rows).reshape(len(self.source), len(self.target))

    def kept(self, probabilities: np.ndarray) -> np.ndarray:
        """Share of the probability that the target has a place for, (..., label) -> (...)."""
        return np.asarray((probabilities @ self.matrix).sum(-1))

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Map probabilities, (..., source) to (..., target), each row summing to 1.

        Where nothing of a row is kept, the answer is uniform over the reachable labels.
        """
        mapped = probabilities @ self.matrix
        kept = mapped.sum(-1, keepdims=True)
        reachable = self.matrix.any(0)
        return np.where(kept > 0, mapped / np.where(kept > 0, kept, 1), reachable / reachable.sum())

    def noisy_or(self, presence: np.ndarray) -> np.ndarray:
        """P(at least one label of the group is present), (..., source) to (..., target)."""
        absent = np.log1p(-np.clip(presence, 0, 1 - 1e-12))
        return -np.expm1(absent @ self.matrix)

    def loss(self) -> str:
        """What the mapping loses, in words."""
        parts = [f"{t} stands for {', '.join(g)}" for t, g in self.merged.items()]
        if self.dropped:
            parts.append(f"{', '.join(self.dropped)} dropped")
        if self.unreachable:
            parts.append(f"{', '.join(self.unreachable)} never answered")
        return "; ".join(parts) or "nothing"


_IEMOCAP_OF_EKMAN = {ANGER: ANGRY, JOY: HAPPY, SADNESS: SAD, NEUTRAL: NEUTRAL}
_TWEETS_OF_EKMAN = {JOY: HAPPINESS, NEUTRAL: NEUTRAL, SADNESS: SADNESS, FEAR: WORRY}
_OWN_CLASS = {
    EMOTION6: {LOVE: LOVE, DESIRE: LOVE, CARING: LOVE},
    TWEETS5: {
        LOVE: LOVE, DESIRE: LOVE, CARING: LOVE,
        **dict.fromkeys((NERVOUSNESS, ANGER, HATE), WORRY),
        SURPRISE: NEUTRAL,
    },
}  # fmt: skip
"""Labels that some sets hold apart from their Ekman family."""


def _target_of(label: str, target: tuple[str, ...]) -> str | None:
    own = _OWN_CLASS.get(target, {})
    if label in own:
        return own[label]
    if label in target:
        return label
    family = EKMAN_FAMILY.get(label)
    if target == IEMOCAP4:
        family = _IEMOCAP_OF_EKMAN.get(family or "")
    elif target == TWEETS5:
        family = _TWEETS_OF_EKMAN.get(family or "")
    return family if family in target else None


def label_set(name: str) -> tuple[str, ...]:
    """Ordered labels of the set of that name.

    Raises:
        InvalidInput: if there is no such set

    Example:
        >>> label_set("IEMOCAP4")
        ('angry', 'happy', 'sad', 'neutral')
    """
    if name.upper() not in LABEL_SETS:
        raise InvalidInput(f"no label set {name!r}; choose one of {', '.join(LABEL_SETS)}")
    return LABEL_SETS[name.upper()]


def label_of(word: str) -> str:
    """The label that a data set's word means; a word that is not known stays as it is.

    Example:
        >>> label_of("Pleasant_surprise"), label_of("fearful"), label_of("smug")
        ('surprise', 'fear', 'smug')
    """
    return LABEL_OF_WORD.get(word.strip().lower().replace("_", " "), word)


def ordered(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in the order of the known set that has exactly these; else sorted.

    Example:
        >>> ordered({"sad", "happy", "neutral", "angry"})
        ('angry', 'happy', 'sad', 'neutral')
    """
    found = set(labels)
    known = (names for names in LABEL_SETS.values() if set(names) == found)
    return next(known, tuple(sorted(found)))


def mapping(source: Sequence[str], target: Sequence[str]) -> LabelMapping:
    """The mapping between two label sets, through the Ekman families.

    Raises:
        LabelMismatch: if no source label has a place in the target

    Example:
        >>> mapping(EMOTION6, EKMAN7).loss()
        'joy stands for joy, love; disgust, neutral never answered'
    """
    source, target = tuple(source), tuple(target)
    if source == target:
        return LabelMapping(source, target, dict(zip(source, target, strict=True)))
    table = {s: t for s in source if (t := _target_of(s, target)) is not None}
    if not table:
        raise LabelMismatch(f"none of {', '.join(source)} has a place in {', '.join(target)}")
    return LabelMapping(source, target, table)
