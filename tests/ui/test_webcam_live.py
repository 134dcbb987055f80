"""The lines of the last minute, and the component that draws them."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.face.live import LiveAnswer
from emotion_core.face.live_log import AnswerLog
from emotion_core.labels import EKMAN7, IEMOCAP4, JOY, NEUTRAL
from tests.bundles import write_face_bundle
from tests.ui.webcam_frames import choice_of
from ui.models import FaceChoice
from ui.webcam_live import people_lines
from ui.webcam_live.lines import PEOPLE_AT_MOST, POINT_S


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_face_bundle(tmp_path_factory.mktemp("faces") / "face")


@pytest.fixture
def choice(bundle: Path) -> FaceChoice:
    return choice_of(bundle, level=0.5)


def row(label: str, share: float = 0.7) -> np.ndarray:
    return np.where(np.array(EKMAN7) == label, share, (1 - share) / 6)


def log_of(*answers: tuple[float, dict[int, np.ndarray]]) -> AnswerLog:
    """Moments, and what each person expressed then."""
    log = AnswerLog(EKMAN7, 60.0)
    for time_s, people in answers:
        rows = np.array(list(people.values())).reshape(-1, len(EKMAN7))
        log.add(LiveAnswer(time_s, np.array(list(people), int), rows, rows.max(-1) < 0.5))
    return log


def test_lines_end_now_and_break_where_the_person_was_away(choice: FaceChoice):
    log = log_of(
        *((t / 10, {1: row(JOY)} if not 20 <= t < 30 else {}) for t in range(50)),
    )
    (lines,) = people_lines(log, choice)
    assert lines.person == 1
    assert lines.ages_s[0] == pytest.approx(4.9)
    assert lines.ages_s[-1] == 0
    assert (np.diff(lines.ages_s) < 0).all()
    away = (lines.ages_s > 4.9 - 2.95) & (lines.ages_s < 4.9 - 1.95)
    assert away.any()
    assert np.isnan(lines.probabilities[away]).all()
    assert not lines.seen[away].any()
    np.testing.assert_allclose(lines.probabilities[~away], np.tile(row(JOY), ((~away).sum(), 1)))


def test_a_minute_has_few_points(choice: FaceChoice):
    log = log_of(*((t / 10, {1: row(JOY)}) for t in range(600)))
    (lines,) = people_lines(log, choice)
    assert len(lines.ages_s) == pytest.approx(60 / POINT_S, abs=2)


def test_lines_are_in_the_chosen_label_set_and_judged_by_the_level(bundle: Path):
    log = log_of(*((t / 2, {1: row(JOY, 0.6 if t < 4 else 0.3)}) for t in range(8)))
    (lines,) = people_lines(log, choice_of(bundle, level=0.5, labels=IEMOCAP4))
    assert lines.probabilities.shape == (8, 4)
    np.testing.assert_allclose(lines.probabilities.sum(1), 1)
    assert lines.probabilities.argmax(1).tolist() == [IEMOCAP4.index("happy")] * 8
    assert lines.uncertain.tolist() == [False] * 4 + [True] * 4


def test_of_many_people_those_who_were_seen_longest(choice: FaceChoice):
    log = log_of(
        *((t / 2, {p: row(JOY) for p in range(1, 8) if t < 3 * p + 1}) for t in range(25)),
    )
    found = [lines.person for lines in people_lines(log, choice)]
    assert found == [5, 6, 7]
    assert len(found) == PEOPLE_AT_MOST


def test_a_face_of_a_moment_is_nobody(choice: FaceChoice):
    log = log_of((0.0, {1: row(JOY)}), (0.5, {1: row(JOY)}), (1.0, {}), (1.5, {}))
    assert people_lines(log, choice) == []
    assert people_lines(AnswerLog(EKMAN7, 60.0), choice) == []


def drawn_page() -> None:
    import numpy as np

    from emotion_core.labels import EKMAN7
    from emotion_core.types import EmotionScores
    from ui.webcam_live import PersonLines, live_view

    sure = np.array([0.1, 0, 0, 0.6, 0.3, 0, 0])
    here = np.stack([sure, np.full(7, np.nan), sure])
    ages = np.array([2.0, 1.0, 0.0])
    people = [
        PersonLines(1, ages, here, np.array([False, False, True])),
        PersonLines(2, ages, here[[0, 0, 1]], np.zeros(3, bool)),
    ]
    voice = EmotionScores(EKMAN7, sure)
    live_view({"Camera": "30 fps"}, EKMAN7, people, voice, "one")
    live_view({}, EKMAN7, [], "nobody speaks", "two")


def test_what_the_component_is_given():
    app = AppTest.from_function(drawn_page, default_timeout=30).run()
    assert not app.exception
    first, second = (json.loads(x.proto.json) for x in app.get("bidi_component"))
    assert first["figures"] == [["Camera", "30 fps"]]
    assert [label["name"] for label in first["labels"]] == list(EKMAN7)
    here, away = first["people"]
    assert here["name"] == "Person 1"
    assert here["now"] | {"colour": ""} == {
        "label": JOY, "symbol": "😊", "colour": "", "percent": 60, "uncertain": True,
    }  # fmt: skip
    assert here["percent"][EKMAN7.index(NEUTRAL)] == [30, None, 30]
    assert here["ages"] == [2.0, 1.0, 0.0]
    assert away["now"] is None
    assert first["voice"]["label"] == JOY
    assert first["quiet"] == ""
    assert second["people"] == []
    assert (second["voice"], second["quiet"]) == (None, "nobody speaks")
