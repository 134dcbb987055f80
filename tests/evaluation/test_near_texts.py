"""Near duplicates of texts against a comparison of all with all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.evaluation.near_texts import near_texts

WORDS = "so we went home and she told me that it was a very long day without any rain".split()


def shingles(text: str) -> set[str]:
    padded = text.ljust(5, "\0")
    return {padded[i : i + 5] for i in range(len(padded) - 4)}


def all_with_all(texts: list[str], similar: float) -> set[tuple[int, int]]:
    sets = [shingles(t) for t in texts]
    return {
        (i, j)
        for i in range(len(texts))
        for j in range(i + 1, len(texts))
        if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= similar
    }


def make_texts(seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(1, 14))) for _ in range(120)]
    for text in texts[:60]:  # with a letter changed, or a word added
        place = rng.integers(len(text))
        texts += [text[:place] + "x" + text[place + 1 :], text + " again"]
    return list(dict.fromkeys(texts))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_as_many_as_a_comparison_of_all_with_all(seed: int) -> None:
    texts = make_texts(seed)
    pairs, index = near_texts(texts)
    found, expected = {tuple(sorted(p)) for p in pairs.tolist()}, all_with_all(texts, 0.8)
    assert len(expected) > 40
    assert found == expected
    for (i, j), value in zip(pairs.tolist(), index, strict=True):
        a, b = shingles(texts[i]), shingles(texts[j])
        assert value == pytest.approx(len(a & b) / len(a | b))


def test_across_the_sides_only() -> None:
    texts = make_texts(3)
    held_out = np.arange(len(texts)) % 3 == 0
    pairs, _ = near_texts(texts, held_out)
    expected = {p for p in all_with_all(texts, 0.8) if held_out[p[0]] != held_out[p[1]]}
    assert {tuple(sorted(p)) for p in pairs.tolist()} == expected


def test_a_crowd_of_alike_texts_does_not_multiply() -> None:
    texts = [f"please remember to rate the item with the number {k:05}" for k in range(4000)]
    pairs, _ = near_texts(texts, np.arange(4000) < 2000)
    assert len(set(pairs[:, 0].tolist()) | set(pairs[:, 1].tolist())) > 1900
    assert len(pairs) < 4000 * 25 * 50


@given(st.lists(st.text(max_size=12), max_size=8, unique=True))
def test_any_texts(texts: list[str]) -> None:
    pairs, index = near_texts(texts)
    assert ((index >= 0.8) & (index <= 1)).all()
    assert (pairs[:, 0] < pairs[:, 1]).all()
