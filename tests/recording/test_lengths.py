"""Recordings that are very short, and files that break off: a clear state each."""

import io
from pathlib import Path

import av
import pytest

from emotion_core.errors import InvalidInput
from emotion_core.face import video
from emotion_core.recording.analysis import NOBODY, RecordingAnalysis
from emotion_core.recording.pipeline import RecordingModel, load_recording_model
from tests.recording.files import drawn_film


@pytest.fixture(scope="module")
def model() -> RecordingModel:
    return load_recording_model()


@pytest.fixture(scope="module")
def film() -> bytes:
    return drawn_film(8.0)


def broken_off(film: bytes, path: Path) -> bytes:
    """Two thirds of the same packets in the container that a file's name asks for."""
    with av.open(io.BytesIO(film), "r") as given:
        options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
        with av.open(str(path), "w", options=options) as made:
            streams = {s.index: made.add_stream_from_template(s) for s in given.streams}
            for packet in given.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    made.mux(packet)
    whole = path.read_bytes()
    return whole[: len(whole) * 2 // 3]


def assert_breaks_off(found: RecordingAnalysis, least_s: float) -> None:
    """What is there was answered, and it is said that the end is missing."""
    assert not found.failures
    assert not found.stopped
    assert least_s < found.duration_s < 7
    assert found.voice
    assert found.faces
    assert len(found.faces.people) == 1
    assert found.fused.timeline.spans_s[-1, 1] == pytest.approx(found.duration_s)
    assert any("breaks off at" in notice for notice in found.notices), found.notices


def test_one_second(model: RecordingModel):
    found = model.analyse(drawn_film(1.0))
    assert not found.failures
    assert found.duration_s == pytest.approx(1, abs=0.1)
    assert found.faces
    assert len(found.faces.people) == 1
    ((start_s, end_s),) = found.fused.timeline.spans_s.tolist()
    assert (start_s, end_s) == (0, found.duration_s)


def test_less_than_can_be_heard(model: RecordingModel):
    found = model.analyse(drawn_film(0.2))
    assert "0.3 s of sound or more" in found.failures["voice"]
    assert found.faces
    assert not found.faces.people  # one look alone is taken for an error
    assert len(found.fused.timeline) == 0


def test_a_picture_that_is_longer_than_is_looked_at(
    model: RecordingModel, film: bytes, monkeypatch: pytest.MonkeyPatch
):
    """As of a video of two hours, of which the first hour is looked at."""
    monkeypatch.setattr(video, "LONGEST_S", 3.0)
    found = model.analyse(film)
    assert not found.failures
    assert found.duration_s == pytest.approx(8, abs=0.2)
    late = found.fused.timeline.spans_s[:, 0] > 3
    assert set(found.fused.person[late]) == {NOBODY}
    assert set(found.fused.person[:1]) == {1}
    assert "faces were looked for up to 3 s, the sound goes on to 8 s" in found.notices


def test_an_mp4_that_breaks_off_before_its_index(model: RecordingModel, film: bytes):
    with pytest.raises(InvalidInput, match=r"film\.mp4: neither .* cut off before its index"):
        model.analyse(film[: len(film) * 2 // 3], name="film.mp4")


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_what_came_before_the_break_is_answered(
    model: RecordingModel, film: bytes, tmp_path: Path, name: str
):
    assert_breaks_off(model.analyse(broken_off(film, tmp_path / name)), least_s=2)


def test_a_kind_without_a_length_cannot_fall_short_of_it(
    model: RecordingModel, film: bytes, tmp_path: Path
):
    found = model.analyse(broken_off(film, tmp_path / "film.ts"))
    assert not found.failures
    assert 2 < found.duration_s < 7
    assert found.fused.timeline.spans_s[-1, 1] == pytest.approx(found.duration_s)


def test_a_few_bytes(model: RecordingModel, film: bytes):
    with pytest.raises(InvalidInput, match="neither sound nor picture"):
        model.analyse(film[:300])
    with pytest.raises(InvalidInput, match="empty"):
        model.analyse(b"")
