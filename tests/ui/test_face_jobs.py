"""Pictures and videos looked at in a thread."""

import io
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from emotion_core.face.analysis import VideoAnalysis
from emotion_core.face.pipeline import FaceModel, load_face_model
from emotion_core.labels import EKMAN7, IEMOCAP4
from tests.bundles import write_face_bundle
from tests.ui.films import drawn_frames, film
from ui.face_jobs import FilmJob, PicturesJob, VideoJob
from ui.face_people import judged_video
from ui.face_rows import picture_columns
from ui.face_seen import encoded
from ui.models import FaceChoice
from ui.uploads import Upload

WAIT_S = 30
FACE = Upload("1", "fäce.png", encoded(drawn_frames(2)[1], ".png"))
BROKEN = Upload("2", "broken.png", b"\x89PNG, but no picture")
VIDEO = Upload("3", "film.mp4", film("mp4", "libx264"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> FaceModel:
    return load_face_model(write_face_bundle(tmp_path_factory.mktemp("bundles") / "face"))


@pytest.fixture
def choice(model: FaceModel) -> FaceChoice:
    return FaceChoice(model, EKMAN7, 0.4)


@pytest.fixture
def watched(model: FaceModel) -> VideoJob:
    job = VideoJob(model, VIDEO, 5.0)
    job.wait(WAIT_S)
    return job


def seen_in(job: VideoJob) -> VideoAnalysis:
    assert job.seen is not None
    return job.seen


def test_pictures_in_the_chosen_label_set(model: FaceModel):
    job = PicturesJob(FaceChoice(model, IEMOCAP4, 1.0), [BROKEN, FACE])
    job.wait(WAIT_S)
    frame = job.frame()
    assert list(frame.columns) == picture_columns(IEMOCAP4)
    assert frame["source"].tolist() == ["broken.png", "fäce.png"]
    assert frame["error"][0]
    assert frame["label"][1] in IEMOCAP4
    assert frame["uncertain"][1]
    assert job.share() == 1.0


def test_a_video_is_watched(watched: VideoJob):
    assert watched.error == ""
    assert len(seen_in(watched).people) == 1
    medium = watched.medium()
    assert medium is not None
    assert (medium.content, medium.kind) == (VIDEO.content, "video")
    watched.give_up_playing()
    assert watched.medium() is None


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [("a.MP4", "video/mp4"), ("a.mov", "video/mp4"), ("a.webm", "video/webm"), ("a.mkv", None)],
)
def test_what_browsers_may_play(model: FaceModel, name: str, mimetype: str | None):
    job = VideoJob(model, Upload("4", name, b""), 1.0)
    medium = job.medium()
    assert (medium and medium.mimetype) == mimetype
    job.wait(WAIT_S)
    assert "0 bytes" in job.error or "empty" in job.error


def test_what_is_the_same_job(model: FaceModel, watched: VideoJob):
    again = Upload(VIDEO.identity, VIDEO.name, bytes(VIDEO.content))
    assert watched.same(model, again, 5.0)
    assert not watched.same(model, again, 10.0)
    assert not watched.same(model, FACE, 5.0)
    assert not watched.same(FaceModel(model.spec, model.classifier), again, 5.0)


def test_the_annotated_video_is_as_long_and_says_what_was_blurred(
    choice: FaceChoice, watched: VideoJob
):
    judged = judged_video(choice, seen_in(watched))
    job = FilmJob(watched.video, judged, blur=True)
    job.wait(WAIT_S)
    assert job.error == ""
    assert job.film is not None
    with av.open(io.BytesIO(job.film.content), "r") as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(frames) == 20
    eyes = slice(140, 160), slice(120, 200)
    shown = drawn_frames(2)[0], frames[0]
    detail = [np.abs(np.diff(x[eyes].astype(int), axis=1)).mean() for x in shown]
    assert detail[1] < detail[0] / 3
    assert any("0 of 20 frames have no blur" in notice for notice in job.notices)


def test_a_stopped_film_is_dropped(
    choice: FaceChoice, watched: VideoJob, monkeypatch: pytest.MonkeyPatch
):
    begun = threading.Event()

    def endless(*_, should_stop, **__) -> tuple[str, ...]:
        begun.set()
        while not should_stop():
            threading.Event().wait(0.01)
        return ()

    monkeypatch.setattr("ui.face_jobs.annotate_video", endless)
    job = FilmJob(watched.video, judged_video(choice, seen_in(watched)), blur=False)
    assert begun.wait(WAIT_S)
    job.cancel()
    job.wait(WAIT_S)
    assert job.film is None
    assert job.cancelled
    assert not job.error


def test_nothing_is_left_on_the_disk(
    choice: FaceChoice, watched: VideoJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    judged = judged_video(choice, seen_in(watched))
    for job in (VideoJob(choice.model, VIDEO, 2.0), FilmJob(watched.video, judged, blur=False)):
        job.wait(WAIT_S)
        assert not job.error
    assert not list(tmp_path.iterdir())
