"""Numbers that come row by row, kept without an object for each."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FIRST_ROWS = 16
GROWTH = 1.5
"""by which the room for rows is made larger when it is full"""
PART_ROWS = 1024
"""that are packed in one piece; larger arrays would be copied each time they grow"""
LEAST_STEP = float(np.finfo(np.float32).tiny)
"""so that a row of equal numbers is not divided by zero"""


class GrowingArray:
    """Rows of one type and shape.

    Args:
        dtype: of the numbers
        shape: of one row

    Example:
        >>> rows = GrowingArray(np.float32, 2)
        >>> rows.append([1, 2])
        >>> rows.extend([[3, 4], [5, 6]])
        >>> rows.array().tolist()
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    """

    def __init__(self, dtype: npt.DTypeLike, *shape: int) -> None:
        self._rows = np.empty((0, *shape), dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, row: npt.ArrayLike) -> None:
        """The next row."""
        self._make_room(1)
        self._rows[self._count] = row
        self._count += 1

    def extend(self, rows: npt.ArrayLike) -> None:
        """The next rows (row, ...)."""
        given = np.asarray(rows)
        self._make_room(len(given))
        self._rows[self._count : self._count + len(given)] = given
        self._count += len(given)

    def array(self) -> np.ndarray:
        """(row, ...) so far, without room to spare; what is added later does not change it."""
        if len(self._rows) > self._count:
            self._rows = self._rows[: self._count].copy()
        return self._rows

    def _make_room(self, count: int) -> None:
        needed = self._count + count
        if needed > len(self._rows):
            room = max(needed, FIRST_ROWS, int(GROWTH * self._count))
            larger = np.empty((room, *self._rows.shape[1:]), self._rows.dtype)
            larger[: self._count] = self._rows[: self._count]
            self._rows = larger


class PackedRows:
    """Rows of numbers in 8 bits each, between the least and the greatest number of the row.

    No number is off by more than a 500th of that range.

    Args:
        width: numbers in a row

    Example:
        >>> rows = PackedRows(3)
        >>> rows.append([0.0, 0.5, 1.0])
        >>> rows[:1].round(2).tolist()
        [[0.0, 0.5, 1.0]]
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._full: list[_Part] = []
        self._values, self._ranges = self._room()

    def _room(self) -> tuple[GrowingArray, GrowingArray]:
        return GrowingArray(np.uint8, self._width), GrowingArray(np.float32, 2)

    @classmethod
    def of(cls, rows: np.ndarray) -> "PackedRows":
        """Those of an array (row, width)."""
        packed = cls(rows.shape[1])
        for row in rows:
            packed.append(row)
        return packed.fitted()

    def __len__(self) -> int:
        return len(self._full) * PART_ROWS + len(self._values)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and width."""
        return len(self), self._width

    def append(self, row: npt.ArrayLike) -> None:
        """The next row, (width,)."""
        numbers = np.asarray(row, np.float32)
        least = numbers.min(initial=np.inf)
        step = max((numbers.max(initial=-np.inf) - least) / 255, LEAST_STEP)
        self._values.append(np.rint((numbers - least) / step))
        self._ranges.append([least, step])
        if len(self._values) == PART_ROWS:
            self._full.append(_Part(self._values.array(), self._ranges.array()))
            self._values, self._ranges = self._room()

    def fitted(self) -> "PackedRows":
        """The same, without room to spare."""
        for rows in (self._values, self._ranges):
            rows.array()
        return self

    def __getitem__(self, rows: slice) -> np.ndarray:
        """Rows that follow one another, (row, width) float32."""
        first, past, _ = rows.indices(len(self))
        parts = [*self._full, _Part(self._values.array(), self._ranges.array())]
        found = [np.zeros((0, self._width), np.float32)]
        for number in range(first // PART_ROWS, -(-past // PART_ROWS)):
            before = number * PART_ROWS
            found.append(parts[number].numbers(max(0, first - before), past - before))
        return np.concatenate(found)

    def astype(self, dtype: npt.DTypeLike) -> np.ndarray:
        """All of them, (row, width), as numbers of a type."""
        return self[:].astype(dtype)


class _Part(NamedTuple):
    """Some packed rows.

    Attributes:
        values: (row, width) uint8
        ranges: (row, 2) least number and step
    """

    values: np.ndarray
    ranges: np.ndarray

    def numbers(self, first: int, past: int) -> np.ndarray:
        """(row, width) float32 of rows that follow one another."""
        least, step = self.ranges[first:past].T[..., None]
        return least + step * self.values[first:past]
