"""What becomes of files: targets, breaks, stops and real videos."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face import film
from emotion_core.face.analysis import VideoAnalysis
from emotion_core.face.annotate import annotate_video
from emotion_core.face.mtcnn import Mtcnn
from emotion_core.face.pipeline import FaceModel
from emotion_core.registry import find
from tests.bundles import write_face_bundle
from tests.face.annotated import (
    COLOURS,
    EVERY,
    HZ,
    JOY,
    SAMPLED,
    analysis,
    annotated,
    drawn_box,
    person,
    play,
    write_video,
)
from tests.face.conftest import data_folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 25 frames a second with sound."""
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", EVERY, sound="aac")


def test_a_path_as_target_is_written_whole_and_leaves_nothing_else(
    clip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "ergebnis ü.mp4"
    target.write_text("an older file")
    annotate_video(clip, analysis(person(SAMPLED)), target)
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    content = target.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    stream = io.BytesIO()
    annotate_video(clip.read_bytes(), analysis(person(SAMPLED)), stream)
    assert 0 < stream.getvalue().index(b"moov") < stream.getvalue().index(b"mdat")
    assert len(play(target).frames) == len(play(stream.getvalue()).frames) == 50


def test_the_target_may_be_the_source(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", EVERY, sound="aac")
    annotate_video(path, analysis(person(SAMPLED)), path, colours=COLOURS)
    after = play(path)
    assert len(after.frames) == 50
    assert drawn_box(after.frames[0], JOY) is not None


def test_what_goes_wrong_leaves_an_older_file_as_it_was(clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    target.write_text("an older file")

    def fail() -> bool:
        raise KeyError("the page was closed")

    with pytest.raises(KeyError, match="the page was closed"):
        annotate_video(clip, analysis(), target, should_stop=fail)
    assert [p.read_text() for p in tmp_path.iterdir()] == ["an older file"]


def test_a_target_that_cannot_be_written_is_named(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"cannot be written .*missing.*choose another place"):
        annotate_video(clip, analysis(), tmp_path / "missing" / "a.mp4")


def test_a_target_that_cannot_be_read_back_is_refused(clip: Path, tmp_path: Path) -> None:
    with (
        (tmp_path / "a.mp4").open("wb") as target,
        pytest.raises(InvalidInput, match="the video cannot be written"),
    ):
        annotate_video(clip, analysis(), target)


def test_a_source_that_is_no_video_leaves_no_target(tmp_path: Path) -> None:
    path, target = tmp_path / "a.mp4", tmp_path / "b.mp4"
    path.write_bytes(b"no video")
    with pytest.raises(InvalidInput, match=r"a\.mp4: expected a video"):
        annotate_video(path, analysis(), target)
    assert not target.exists()


def test_stop_ends_the_video_there(clip: Path) -> None:
    asked = iter(range(100))
    after, notices = annotated(clip, analysis(), should_stop=lambda: next(asked) == 19)
    assert len(after.frames) == 20
    assert len(after.samples) < 1.2 * HZ
    assert notices[-1] == "stopped at 1 s; the rest was left out"


def test_progress_is_told_in_seconds(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", np.arange(125) / 25)
    told = []
    annotate_video(path, analysis(), io.BytesIO(), on_progress=lambda *x: told.append(x))
    done, expected = np.array(told, float).T
    assert (np.diff(done) > 0).all()
    assert len(done) >= 4
    assert done[-1] == pytest.approx(5.0, abs=0.05)
    np.testing.assert_allclose(expected, 5.0, atol=0.05)


def test_a_video_that_breaks_off_is_annotated_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", np.arange(250) / 25, sound="aac", sound_s=10.0)
    content = path.read_bytes()[: path.stat().st_size // 2]
    after, notices = annotated(content, analysis(person(SAMPLED), until_s=10.0))
    assert 20 < len(after.frames) < 200
    assert drawn_box(after.frames[3], JOY) is not None
    assert any("breaks off" in notice for notice in notices)


def test_without_an_encoder_for_h264(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "ENCODERS", {"libnothing": {}, "mpeg4": {}})
    before, (after, notices) = play(clip), annotated(clip, analysis(person(SAMPLED)))
    assert after.codecs == ("mpeg4", "aac")
    np.testing.assert_allclose(after.times_s, before.times_s, atol=2e-5)
    assert drawn_box(after.frames[0], JOY) is not None
    assert notices == ("no encoder for H.264 is installed: most browsers will not play this video",)


def test_labels_in_every_alphabet(clip: Path) -> None:
    labels = ("喜び", "dégoût")
    p = np.tile([0.9, 0.1], (10, 1))
    somebody = person(SAMPLED)
    foreign = replace(somebody, probabilities=p)
    seen = VideoAnalysis(labels, (foreign,), SAMPLED, 2.0, 5.0, (640, 480))
    assert len(annotated(clip, seen)[0].frames) == 50


@pytest.mark.data
@pytest.mark.parametrize(
    "name",
    ["pyfeat/single_face.mp4", "pyfeat/face_noface.mov", "pyfeat/no_face.mp4", "grid/bbaf2n.mpg"],
)
def test_real_videos(name: str) -> None:
    path = data_folder("video") / name
    before = play(path)
    after, _ = annotated(path, analysis(until_s=9.0))
    np.testing.assert_allclose(after.times_s, before.times_s - before.times_s[0], atol=2e-5)
    assert len(after.samples) == pytest.approx(len(before.samples), abs=3 * 1024)
    assert after.sound_start_s == pytest.approx(before.sound_start_s, abs=0.05)
    for place in (0, -1):
        assert np.abs(after.frames[place].astype(int) - before.frames[place]).mean() < 8


@pytest.mark.data
def test_no_detector_finds_a_face_in_a_blurred_video(
    tmp_path: Path, pyfeat: Path, mtcnn: Mtcnn
) -> None:
    model = FaceModel(find(write_face_bundle(tmp_path / "face-fake")), detector=mtcnn)
    seen = model.analyse(pyfeat / "single_face.mp4")
    (somebody,) = seen.people
    assert somebody.seen_s > 2
    before = play(pyfeat / "single_face.mp4")
    after, _ = annotated(pyfeat / "single_face.mp4", seen, blur=True)
    faces = [[len(mtcnn.detect(f)) for f in shown.frames[::6]] for shown in (before, after)]
    assert faces == [[1] * 12, [0] * 12]
