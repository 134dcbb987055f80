"""Pictures of people with what is known of them: a table beside a folder or an archive."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.sources import TABLES, data_path, read_table
from ..errors import InvalidInput

KNOWN = ("sex", "gender", "age_group", "age", "race", "ethnicity", "ethnicity_self_reported")
"""columns that are compared where none are named"""
EXPRESSIONS = ("expression", "emotion", "label")
PERSONS = ("person", "subject", "group")
NAMES = ("file", "path", "filename")
AGE_BANDS = (18, 22, 25, 30, 40, 60)
"""years at which the next band begins, where a table has ages"""
UNKNOWN = "(empty)"


@dataclass(frozen=True, eq=False)
class People:
    """Pictures and who is on them.

    Attributes:
        source: table that was read
        names: (picture,) as the table has them
        columns: name -> (picture,) words to compare by
        expressions: (picture,) as the table spells them; None where it has none
        persons: (picture,) names; None where they are not known
        archive: that holds the pictures; None: they lie in `folder`
        folder: of the table
    """

    source: Path
    names: tuple[str, ...]
    columns: dict[str, np.ndarray]
    expressions: np.ndarray | None
    persons: np.ndarray | None
    archive: Path | None
    folder: Path

    def __len__(self) -> int:
        return len(self.names)

    def pictures(self) -> Iterator[bytes | Path]:
        """Each picture, in order, as something that a model reads."""
        if self.archive is None:
            yield from (self.folder / name for name in self.names)
            return
        with zipfile.ZipFile(self.archive) as archive:
            for name in self.names:
                yield archive.read(name)


def _table(path: Path) -> Path:
    if path.is_file():
        return path
    found = sorted(p for p in path.glob("*") if p.suffix in TABLES) if path.is_dir() else []
    if len(found) != 1:
        raise InvalidInput(
            f"{path}: expected one table ({', '.join(TABLES)}) with a row per picture, got "
            f"{len(found)}; give the table itself"
        )
    return found[0]


def in_bands(ages: Sequence[str]) -> np.ndarray:
    """(person,) bands of ages in years, as words.

    Example:
        >>> in_bands(["24", "", "71.5"]).tolist()
        ['22-24', '(empty)', '60+']
    """
    starts = (0, *AGE_BANDS)
    names = [f"{a}-{b - 1}" for a, b in zip(starts, AGE_BANDS, strict=False)] + [f"{starts[-1]}+"]
    years = pd.to_numeric(pd.Series(ages, dtype=object), errors="coerce")
    place = np.searchsorted(AGE_BANDS, years.fillna(0), side="right")
    return np.where(years.isna(), UNKNOWN, np.array(names)[place])


def _columns(frame: pd.DataFrame, wanted: Sequence[str], path: Path) -> dict[str, np.ndarray]:
    if unknown := [c for c in wanted if c not in frame]:
        raise InvalidInput(
            f"{path}: no column {', '.join(unknown)}; it has {', '.join(frame.columns)}"
        )
    names = list(wanted) or [c for c in KNOWN if c in frame]
    if not wanted and "age_group" in names and "age" in names:
        names.remove("age")
    if not names:
        raise InvalidInput(
            f"{path}: expected a column such as {', '.join(KNOWN)}; it has "
            f"{', '.join(frame.columns)}. Name one with --slice"
        )
    return {
        name: in_bands(frame[name].tolist()) if name == "age" else frame[name].to_numpy(str)
        for name in names
    }


def read_people(data: str, columns: Sequence[str] = ()) -> People:
    """Read a table of pictures.

    Args:
        data: the table, or a folder that holds one, as given or below `$EMOTION_DATA`; pictures
            lie beside it, loose or in one ZIP
        columns: to compare by; none takes those of `KNOWN` that the table has

    Raises:
        InvalidInput: if there is no table, or a column or pictures are missing
    """
    path = _table(data_path(data))
    frame = read_table(path)
    name = next((c for c in NAMES if c in frame), None)
    if name is None or not len(frame):
        raise InvalidInput(
            f"{path}: expected a row per picture with its {' or '.join(NAMES)}, got {len(frame)} "
            f"rows of {', '.join(frame.columns)}"
        )
    archives = sorted(path.parent.glob("*.zip"))
    archive = archives[0] if len(archives) == 1 else None
    names = tuple(frame[name])
    _require_pictures(names, archive, path)
    expression = next((c for c in EXPRESSIONS if c in frame), None)
    person = next((c for c in PERSONS if c in frame), None)
    return People(
        source=path,
        names=names,
        columns=_columns(frame, columns, path),
        expressions=None if expression is None else frame[expression].to_numpy(str),
        persons=None if person is None else frame[person].to_numpy(str),
        archive=archive,
        folder=path.parent,
    )


def _require_pictures(names: tuple[str, ...], archive: Path | None, path: Path) -> None:
    """Raise `InvalidInput` where a picture is not there."""
    if archive is not None:
        with zipfile.ZipFile(archive) as content:
            known = set(content.namelist())
        missing = [n for n in names if n not in known]
    else:
        missing = [n for n in names if not (path.parent / n).is_file()]
    if missing:
        raise InvalidInput(
            f"{path}: {len(missing):,} of {len(names):,} pictures are not there, such as "
            f"{missing[0]}; put them beside the table, loose or in one ZIP"
        )
