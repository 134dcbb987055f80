"""Pictures and videos as rows: what folders hold, a row per face, a row per person and moment."""

import io
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from emotion_core.errors import InvalidInput
from emotion_core.face.analysis import Person, VideoAnalysis
from emotion_core.face.answers import picture_rows, pictures_in, video_rows, videos_in
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.face.pipeline import FaceModel
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.registry import find
from emotion_core.rows import Row, columns
from emotion_core.types import EmotionScores, EmotionTimeline, Faces
from tests.bundles import write_face_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, mtcnn: Mtcnn) -> FaceModel:
    """Answers by the brightness of a face."""
    return FaceModel(
        find(write_face_bundle(tmp_path_factory.mktemp("models") / "face-fake")), detector=mtcnn
    )


@pytest.fixture
def pair(tmp_path: Path, astronaut: np.ndarray) -> Path:
    """Two faces, the darker one on the left."""
    path = tmp_path / "two é.png"
    dark = (astronaut * 0.4).astype(np.uint8)
    Image.fromarray(np.concatenate([dark, astronaut], axis=1)).save(path)
    return path


def save(path: Path, frame: np.ndarray) -> Path:
    Image.fromarray(frame).save(path)
    return path


def write_video(path: Path, frames: Sequence[np.ndarray], fps: int = 10) -> Path:
    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode())
    return path


def probabilities(rows: Sequence[Row], labels: Sequence[str] = EKMAN7) -> np.ndarray:
    return np.array([[row[f"p_{label}"] for label in labels] for row in rows], float)


@pytest.mark.parametrize(
    ("find_in", "kind", "inside", "other"),
    [
        (pictures_in, "pictures", ["a.JPG", "b.png", "inner/c.webp"], "z.mp4"),
        (videos_in, "videos", ["a.MP4", "b.mov", "inner/c.webm"], "z.png"),
    ],
)
def test_files_as_named_and_folders_in_order(
    tmp_path: Path, find_in, kind: str, inside: list[str], other: str
) -> None:
    for name in (*reversed(inside), "notes.txt", f"._{inside[0]}", other):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    named = [tmp_path / "z.txt", tmp_path / "folder", tmp_path / "missing.png"]
    found = find_in(named)
    assert (found[0], found[-1]) == (named[0], named[2])
    assert [p.relative_to(named[1]).as_posix() for p in found[1:-1]] == inside
    with pytest.raises(InvalidInput, match=rf"expected {kind} \(\.\w+ .*\) in the folder, got"):
        find_in([tmp_path / "empty"])


def test_a_row_for_each_face_from_left_to_right(model: FaceModel, pair: Path) -> None:
    rows, seen = picture_rows(model, pair, EKMAN7), model.predict(pair)
    assert [list(row) for row in rows] == [columns(EKMAN7)] * 2
    assert [row["source"] for row in rows] == [str(pair)] * 2
    assert [row["person"] for row in rows] == [1, 2]
    assert (np.diff(seen.faces.boxes_xyxy[:, 0]) > 0).all()
    np.testing.assert_allclose(
        probabilities(rows), [s.probabilities for s in seen.scores], atol=1e-6
    )
    assert [row["label"] for row in rows] == [s.label for s in seen.scores]
    assert EKMAN7.index(str(rows[0]["label"])) < EKMAN7.index(str(rows[1]["label"]))
    assert [(r["error"], r["start_s"], r["end_s"]) for r in rows] == [("", None, None)] * 2
    assert [row["uncertain"] for row in rows] == [s.uncertain for s in seen.scores]


def test_boxes_of_a_large_picture_are_in_its_own_pixels(
    model: FaceModel, astronaut: np.ndarray
) -> None:
    large = np.zeros((400, 5000, 3), np.uint8)
    large[: astronaut.shape[0], 4000 : 4000 + astronaut.shape[1]] = astronaut[:400]
    found, alone = model.predict(large), model.predict(astronaut)
    assert found.size_wh == (5000, 400)
    assert len(found) == len(alone) == 1
    moved = alone.faces.boxes_xyxy[0] + (4000, 0, 4000, 0)
    assert np.abs(found.faces.boxes_xyxy[0] - moved).max() < 15
    assert np.abs(found.faces.landmarks[0] - alone.faces.landmarks[0] - (4000, 0)).max() < 15
    whole = model.predict(large, aligned=True)
    assert whole.faces.boxes_xyxy.tolist() == [[0, 0, 5000, 400]]


def test_in_another_label_set(model: FaceModel, pair: Path) -> None:
    rows, seen = picture_rows(model, pair, IEMOCAP4), model.predict(pair)
    expected = [s.to(IEMOCAP4, model.spec.calibration) for s in seen.scores]
    assert list(rows[0]) == columns(IEMOCAP4)
    assert [row["label"] for row in rows] == [s.label for s in expected]
    np.testing.assert_allclose(
        probabilities(rows, IEMOCAP4), [s.probabilities for s in expected], atol=1e-6
    )
    assert [row["notice"] for row in rows] == ["; ".join(s.notices) for s in expected]


def test_a_picture_without_a_face(model: FaceModel, tmp_path: Path) -> None:
    path = save(tmp_path / "empty.png", np.full((120, 160, 3), 90, np.uint8))
    (row,) = picture_rows(model, path, EKMAN7)
    assert list(row) == columns(EKMAN7)
    assert (row["error"], row["label"], row["person"], row["uncertain"]) == ("", None, None, None)
    assert np.isnan(probabilities([row])).all()


def test_an_aligned_picture_is_one_face(model: FaceModel, tmp_path: Path) -> None:
    levels = [5, 128, 250]
    paths = [save(tmp_path / f"{x}.png", np.full((64, 64), x, np.uint8)) for x in levels]
    rows = [row for path in paths for row in picture_rows(model, path, EKMAN7, aligned=True)]
    assert [row["label"] for row in rows] == [EKMAN7[0], EKMAN7[3], EKMAN7[6]]
    assert [row["person"] for row in rows] == [1, 1, 1]


def test_what_a_person_should_know_of_a_picture_stands_in_every_row(
    model: FaceModel, pair: Path, tmp_path: Path
) -> None:
    content = io.BytesIO()
    Image.open(pair).save(content, "JPEG", quality=95)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(content.getvalue()[: int(0.9 * len(content.getvalue()))])
    rows = picture_rows(model, cut, EKMAN7)
    assert len(rows) == 2
    assert [row["notice"] for row in rows] == ["; ".join(model.predict(cut).notices)] * 2
    assert rows[0]["notice"]


@pytest.mark.parametrize("content", [b"", b"no picture", b"<svg/>", None])
def test_what_cannot_be_read_is_one_row_with_the_reason(
    model: FaceModel, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "broken.png"
    if content is not None:
        path.write_bytes(content)
    for row in (*picture_rows(model, path, EKMAN7), *video_rows(model, path, EKMAN7)):
        assert list(row) == columns(EKMAN7)
        assert row["source"] == str(path)
        assert "broken.png" in str(row["error"])
        assert (row["label"], row["person"], row["p_joy"]) == (None, None, None)


def test_a_row_for_each_person_and_sampled_moment(
    model: FaceModel, pair: Path, tmp_path: Path
) -> None:
    both = cv2.resize(np.asarray(Image.open(pair)), (640, 320), interpolation=cv2.INTER_AREA)
    right = both.copy()
    right[:, :320] = 128
    path = write_video(tmp_path / "a b.mp4", [both] * 10 + [right] * 10)
    told = []
    rows = video_rows(
        model, path, EKMAN7, fps=10, on_progress=lambda done, total: told.append((done, total))
    )
    analysis = model.analyse(path, fps=10)
    assert {row["person"] for row in rows} == {1, 2}
    assert len(rows) == sum(len(p.timeline) for p in analysis.people)
    order = [(row["start_s"], row["person"]) for row in rows]
    assert order == sorted(order)
    for person in analysis.people:
        own = [row for row in rows if row["person"] == person.track_id]
        spans = np.array([[row["start_s"], row["end_s"]] for row in own], float)
        np.testing.assert_allclose(spans, person.timeline.spans_s, atol=5e-4)
        np.testing.assert_allclose(probabilities(own), person.timeline.probabilities, atol=1e-6)
        assert [row["uncertain"] for row in own] == person.uncertain.tolist()
    (stayed,) = {row["person"] for row in rows if float(row["start_s"] or 0) >= 1.2}
    (last,) = (p.faces.boxes_xyxy[-1] for p in analysis.people if p.track_id == stayed)
    assert last[0] > 320
    assert {row["error"] for row in rows} == {""}
    assert all(0 < done <= 2 and total == pytest.approx(2) for done, total in told)
    assert told
    (first, *_) = video_rows(model, path, IEMOCAP4, fps=10)
    assert list(first) == columns(IEMOCAP4)


def test_people_who_are_seen_at_once_stand_by_number(
    model: FaceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = np.eye(7)[[3, 3]]

    def seen(track_id: int, times_s: Sequence[float]) -> Person:
        times = np.array(times_s)
        boxes = np.tile([10.0, 10, 50, 50], (2, 1))
        return Person(
            track_id,
            times,
            Faces(boxes, np.ones(2), np.full(2, track_id), np.full((2, 5, 2), np.nan)),
            p,
            np.array([False, True]),
            EmotionScores(EKMAN7, p[0]),
            EmotionTimeline(np.stack([times, times + 0.2], 1), p, EKMAN7),
            np.zeros(0, np.int64),
            np.zeros((0, 96, 96, 3), np.uint8),
        )

    people = seen(1, [0.0, 0.4]), seen(2, [0.0, 0.2])
    answer = VideoAnalysis(EKMAN7, people, np.arange(3) / 5, 0.6, 5, (64, 64), ("it was short",))
    monkeypatch.setattr(FaceModel, "analyse", lambda *_, **__: answer)
    rows = video_rows(model, Path("film.mp4"), EKMAN7)
    found = [(row["start_s"], row["end_s"], row["person"], row["uncertain"]) for row in rows]
    assert found == [
        (0.0, 0.2, 1, False), (0.0, 0.2, 2, False), (0.2, 0.4, 2, True), (0.4, 0.6, 1, True),
    ]  # fmt: skip
    assert {row["notice"] for row in rows} == {"it was short"}


def test_a_video_in_which_nobody_is_seen(model: FaceModel, tmp_path: Path) -> None:
    path = write_video(tmp_path / "empty.mp4", [np.full((120, 160, 3), 90, np.uint8)] * 10)
    (row,) = video_rows(model, path, EKMAN7)
    assert list(row) == columns(EKMAN7)
    assert (row["error"], row["label"], row["person"], row["start_s"]) == ("", None, None, None)
    assert row["source"] == str(path)


def test_a_face_in_one_sampled_frame_is_a_glimpse(
    model: FaceModel, tmp_path: Path, astronaut: np.ndarray
) -> None:
    empty = np.full_like(astronaut, 90)
    path = write_video(tmp_path / "short.mp4", [*[empty] * 4, *[astronaut] * 2, *[empty] * 6])
    seen = model.analyse(path, fps=5)
    assert seen.people == ()
    np.testing.assert_allclose(seen.glimpses.times_s, [0.4])
    ((left, top, right, bottom),) = seen.glimpses.boxes_xyxy
    assert left < 204 < 247 < right
    assert top < 101 < bottom


def test_a_rate_that_cannot_be_is_refused(model: FaceModel, tmp_path: Path) -> None:
    path = write_video(tmp_path / "empty.mp4", [np.full((120, 160, 3), 90, np.uint8)] * 3)
    (row,) = video_rows(model, path, EKMAN7, fps=0)
    assert "expected a positive rate" in str(row["error"])
