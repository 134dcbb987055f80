"""What is heard and seen of a recording, and what of an earlier run is enough."""

import time
from collections.abc import Callable

import pytest

from emotion_core.audio.pipeline import AudioModel
from emotion_core.face.pipeline import FaceModel
from emotion_core.fusion.evidence import FusedModality
from emotion_core.recording.analysis import Looking
from emotion_core.recording.pipeline import RecordingModel, load_recording_model
from emotion_core.recording.run import Perceived, Run
from emotion_core.recording.stages import StageResults
from tests.recording.files import drawn_film


@pytest.fixture(scope="module")
def model() -> RecordingModel:
    return load_recording_model()


@pytest.fixture(scope="module")
def film() -> bytes:
    return drawn_film(3.0)


def perceive(
    model: RecordingModel, film: bytes, kept: StageResults, *embeddings: FusedModality
) -> Perceived:
    """Hear and see a film for a fusion that reads some embeddings."""
    return Run(
        model.audio,
        model.face,
        film,
        "film",
        Looking(),
        None,
        lambda *_: None,
        lambda: False,
        kept,
        frozenset(embeddings),
    ).perceive()


@pytest.mark.parametrize(
    ("failing", "other"), [(AudioModel, FaceModel), (FaceModel, AudioModel)], ids=["voice", "face"]
)
def test_a_failure_is_told_before_the_other_side_has_ended(
    monkeypatch: pytest.MonkeyPatch, model: RecordingModel, failing: type, other: type
):
    asked: list[bool] = []

    def fail(*_: object, **__: object) -> None:
        raise MemoryError("no room")

    def go_on(*_: object, should_stop: Callable[[], bool], **__: object) -> None:
        give_up_s = time.monotonic() + 10
        while not should_stop() and time.monotonic() < give_up_s:
            time.sleep(0.01)
        asked.append(should_stop())

    monkeypatch.setattr(failing, "analyse", fail)
    monkeypatch.setattr(other, "analyse", go_on)
    with pytest.raises(MemoryError, match="no room"):
        perceive(model, b"", StageResults())
    assert asked == [True]


def test_embeddings_that_no_fusion_reads_are_not_kept(model: RecordingModel, film: bytes):
    found = perceive(model, film, StageResults())
    assert found.voice
    assert found.faces
    assert found.voice.embeddings.shape == (len(found.voice.timeline), 0)
    assert [person.embeddings.shape[1] for person in found.faces.people] == [0]


def test_a_run_for_another_fusion_goes_on_with_what_is_enough_for_it(
    model: RecordingModel, film: bytes
):
    kept = StageResults()
    first = perceive(model, film, kept, "face")
    fewer = perceive(model, film, kept)
    assert fewer.voice is first.voice
    assert fewer.faces is first.faces
    more = perceive(model, film, kept, "face", "audio")
    assert more.faces is first.faces
    assert more.voice
    assert more.voice.embeddings.shape[1] > 0
    assert perceive(model, film, kept, "audio").voice is more.voice
