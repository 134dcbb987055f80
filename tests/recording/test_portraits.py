"""The faces where two disagree: whose, when, and how many."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.fusion.evidence import Disagreement
from emotion_core.labels import JOY, SADNESS
from emotion_core.recording import portraits as module
from emotion_core.recording.analysis import NOBODY, Conflict, RecordingAnalysis
from emotion_core.recording.portraits import PORTRAITS_AT_MOST, conflict_portraits, strongest
from tests.face.annotated import write_video
from tests.recording.examples import recording

SAYS = Disagreement(("text", "face"), (JOY, SADNESS), 0.5)
GREYS = {1: 60, 2: 200}
"""person -> how bright the place of the face is"""


def scene(time_s: float) -> np.ndarray:
    """The two people of the script as bright and dark boxes; both turn white at 30 s."""
    frame = np.full((360, 640, 3), 128, np.uint8)
    for number, grey in GREYS.items():
        side, left = 60 + 20 * number, 200 * number
        frame[60 : 100 + side, left - 20 : left + side + 20] = grey if time_s < 30 else 255
    return frame


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    return write_video(path, np.arange(200) / 5, picture=scene, rate=5)


@pytest.fixture(scope="module")
def found() -> RecordingAnalysis:
    return recording()


def with_conflicts(found: RecordingAnalysis, *conflicts: Conflict) -> RecordingAnalysis:
    return replace(found, conflicts=conflicts)


def test_every_disagreement_has_the_face_of_its_person(film: Path, found: RecordingAnalysis):
    pictures = conflict_portraits(film, found)
    assert set(pictures) == {c.start_s for c in found.conflicts}
    for conflict in found.conflicts:
        picture = pictures[conflict.start_s]
        assert picture.shape == (96, 96, 3)
        expected = GREYS[conflict.person] if conflict.start_s < 29 else 255
        assert picture[30:66, 30:66].mean() == pytest.approx(expected, abs=12)


def test_it_is_the_moment_at_which_the_face_says_it_best(film: Path, found: RecordingAnalysis):
    faces = found.faces
    assert faces is not None
    sad = Conflict(26.0, 39.0, 1, SAYS)
    person = faces.people[0]
    column = faces.labels.index(SADNESS)
    probabilities = np.full_like(person.probabilities, 0.1)
    at = int(np.searchsorted(person.times_s, 32.0))
    probabilities[at, column] = 0.9
    people = (replace(person, probabilities=probabilities), *faces.people[1:])
    changed = replace(with_conflicts(found, sad), faces=replace(faces, people=people))
    (picture,) = conflict_portraits(film, changed).values()
    assert picture[30:66, 30:66].mean() > 240  # white from 30 s on


def test_nobody_in_sight_has_no_picture(film: Path, found: RecordingAnalysis):
    assert not conflict_portraits(film, with_conflicts(found, Conflict(3, 5, NOBODY, SAYS)))
    away = Conflict(60.0, 62.0, 1, SAYS)
    assert not conflict_portraits(film, with_conflicts(found, away))


def test_only_the_strongest_have_one(film: Path, found: RecordingAnalysis):
    many = [
        Conflict(float(i), i + 0.9, 1, replace(SAYS, strength=(7 * i % 30) / 30)) for i in range(30)
    ]
    pictures = conflict_portraits(film, with_conflicts(found, *many))
    assert len(pictures) == PORTRAITS_AT_MOST
    kept = strongest(tuple(many), PORTRAITS_AT_MOST)
    assert set(pictures) == {c.start_s for c in kept}
    assert [c.start_s for c in kept] == sorted(pictures)
    least = min(c.disagreement.strength for c in kept)
    assert sum(c.disagreement.strength >= least for c in many) == PORTRAITS_AT_MOST


def test_a_file_that_is_gone_has_none(tmp_path: Path, found: RecordingAnalysis):
    assert conflict_portraits(tmp_path / "gone.mp4", found) == {}


def test_without_faces_nothing_is_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "stills", lambda *_: pytest.fail("the file was opened"))
    assert conflict_portraits(b"", recording(faces=False)) == {}
