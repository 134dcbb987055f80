import av
import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face.canvas import Canvas
from tests.face.films import corners_of, number_of, numbered


def as_rgb(frame: np.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")


def test_a_frame_that_fits_is_drawn_as_it_is():
    canvas = Canvas(as_rgb(numbered(9)), 1.0, 160)
    assert (canvas.size_wh, canvas.scale) == ((160, 120), 1.0)
    assert np.array_equal(canvas.draw(as_rgb(numbered(9))), numbered(9))


def test_shrinking_takes_the_mean_of_an_area():
    frame = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    canvas = Canvas(as_rgb(frame), 1.0, 16)
    assert (canvas.size_wh, canvas.scale) == ((64, 48), 0.25)
    expected = frame.reshape(12, 4, 16, 4, 3).mean((1, 3))
    assert np.abs(canvas.draw(as_rgb(frame)) - expected).max() <= 2


@pytest.mark.parametrize("size_wh", [(160, 120), (161, 121), (33, 77), (1, 1), (1000, 3)])
@pytest.mark.parametrize("aspect", [1.0, 4 / 3, 0.5])
def test_every_size_is_drawn_in_one_shape(size_wh, aspect):
    canvas = Canvas(as_rgb(numbered(0)), aspect, 100)
    shape = canvas.draw(as_rgb(numbered(0))).shape
    assert max(shape) == 100
    drawn = canvas.draw(as_rgb(np.full((*size_wh[::-1], 3), 200, np.uint8)))
    assert drawn.shape == shape
    lit = drawn.max(2) > 100
    assert lit.all(0).any() or lit.all(1).any()  # it reaches two edges
    middle = [places.mean() for places in np.nonzero(lit)]
    assert middle == pytest.approx([(side - 1) / 2 for side in lit.shape], abs=0.5)


def test_a_frame_of_another_size_lies_in_the_middle():
    canvas = Canvas(as_rgb(numbered(0)), 1.0, 160)
    drawn = canvas.draw(as_rgb(numbered(5, 90, 120)))
    assert not drawn[:, :35].any()
    assert not drawn[:, 125:].any()
    assert corners_of(drawn[:, 35:125]) == "RGWB"
    assert number_of(drawn[:, 35:125]) == 5


def test_colours_that_cannot_become_rgb():
    frame = av.VideoFrame(64, 64, "y210be")
    with pytest.raises(InvalidInput, match="colours that become RGB, got frames of y210be; export"):
        Canvas(frame, 1.0, 64).draw(frame)
