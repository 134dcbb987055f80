"""Cards, lanes, peaks and the drawn examples."""

import cv2
import numpy as np
import pytest

from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.face.image import read_image
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.face.pipeline import FaceModel, load_face_model
from emotion_core.face.video import VideoStream
from emotion_core.labels import ANGER, EKMAN7, IEMOCAP4, JOY, NEUTRAL
from emotion_core.types import EmotionScores, EmotionTimeline, Faces
from tests.bundles import write_face_bundle
from ui import face_example
from ui.face_card import stacked_bar
from ui.face_drawn import Look
from ui.face_example import FILM_FPS, FILM_S, SCENES, SIZE_WH, example_film, example_picture
from ui.face_people import (
    SEGMENTS_AT_MOST,
    coarser,
    judged_video,
    people_lanes,
    seconds_per_label,
    shown_people,
)
from ui.face_rows import video_rows
from ui.models import FaceChoice
from ui.palette import colour
from ui.player import CurveLane, SpanLane

TIMES_S, DURATION_S = [0.0, 0.21, 0.42, 0.63, 0.84, 1.05], 1.25
"""of a video whose frames lie further apart than was asked for"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> FaceModel:
    return load_face_model(write_face_bundle(tmp_path_factory.mktemp("bundles") / "face"))


def answers(*labels: str, share: float = 0.7) -> np.ndarray:
    """(sample, label) with a share for one label each, the rest spread evenly."""
    rows = np.full((len(labels), len(EKMAN7)), (1 - share) / (len(EKMAN7) - 1))
    rows[np.arange(len(labels)), [EKMAN7.index(label) for label in labels]] = share
    return rows


def person(number: int, times_s: list[float], probabilities: np.ndarray) -> Person:
    times, count = np.array(times_s), len(times_s)
    boxes = np.tile([[10, 10, 50, 60]], (count, 1))
    faces = Faces(boxes, np.ones(count), np.full(count, number), np.full((count, 5, 2), np.nan))
    ends = np.append(TIMES_S[1:], DURATION_S)[np.searchsorted(TIMES_S, times)]
    spans = np.stack([times, ends], axis=1)
    return Person(
        number, times, faces, probabilities, np.zeros(count, bool),
        EmotionScores(EKMAN7, probabilities.mean(0)), EmotionTimeline(spans, probabilities, EKMAN7),
        np.array([count - 1, 0]), np.zeros((2, 96, 96, 3), np.uint8),
    )  # fmt: skip


@pytest.fixture
def analysis() -> VideoAnalysis:
    first = person(1, TIMES_S, answers(*[JOY] * 3, *[ANGER] * 3))
    second = person(2, [0.21, 0.84, 1.05], answers(NEUTRAL, NEUTRAL, JOY, share=0.35))
    return VideoAnalysis(EKMAN7, (first, second), np.array(TIMES_S), DURATION_S, 5.0, (320, 240))


def test_a_bar_is_sorted_named_and_escaped():
    bar = stacked_bar(("a<b", JOY, "none"), np.array([0.3, 0.699, 0.001]))
    assert "a<b" not in bar
    assert bar.index(colour(JOY)) < bar.index("width:30")
    assert f'aria-label="{JOY} 70%, a&lt;b 30%"' in bar
    assert "none" not in bar


def test_only_frames_without_the_face_are_gaps(model: FaceModel, analysis: VideoAnalysis):
    judged = judged_video(FaceChoice(model, EKMAN7, 0.4), analysis)
    first, second = judged.people
    np.testing.assert_allclose(first.timeline.spans_s[1:, 0], first.timeline.spans_s[:-1, 1])
    assert first.seen_s == pytest.approx(1.25)
    np.testing.assert_allclose(second.timeline.spans_s, [[0.21, 0.42], [0.84, 1.05], [1.05, 1.25]])
    assert first.uncertain.tolist() == [False] * 6
    assert second.uncertain.tolist() == [True] * 3
    lanes = people_lanes(judged.people, first, judged.duration_s)
    spans = [lane for lane in lanes if isinstance(lane, SpanLane)]
    assert [span.tip.split()[0] for span in spans[0].spans] == [JOY, ANGER]
    assert [(s.start_s, s.end_s, s.text) for s in spans[1].spans] == [
        (0.21, 0.42, f"{NEUTRAL}?"), (0.84, 1.05, f"{NEUTRAL}?"), (1.05, 1.25, f"{JOY}?"),
    ]  # fmt: skip
    assert len([lane for lane in lanes if isinstance(lane, CurveLane)]) == len(EKMAN7)
    seconds = seconds_per_label(first)
    assert seconds[JOY] == pytest.approx(0.6)
    assert sum(seconds.values()) == pytest.approx(1.2, abs=0.11)


def test_another_label_set_and_its_rows(model: FaceModel, analysis: VideoAnalysis):
    judged = judged_video(FaceChoice(model, IEMOCAP4, 0.4), analysis)
    assert judged.labels == judged.people[0].scores.labels == IEMOCAP4
    frame = video_rows("a.mp4", judged)
    assert frame["start_s"].is_monotonic_increasing
    assert frame["person"].tolist() == [1, 1, 2, 1, 1, 1, 2, 1, 2]
    assert set(frame["label"]) <= set(IEMOCAP4)


def test_those_seen_longest_are_shown(model: FaceModel, monkeypatch: pytest.MonkeyPatch):
    people = tuple(person(i, TIMES_S[:i], answers(*[JOY] * i)) for i in (1, 3, 2))
    video = VideoAnalysis(EKMAN7, people, np.array(TIMES_S), DURATION_S, 5.0, (320, 240))
    monkeypatch.setattr("ui.face_people.PEOPLE_AT_MOST", 2)
    judged = judged_video(FaceChoice(model, EKMAN7, 0.4), video)
    assert [p.track_id for p in shown_people(judged)] == [2, 3]


def test_an_hour_is_thinned_and_keeps_its_gaps():
    times = np.arange(0, 3600, 0.2)
    times = times[(times < 1000) | (times >= 2000)]
    labels = [JOY if t < 1000 else ANGER for t in times]
    timeline = EmotionTimeline(np.stack([times, times + 0.2], 1), answers(*labels), EKMAN7)
    thin, uncertain = coarser(timeline, np.array(times >= 2000), 3600)
    assert 1000 < len(thin) <= SEGMENTS_AT_MOST
    np.testing.assert_allclose(thin.probabilities.sum(1), 1)
    best = [EKMAN7[i] for i in thin.probabilities.argmax(1)]
    starts = thin.spans_s[:, 0]
    assert {label for label, t in zip(best, starts, strict=True) if t < 1000} == {JOY}
    assert {label for label, t in zip(best, starts, strict=True) if t > 1000} == {ANGER}
    assert (uncertain == (starts > 1000)).all()
    gap = starts[1:] - thin.spans_s[:-1, 1]
    assert gap.max() == pytest.approx(1000, abs=0.01)
    assert (gap > 0.01).sum() == 1
    assert coarser(thin, uncertain, 3600)[0] is thin


def test_the_drawn_picture_is_always_the_same_and_its_faces_are_found():
    content = example_picture()
    assert content == example_picture.__wrapped__()
    frame = read_image(content).frame
    assert frame.shape[1::-1] == SIZE_WH
    faces = Mtcnn().detect(frame)
    assert len(faces) == 2
    assert faces.confidence.min() > 0.9


def test_the_drawn_film_shows_who_it_should_and_every_face_is_found():
    detector = Mtcnn()
    with VideoStream(example_film(), fps=2.0) as stream:
        assert stream.expected_s == pytest.approx(FILM_S, abs=0.15)
        for time_s, frame in stream:
            scenes = [[look for at, look in scene if at <= time_s][-1] for _, scene in SCENES]
            faces = detector.detect(frame)
            assert len(faces) == sum(look is not None for look in scenes), time_s
            assert faces.confidence.min() > 0.85, time_s


def test_looks_change_smoothly():
    steps = [face_example._look(SCENES[0][1], i / FILM_FPS) for i in range(40)]
    smiles = [look.smile for look in steps if look is not None]
    assert smiles[0] == 0
    assert max(np.diff(smiles)) <= 0.5
    assert max(smiles) == 1
    assert Look().towards(Look(smile=1), 0.25).smile == 0.25
    drawn = [face_example._half(SCENES[0][0], look) for look in (steps[0], steps[20])]
    assert cv2.absdiff(*drawn)[200:240].max() > 60  # the mouth
    assert cv2.absdiff(*drawn)[300:].max() == 0  # the shirt
