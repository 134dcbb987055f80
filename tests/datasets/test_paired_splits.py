"""Nobody who is tested was trained on, unless it is asked for."""

import random
from dataclasses import replace

import numpy as np
import pytest

from emotion_core.datasets.paired_clip import PairedClip, PairedSet
from emotion_core.datasets.paired_splits import (
    grouped_split,
    leave_one_session_out,
    random_split,
)
from emotion_core.errors import InvalidInput
from emotion_core.labels import IEMOCAP4


def clip(number: int, session: int, dialogue: int, gender: str, label: str) -> PairedClip:
    return PairedClip(
        f"{number}", "words", None, None, label, f"{session}{gender}", f"c/{session}",
        f"{session}-{dialogue}", f"Ses{session}",
    )  # fmt: skip


@pytest.fixture
def paired() -> PairedSet:
    """Five sessions, two dialogues each, two speakers, four labels; in no order."""
    keys = [(s, d, g, x) for s in range(5) for d in (1, 2) for g in "FM" for x in IEMOCAP4]
    random.Random(0).shuffle(keys)
    return PairedSet("c", IEMOCAP4, tuple(clip(i, *key) for i, key in enumerate(keys)))


def sides_of(paired: PairedSet, side: np.ndarray, what: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one, name in zip(paired.clips, side.tolist(), strict=True):
        found.setdefault(getattr(one, what), set()).add(name)
    return found


def test_each_session_is_tested_once_by_itself(paired: PairedSet):
    divisions = leave_one_session_out(paired)
    assert [d.name for d in divisions] == [f"Ses{s}" for s in range(5)]
    sessions = np.array([c.session for c in paired.clips])
    for name, side in divisions:
        assert set(sessions[side == "test"]) == {name}
        assert len(set(sessions[side == "train"])) == 3
        for what in ("speaker", "dialogue", "session"):
            assert all(len(found) == 1 for found in sides_of(paired, side, what).values())


def test_a_speaker_in_two_sessions(paired: PairedSet):
    clips = list(paired.clips)
    other = next(c for c in clips if c.session != clips[0].session)
    clips[0] = replace(clips[0], speaker=other.speaker)
    with pytest.raises(InvalidInput, match=f"each speaker in one session, got {other.speaker}"):
        leave_one_session_out(replace(paired, clips=tuple(clips)))


def test_too_few_sessions(paired: PairedSet):
    two = tuple(c for c in paired.clips if c.session in ("Ses0", "Ses1"))
    with pytest.raises(InvalidInput, match="3 sessions or more and one for each clip, got 2"):
        leave_one_session_out(replace(paired, clips=two))
    unknown = (replace(paired.clips[0], session=""), *paired.clips[1:])
    with pytest.raises(InvalidInput, match="got 5 and 1 clips without"):
        leave_one_session_out(replace(paired, clips=unknown))


def test_a_label_of_one_session_alone(paired: PairedSet):
    clips = tuple(c for c in paired.clips if c.label != "sad" or c.session == "Ses2")
    with pytest.raises(InvalidInput, match="got none of sad"):
        leave_one_session_out(replace(paired, clips=clips))


def test_a_random_split_has_everybody_on_all_sides(paired: PairedSet):
    side = random_split(paired, seed=1).side
    assert {"train", "test"} <= sides_of(paired, side, "session")["Ses0"]
    assert np.mean(side == "train") == pytest.approx(0.8, abs=0.05)
    assert (side == random_split(paired, seed=1).side).all()
    assert (side != random_split(paired, seed=2).side).any()


def test_groups_stay_together(paired: PairedSet):
    side = grouped_split(paired, seed=0).side
    assert set(side) == {"train", "validation", "test"}
    assert all(len(found) == 1 for found in sides_of(paired, side, "group").values())


def test_given_splits_stand(paired: PairedSet):
    given = ["train", "train", "validation", "test"]
    clips = tuple(
        replace(c, split=given[i % 4], group=f"c/{i % 4}") for i, c in enumerate(paired.clips)
    )
    side = grouped_split(replace(paired, clips=clips), seed=0).side
    assert side.tolist() == [c.split for c in clips]
