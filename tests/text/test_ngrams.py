"""The hash of n-grams: fixed, the same in training and serving."""

import numpy as np
import pytest

from emotion_core.text.ngrams import NgramSettings, hashed_ngrams

SETTINGS = NgramSettings(largest=5, words=2, bits=32)
TEXTS = ["so happy today", "我很高兴", "Ich bin so froh 😂", "a", "ሰላም ነው", "so  so so"]


GOLDEN = {
    948245926: 2, 1137666342: 2, 1331538296: 2, 2184056870: 2, 2995520058: 1, 4042172616: 2,
    4061019842: 2,
}  # fmt: skip
"""of "ab ab": a, b, their runs with the blanks around them, the word, and once the pair of words"""


def test_the_hash_never_changes():
    found = hashed_ngrams(["ab ab"], NgramSettings(largest=2, words=2, bits=32))
    assert dict(zip(found.buckets.tolist(), found.counts.tolist(), strict=True)) == GOLDEN


def test_a_text_is_hashed_alike_alone_and_among_others():
    together = hashed_ngrams(TEXTS, SETTINGS)
    for place, text in enumerate(TEXTS):
        alone = hashed_ngrams([text], SETTINGS)
        start, past = together.starts[place : place + 2]
        np.testing.assert_array_equal(together.buckets[start:past], alone.buckets)
        np.testing.assert_array_equal(together.counts[start:past], alone.counts)
    assert together.starts[-1] == len(together.buckets) == len(together.owners)


def test_case_does_not_matter_and_order_of_words_does():
    def buckets(text: str) -> list[int]:
        return hashed_ngrams([text], SETTINGS).buckets.tolist()

    assert buckets("So Happy") == buckets("so happy")
    assert buckets("not so happy") != buckets("so not happy")


def test_runs_of_characters_stay_inside_words():
    apart = hashed_ngrams(["ab cd"], NgramSettings(largest=5, words=0, bits=32))
    alone = hashed_ngrams(["ab", "cd"], NgramSettings(largest=5, words=0, bits=32))
    assert set(apart.buckets.tolist()) == set(alone.buckets.tolist())
    assert apart.counts.sum() == alone.counts.sum()


@pytest.mark.parametrize(("largest", "expected"), [(1, 3), (2, 7), (3, 10), (5, 13)])
def test_every_run_of_a_word_is_read(largest: int, expected: int):
    found = hashed_ngrams(["abc"], NgramSettings(largest, 0, 32))
    assert found.counts.sum() == expected  # of " abc "


@pytest.mark.parametrize("texts", [[], ["😂"], ["\u0301"], ["x" * 30_000]])
def test_odd_texts(texts: list[str]):
    found = hashed_ngrams(texts, SETTINGS)
    assert len(found.starts) == len(texts) + 1
    assert (found.counts > 0).all()


def test_buckets_are_below_their_number():
    found = hashed_ngrams(TEXTS, NgramSettings(bits=8))
    assert found.buckets.max() < 256
    assert len(set(found.buckets.tolist())) > 100
