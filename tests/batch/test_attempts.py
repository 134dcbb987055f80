"""A file that kills its worker is found out; kills for another reason leave no file out."""

from pathlib import Path

import pytest

from emotion_core.batch.attempts import Attempts
from emotion_core.batch.storage import Place


class Death(BaseException):
    """The process is gone: nothing is tidied up."""


def answer(place: Place, deadly: int | None, dies_before: int | None = None) -> list[int]:
    """One try at five files; which of them were read."""
    attempts, read = Attempts(place), []
    for item in range(5):
        if item == dies_before:
            raise Death
        if attempts.may_read(item):
            if item == deadly:
                raise Death
            read.append(item)
    attempts.end()
    return read


def test_a_deadly_file_is_left_out_at_last(tmp_path: Path):
    place = Place(tmp_path / "attempts.json")
    for _ in range(3):  # nobody knows which; once; twice
        with pytest.raises(Death):
            answer(place, deadly=2)
    assert answer(place, deadly=2) == [0, 1, 3, 4]
    assert not place.is_file()


def test_kills_at_different_files_leave_none_out(tmp_path: Path):
    place = Place(tmp_path / "attempts.json")
    for where in (1, 3, 2, 4):
        with pytest.raises(Death):
            answer(place, None, dies_before=where)
    assert answer(place, None) == [0, 1, 2, 3, 4]
