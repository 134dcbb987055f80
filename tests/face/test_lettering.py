"""Texts in fonts that may or may not be there."""

import numpy as np
import pytest
from PIL import Image

from emotion_core.face import lettering
from emotion_core.face.lettering import (
    CUT,
    cut_to,
    lettered,
    symbol_picture,
    width_of,
    wrapped,
    write,
)

LONG = "a line that goes on and on and says nothing much but that it is long"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer without fonts."""
    monkeypatch.setattr(lettering, "FONTS", ())
    monkeypatch.setattr(lettering, "COLOUR_FONTS", ())
    for cached in (lettered, symbol_picture):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _forget():
    yield
    for cached in (lettered, symbol_picture):
        cached.cache_clear()


@pytest.mark.usefixtures("bare")
def test_without_fonts_accents_fall_and_the_rest_is_asked_for():
    found = lettered("schön, 喜び!", 16)
    assert found.text == "schon, ?!"
    assert not found.whole
    assert lettered("plain words", 16).whole
    assert not symbol_picture("😊", 20).any()


@pytest.mark.parametrize("text", ["naïve café", "Привет", "喜び", "مرحبا", "plain", ""])
def test_a_text_is_written_whole_or_is_said_not_to_be(text: str):
    found = lettered(text, 16)
    assert (found.text == text) == found.whole


def test_symbols_and_breaks_within_words_are_left_out():
    assert lettered("so\nglad 😊 you\tcame", 16).text == "so glad you came"


@pytest.mark.parametrize("width", [0, 20, 100, 300])
def test_what_is_cut_fits_and_says_so(width: int):
    found = cut_to(LONG, 16, width)
    assert width_of(found, 16) <= width
    assert found == "" or found.endswith(CUT)
    assert cut_to("short", 16, 500) == "short"


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_rows_hold_the_words_in_order_and_each_fits(rows: int):
    found = wrapped(LONG, 16, 200, rows)
    assert len(found) <= rows
    assert all(width_of(row, 16) <= 200 for row in found)
    assert LONG.startswith(" ".join(found).rstrip(CUT))
    assert " ".join(wrapped(LONG, 16, 200, 9)) == LONG


def test_a_word_that_is_wider_than_the_row_is_cut():
    assert all(
        width_of(row, 16) <= 40 for row in wrapped("incomprehensibilities abound", 16, 40, 2)
    )


def test_letters_lie_where_they_were_put():
    sheet = Image.new("RGB", (200, 60))
    write(sheet, "mmm", 50, 30, 16, (255, 255, 255))
    rows, columns = np.argwhere(np.asarray(sheet).max(2)).T
    assert 50 <= columns.min() <= 54
    assert columns.max() <= 50 + width_of("mmm", 16)
    assert rows.min() > 18
    assert rows.max() < 42
