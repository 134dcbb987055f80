import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.errors import InvalidInput
from emotion_core.text.clean import MAX_CHARACTERS, clean


@pytest.mark.parametrize(
    "text", ["", " ", "\t\r\n", "\x00\x01\x7f", "\u200b\u200d\ufeff", "\u3000"]
)
def test_nothing_to_read(text):
    with pytest.raises(InvalidInput, match="the text is empty; type or choose a text"):
        clean(text)


@pytest.mark.parametrize("value", [None, 3, b"joy", ["joy"]])
def test_not_a_text(value):
    with pytest.raises(InvalidInput, match=f"expected a text, got {type(value).__name__}"):
        clean(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain ascii stays", "plain ascii stays"),
        ("  single \n\t blanks ", "single blanks"),
        ("be\x00fore\x1bafter", "be fore after"),
        ("😂", "face with tears of joy"),
        ("ok👍🏽!", "ok thumbs up sign !"),
        ("👩\u200d🚀", "woman rocket"),
        ("❤\ufe0f", "heavy black heart"),
        ("cafe\u0301", "caf\u00e9"),
        ("left\u202eright\u202c", "leftright"),
        ("don\u2019t", "don\u2019t"),
        ("أنا سعيد جدا", "أنا سعيد جدا"),
        ("אני שמח", "אני שמח"),
        ("我很高兴", "我很高兴"),
    ],
)
def test_what_the_model_reads(text, expected):
    assert clean(text).text == expected
    assert clean(text).notices == ()


def test_half_an_emoji_is_left_out_and_said():
    cleaned = clean("a\ud83d b 😂")
    assert cleaned.text == "a b face with tears of joy"
    assert cleaned.notices == ("half a character, such as of an emoji, was left out",)


def test_a_megabyte_is_cut_and_said():
    cleaned = clean("joy " * 2**18)
    assert len(cleaned.text) <= MAX_CHARACTERS
    assert cleaned.notices == ("only the first 20,000 of 1,048,576 characters were read",)


def test_the_longest_text_is_not_cut():
    assert clean("a" * MAX_CHARACTERS).notices == ()


@given(st.text(st.characters()))
def test_what_is_left_is_clean(text):
    try:
        cleaned = clean(text).text
    except InvalidInput:
        return
    assert cleaned == " ".join(cleaned.split())
    assert cleaned.encode("utf-8")
    assert not {unicodedata.category(c) for c in cleaned} & {"Cc", "Cf", "Cs", "Co", "So"}


@given(st.text(st.characters()))
def test_cleaning_twice_is_cleaning_once(text):
    try:
        once = clean(text).text
    except InvalidInput:
        return
    assert clean(once).text == once


def test_acute_accent_as_apostrophe():
    assert clean("don\u00b4t").text != "dont"
