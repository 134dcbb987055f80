"""How far a text model's answer moves when only the person who is spoken of changes."""

from collections.abc import Callable

import numpy as np

from ..text.pipeline import TextModel
from .fairness import Check, FairnessPart, SliceRate, corrected_together
from .fairness_sentences import SEXES, TEMPLATES, Person, people, sentence
from .metrics import PERCENTILES, Interval
from .slices import Gap

SAMPLES, FLIPS = 1000, 1999
PROTOCOL = (
    "{templates} sentences written for this test, half of them of nothing that is felt, each with "
    "{pairs} pairs of a woman and a man (she and he, kin, first names): what is answered when "
    "nothing but the person changes. A difference between the sexes is compared with those where "
    "the two of each pair change places at random ({flips:,} times), corrected for the number of "
    "labels (Holm), since each name moves the answer by itself. `Moved` is the total variation "
    "between two answers: 0 the same, 1 wholly another; beside it what another person of the same "
    "sex moves. Intervals: bootstrap of pairs for probabilities, of sentences for what is moved."
)
LIMITS = (
    "A few dozen English sentences and names, written for this test: they show whether an answer "
    "hangs on who is spoken of, not how often that happens in texts of yours. Names tell sex, "
    "origin and age at once. People who are neither she nor he do not occur."
)
OnProgress = Callable[[int, int], None]


def answers_for_people(
    model: TextModel, persons: list[Person], on_progress: OnProgress | None = None
) -> np.ndarray:
    """(template, person, label) probabilities as they are served."""
    answered = []
    for place, template in enumerate(TEMPLATES):
        scores = model.predict([sentence(template, person) for person in persons])
        answered.append(np.stack([s.probabilities for s in scores]))
        if on_progress:
            on_progress(place + 1, len(TEMPLATES))
    return np.stack(answered)


def moved(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Total variation between answers (..., label): 0 the same, 1 wholly another."""
    return np.abs(first - second).sum(-1) / 2


def _interval(values: np.ndarray, rng: np.random.Generator) -> Interval:
    """Of the mean of values of templates or pairs, by a bootstrap of these."""
    drawn = values[rng.integers(len(values), size=(SAMPLES, len(values)))].mean(1)
    low, high = np.percentile(drawn, PERCENTILES)
    return float(low), float(high)


def sign_flip(values: np.ndarray, rng: np.random.Generator) -> float:
    """P-value of a mean of (pair,) differences as far from 0, if who is the woman were chance.

    The two people of each pair change places at random.
    """
    flipped = (rng.choice([-1.0, 1.0], (FLIPS, len(values))) * values).mean(1)
    beyond = int((np.abs(flipped) >= abs(values.mean()) - 1e-12).sum())
    return (1 + beyond) / (1 + FLIPS)


def _by_sex(persons: list[Person]) -> tuple[np.ndarray, np.ndarray]:
    """Places of women and of the men who are paired with them."""
    place = {(p.kind, p.pair, p.sex): i for i, p in enumerate(persons)}
    keys = [(p.kind, p.pair) for p in persons if p.sex == SEXES[0]]
    women, men = ([place[(*key, sex)] for key in keys] for sex in SEXES)
    return np.array(women), np.array(men)


def _others_of_a_sex(persons: list[Person]) -> np.ndarray:
    """(pair, 2) places of two people of one sex and one kind."""
    return np.array(
        [
            (i, j)
            for i, a in enumerate(persons)
            for j, b in enumerate(persons)
            if i < j and a.sex == b.sex and a.kind == b.kind
        ]
    )


def _label_check(label: str, women: np.ndarray, men: np.ndarray, rng: np.random.Generator) -> Check:
    """Mean probability of a label by sex; (template, pair) each."""
    by_pair = (women - men).mean(0)
    means = {sex: values.mean(0) for sex, values in zip(SEXES, (women, men), strict=True)}
    low, high = sorted(SEXES, key=lambda sex: float(means[sex].mean()))
    p_value = sign_flip(by_pair, rng)
    gap = Gap(low, high, float(abs(by_pair.mean())), p_value, p_value)
    slices = {
        sex: SliceRate(women.size, float(values.mean()), _interval(values, rng))
        for sex, values in means.items()
    }
    return Check("sex", f"mean probability of {label}", slices, gap, "pairs", FLIPS)


def _measured(values: np.ndarray, rng: np.random.Generator) -> list[float]:
    """Mean and interval of (template, pair) values."""
    return [float(values.mean()), *_interval(values.mean(1), rng)]


def text_fairness(model: TextModel, on_progress: OnProgress | None = None) -> FairnessPart:
    """Answer the same sentences of women and of men.

    Args:
        model: opened from its bundle
        on_progress: called with (templates done, templates)

    Source: counterfactual sentences as in the Equity Evaluation Corpus (Kiritchenko and
    Mohammad, *SEM 2018); the sentences are this project's own.
    """
    persons, rng = people(), np.random.default_rng(0)
    answers = answers_for_people(model, persons, on_progress)
    women, men = (answers[:, places] for places in _by_sex(persons))
    one, other = (answers[:, places] for places in _others_of_a_sex(persons).T)
    across, within = moved(women, men), moved(one, other)
    changed = {
        "another sex": women.argmax(-1) != men.argmax(-1),
        "another person of the same sex": one.argmax(-1) != other.argmax(-1),
    }
    checks = [
        _label_check(label, women[..., k], men[..., k], rng) for k, label in enumerate(model.labels)
    ]
    return FairnessPart(
        title="The same sentence about a woman and a man",
        protocol=PROTOCOL.format(templates=len(TEMPLATES), pairs=len(women[0]), flips=FLIPS),
        limits=LIMITS,
        checks=corrected_together(checks),
        facts={
            "moved by another sex": _measured(across, rng),
            "moved by another person of the same sex": _measured(within, rng),
            "moved furthest by another sex": [float(across.max())],
            **{
                f"other top label for {name}": _measured(values.astype(float), rng)
                for name, values in changed.items()
            },
        },
    )
