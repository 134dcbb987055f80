"""Drawing on frames: where the ink is, what it hides, and pictures of every size."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face.draw import (
    OTHER_COLOUR,
    RGB,
    ascii_text,
    blur_faces,
    draw_faces,
    readable_on,
)
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.labels import EKMAN7
from emotion_core.types import EmotionScores, Faces

COLOURS: dict[str, RGB] = {"joy": (250, 151, 0), "sadness": (0, 90, 181), "anger": (178, 24, 0)}
ASTRONAUT = (170, 70, 275, 195)
"""where her face is"""


def faces_at(*boxes: tuple[float, ...], ids: tuple[int, ...] = ()) -> Faces:
    count = len(boxes)
    return Faces(
        np.array(boxes, float).reshape(-1, 4),
        np.ones(count),
        np.array(ids or [0] * count),
        np.full((count, 5, 2), np.nan),
    )


def answer(label: str = "joy", probability: float = 0.8, uncertain: bool = False) -> EmotionScores:
    p = np.full(len(EKMAN7), (1 - probability) / (len(EKMAN7) - 1))
    p[EKMAN7.index(label)] = probability
    return EmotionScores(EKMAN7, p, uncertain=uncertain)


def grey(width: int = 640, height: int = 480, level: int = 128) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def is_ink(frame: np.ndarray, colour: RGB) -> np.ndarray:
    """(height, width) where the frame has exactly a colour."""
    return (frame == np.array(colour, np.uint8)).all(-1)


def test_a_face_without_an_answer_has_its_box_and_number_alone():
    frame = draw_faces(grey(), faces_at((100, 100, 200, 220), ids=(3,)), [None], COLOURS, bars=True)
    assert is_ink(frame, OTHER_COLOUR).any()
    assert not is_ink(frame, COLOURS["joy"]).any()
    np.testing.assert_array_equal(frame[:, 260:], grey()[:, 260:])


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Texts that were written, and the rectangle that each takes."""
    written = []
    put = cv2.putText

    def note(frame, text, place, font, scale, colour, stroke, line):
        (width, height), _ = cv2.getTextSize(text, font, scale, stroke)
        written.append((text, (place[0], place[1] - height, place[0] + width, place[1])))
        return put(frame, text, place, font, scale, colour, stroke, line)

    monkeypatch.setattr(cv2, "putText", note)
    return written


def covers(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return max(a[0], b[0]) < min(a[2], b[2]) and max(a[1], b[1]) < min(a[3], b[3])


def test_a_box_has_the_colour_of_its_emotion_along_all_four_sides() -> None:
    frame = grey()
    drawn = draw_faces(frame, faces_at((200, 150, 300, 280)), [answer("joy")], COLOURS)
    ink = is_ink(drawn, COLOURS["joy"])
    for part in (ink[155:275, 198:204], ink[155:275, 296:302]):
        assert part.any(1).all()
    for part in (ink[148:154, 205:295], ink[276:282, 205:295]):
        assert part.any(0).all()
    assert (drawn[170:260, 220:280] == frame[170:260, 220:280]).all()
    assert (frame == 128).all()


def test_an_uncertain_answer_is_dashed_hollow_and_says_so(
    writing: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    box = faces_at((200, 150, 300, 280))
    sure = draw_faces(grey(), box, [answer("joy", 0.8)], COLOURS)
    unsure = draw_faces(grey(), box, [answer("joy", 0.4, uncertain=True)], COLOURS)
    assert [text for text, _ in writing] == ["#1 joy 80%", "#1 joy 40% uncertain"]
    left = [is_ink(f, COLOURS["joy"])[155:275, 198:204].any(1) for f in (sure, unsure)]
    assert left[0].all()
    assert 0.4 < left[1].mean() < 0.8
    gaps = np.flatnonzero(np.diff(left[1].astype(int)) == -1)
    assert len(gaps) >= 4
    plates = [is_ink(f, COLOURS["joy"])[125:148].sum() for f in (sure, unsure)]
    assert plates[0] > 3 * plates[1] > 0


def test_faces_have_the_number_of_their_track_or_of_their_place(
    writing: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    boxes = ((50, 150, 150, 280), (400, 150, 500, 280))
    draw_faces(grey(), faces_at(*boxes), [answer(), answer()])
    draw_faces(grey(), faces_at(*boxes, ids=(7, 3)), [answer(), answer()])
    assert [text[:2] for text, _ in writing] == ["#1", "#2", "#7", "#3"]


def test_a_label_without_a_colour_takes_the_neutral_one() -> None:
    drawn = draw_faces(grey(), faces_at((200, 150, 300, 280)), [answer("fear")], COLOURS)
    assert is_ink(drawn, OTHER_COLOUR)[155:275, 198:204].any(1).all()


@pytest.mark.parametrize("level", [0, 64, 128, 192, 255])
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (0, 90, 181), (124, 135, 148)])
def test_box_and_caption_stand_out_from_every_ground(level: int, colour: RGB) -> None:
    drawn = draw_faces(
        grey(level=level), faces_at((200, 150, 300, 280)), [answer()], {"joy": colour}
    )
    for part in (drawn[200:220, 190:210], drawn[120:150, 195:330]):
        luminance = np.array([_luminance(c) for c in np.unique(part.reshape(-1, 3), axis=0)])
        ground = _luminance(np.full(3, level))
        ratios = np.maximum(luminance, ground) + 0.05, np.minimum(luminance, ground) + 0.05
        assert (ratios[0] / ratios[1]).max() > 2.1
    assert _contrast(colour, readable_on(colour)) >= 4.5


def _luminance(colour: np.ndarray | RGB) -> float:
    """Relative luminance of WCAG 2.2."""
    v = np.asarray(colour) / 255
    return float(
        np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    )


def _contrast(a: RGB, b: RGB) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "boxes",
    [
        [(20, 80, 100, 180), (90, 85, 170, 185), (160, 90, 250, 190)],
        [(0, 0, 60, 70), (62, 0, 120, 70), (580, 0, 640, 70), (560, 420, 640, 480)],
        [(100, 100, 180, 200), (104, 104, 184, 204)],
    ],
)
def test_captions_of_neighbours_do_not_cover_each_other(
    boxes: list[tuple[int, ...]], writing: list[tuple[str, tuple[int, int, int, int]]]
) -> None:
    draw_faces(grey(), faces_at(*boxes), [answer(uncertain=i == 1) for i in range(len(boxes))])
    places = [place for _, place in writing]
    assert len(places) == len(boxes)
    assert not [pair for pair in combinations(places, 2) if covers(*pair)]
    for left, top, right, bottom in places:
        assert 0 <= left < right <= 640
        assert 0 <= top < bottom <= 480


def test_in_a_crowd_captions_get_shorter_and_stay_apart(
    writing: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    boxes = [
        (x * 64, y * 110 + 30, x * 64 + 50, y * 110 + 100) for x in range(10) for y in range(4)
    ]
    draw_faces(grey(), faces_at(*boxes), [answer()] * len(boxes))
    assert len(writing) == len(boxes)
    assert {"#1 joy 80%", "joy 80%"} <= {text for text, _ in writing}
    pairs = list(combinations([place for _, place in writing], 2))
    assert not [pair for pair in pairs if covers(*pair)]


@pytest.mark.parametrize("size_wh", [(1, 1), (16, 16), (60, 60), (5, 400), (400, 5), (6000, 4000)])
def test_pictures_of_every_size(
    size_wh: tuple[int, int], writing: list[tuple[str, tuple[int, int, int, int]]]
) -> None:
    width, height = size_wh
    frame = grey(width, height)
    box = (0.3 * width, 0.3 * height, 0.7 * width, 0.8 * height)
    for uncertain in (False, True):
        drawn = draw_faces(frame, faces_at(box), [answer(uncertain=uncertain)], COLOURS, bars=True)
        assert drawn.shape == frame.shape
        assert (drawn != frame).any()
    for _, (left, top, right, bottom) in writing:
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
    assert blur_faces(frame, faces_at(box)).shape == frame.shape


def test_ink_grows_with_the_picture(
    writing: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    shares, widths = [], []
    for scale in (1, 4):
        width, height = 640 * scale, 480 * scale
        box = tuple(scale * v for v in (200, 150, 300, 280))
        drawn = draw_faces(grey(width, height), faces_at(box), [answer()], COLOURS)
        widths.append(is_ink(drawn, COLOURS["joy"])[215 * scale, : 250 * scale].sum())
        shares.append((writing[-1][1][3] - writing[-1][1][1]) / height)
    assert 2.5 * widths[0] < widths[1] < 5 * widths[0]
    assert shares[1] == pytest.approx(shares[0], rel=0.25)
    assert 0.015 < shares[0] < 0.05


@pytest.mark.parametrize("ground", [(128, 128), (0, 255)])
def test_a_box_over_the_edge_stays_within_the_picture(ground: tuple[int, int]) -> None:
    frame = grey()
    frame[:, ::2], frame[:, 1::2] = ground
    drawn = draw_faces(frame, faces_at((-90, -60, 120, 5000)), [answer()], COLOURS)
    ink = is_ink(drawn, COLOURS["joy"])
    assert ink[100:470, :5].any(1).all()
    assert ink[:, 50].any()
    assert ink[-6:, 10:110].any(0).all()


def test_a_face_outside_of_the_picture_is_not_drawn() -> None:
    boxes = faces_at((700, 10, 800, 90), (-50, -90, -10, -20), (10, 480, 60, 560))
    frame = grey()
    assert (draw_faces(frame, boxes, [answer()] * 3, COLOURS, bars=True) == frame).all()
    assert (blur_faces(frame, boxes) == frame).all()


def test_no_face_changes_nothing() -> None:
    frame = grey()
    assert (draw_faces(frame, Faces.empty(), [], bars=True) == frame).all()
    assert (blur_faces(frame, Faces.empty()) == frame).all()


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Überraschung", "Uberraschung"),
        ("dégoût", "degout"),
        ("łzy ßœ", "lzy ssoe"),
        ("sad\n\tface", "sad face"),
        ("喜び", "?"),
        ("😊 joy", "? joy"),
        ("joy\u200d\ufe0f", "joy"),
        ("x" * 99, "x" * 18 + ".."),
    ],
)
def test_labels_in_every_alphabet(
    label: str, shown: str, writing: list[tuple[str, tuple[int, int, int, int]]]
) -> None:
    scores = EmotionScores((label, "other"), np.array([0.9, 0.1]))
    draw_faces(grey(), faces_at((200, 150, 300, 280)), [scores], bars=True)
    assert [text for text, _ in writing] == [f"#1 {shown} 90%", "#1", shown, "other"]
    assert ascii_text(label).isascii()


def test_bars_are_as_long_as_the_probabilities(
    writing: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    labels = ("joy", "sadness", "anger")
    scores = EmotionScores(labels, np.array([0.6, 0.3, 0.1]))
    box = faces_at((50, 150, 150, 280))
    plain = draw_faces(grey(), box, [scores], COLOURS)
    drawn = draw_faces(grey(), box, [scores], COLOURS, bars=True)
    assert [text for text, _ in writing[2:]] == ["#1", *labels]
    added = (plain != drawn).any(-1)
    lengths = [(is_ink(drawn, COLOURS[x]) & added).sum(1).max() for x in labels]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=2)
    assert lengths[1] == pytest.approx(3 * lengths[2], abs=3)
    columns = np.flatnonzero(added.any(0))
    assert columns[0] >= 150


def test_bars_keep_off_other_faces_and_are_left_out_without_room() -> None:
    box, neighbour = (200, 150, 300, 280), (310, 100, 500, 300)
    two = faces_at(box, neighbour)
    drawn = draw_faces(grey(), two, [answer(), answer()], COLOURS, bars=True)
    plain = draw_faces(grey(), two, [answer(), answer()], COLOURS)
    added = (plain != drawn).any(-1)
    assert added.any()
    assert not added[150:280, 200:300].any()
    assert not added[100:300, 310:500].any()
    filling = faces_at((5, 5, 635, 475))
    scores = [answer()]
    full = draw_faces(grey(), filling, scores, COLOURS, bars=True)
    assert (full == draw_faces(grey(), filling, scores, COLOURS)).all()


def test_many_labels_show_the_most_probable_in_the_models_order(
    writing: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    labels = tuple(f"label{i:02d}" for i in range(28))
    p = np.arange(28) / np.arange(28).sum()
    draw_faces(grey(), faces_at((50, 50, 150, 180)), [EmotionScores(labels, p)], bars=True)
    assert [text for text, _ in writing[2:]] == list(labels[21:])


def test_blur_leaves_nothing_of_a_face(astronaut: np.ndarray) -> None:
    frame = astronaut
    blurred = blur_faces(frame, faces_at(ASTRONAUT))
    left, top, right, bottom = ASTRONAUT
    face = [f[top:bottom, left:right].mean(-1) for f in (frame, blurred)]
    detail = [cv2.Laplacian(f, cv2.CV_64F).var() for f in face]
    assert detail[1] < 0.01 * detail[0]
    # what tells faces apart: all but the coarsest light and shade
    fine = [f - cv2.GaussianBlur(f, (0, 0), f.shape[1] / 16) for f in face]
    assert abs(np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1]) < 0.25
    assert fine[1].std() < 0.25 * fine[0].std()


def test_no_detector_finds_a_blurred_face(mtcnn: Mtcnn, astronaut: np.ndarray) -> None:
    found = mtcnn.detect(astronaut)
    assert len(found) == 1
    assert not len(mtcnn.detect(blur_faces(astronaut, found)))


@pytest.mark.parametrize("side", [6, 24, 100, 400])
def test_blur_keeps_a_few_numbers_of_a_face_of_any_size(side: int) -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (600, 600, 3), np.uint8)
    frame[100 : 100 + side, 100 : 100 + side : 2] = 255
    box = (100, 100, 100 + side, 100 + side)
    part = blur_faces(frame, faces_at(box))[100 : 100 + side, 100 : 100 + side].mean(-1)
    values = np.linalg.svd(part - part.mean(), compute_uv=False)
    assert np.square(values[5:]).sum() < 1e-3 * np.square(values).sum() + 1e-6
    assert np.abs(np.diff(part, axis=1)).max() < 40


def test_blur_covers_the_whole_box_and_leaves_the_rest() -> None:
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 256, (480, 640, 3), np.uint8)
    blurred = blur_faces(frame, faces_at((200, 150, 300, 280)))
    changed = (blurred != frame).any(-1)
    assert changed[150:280, 200:300].mean() > 0.99
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert (rows[0], rows[-1]) == pytest.approx((150 - 0.25 * 130, 280 + 0.25 * 130), abs=3)
    assert (columns[0], columns[-1]) == pytest.approx((175, 325), abs=3)
    wider = (blur_faces(frame, faces_at((200, 150, 300, 280)), margin=0.5) != frame).any(-1)
    assert wider.sum() > 1.5 * changed.sum()


def test_blur_at_the_edge_of_the_picture(astronaut: np.ndarray) -> None:
    frame = astronaut
    blurred = blur_faces(frame, faces_at((-40, -30, 60, 90)))
    assert (blurred[0, 0] != frame[0, 0]).any()
    assert (blurred[200:] == frame[200:]).all()


@pytest.mark.parametrize(
    "frame", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_other_arrays_are_refused(frame: np.ndarray) -> None:
    with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\) of uint8, got"):
        draw_faces(frame, Faces.empty(), [])
    with pytest.raises(InvalidInput, match=r"expected a frame \(height, width, 3\) of uint8, got"):
        blur_faces(frame, Faces.empty())


def test_as_many_scores_as_faces() -> None:
    with pytest.raises(InvalidInput, match="expected scores for 1 faces, got 2"):
        draw_faces(grey(), faces_at((1, 1, 9, 9)), [answer(), answer()])
