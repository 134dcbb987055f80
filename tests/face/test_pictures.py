"""Small pictures: nothing is lost by packing them, and they take less room."""

import pickle

import numpy as np
import pytest

from emotion_core.face.pictures import Pictures
from tests.ui.films import drawn_frames


def test_pictures_come_back_as_they_were():
    given = np.random.default_rng(0).integers(0, 256, (3, 96, 96, 3), np.uint8)
    held = Pictures(given)
    assert len(held) == 3
    np.testing.assert_array_equal(np.stack(list(held)), given)
    np.testing.assert_array_equal(held[-1], given[-1])


def test_a_picture_that_is_not_there():
    with pytest.raises(IndexError):
        Pictures([])[0]
    assert list(Pictures(np.zeros((0, 96, 96, 3), np.uint8))) == []


def test_packed_pictures_are_smaller():
    frames = drawn_frames(4)[:, :96, :96]
    assert len(pickle.dumps(Pictures(frames))) < frames.nbytes / 2
