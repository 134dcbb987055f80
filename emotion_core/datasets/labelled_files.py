"""Files of a folder, of a ZIP that is never unpacked, or of several uploads, by their names."""

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from ..errors import InvalidInput
from ..labels import LABEL_OF_WORD
from .labelled_items import Source
from .sources import data_files, split_of

MOST_MEMBERS = 50_000
MOST_TOTAL_BYTES = 8 * 2**30
MOST_MEMBER_BYTES = 2**29
MOST_RATIO, RATIO_FROM_BYTES = 100, 2**26
"""of all that is inside to the size of the archive, once there is so much inside"""
HIDDEN = ("__MACOSX",)


class ItemFiles(Protocol):
    """Files that items lie in."""

    @property
    def names(self) -> list[str]:
        """Paths with `/`, sorted."""
        ...

    def source(self, name: str) -> Source:
        """What is read when its turn comes; one that is not there fails then."""
        ...


@dataclass(frozen=True)
class FolderFiles:
    """Files below a folder; names may also be absolute paths."""

    root: Path

    @property
    def names(self) -> list[str]:
        return [p.relative_to(self.root).as_posix() for p in data_files(self.root)]

    def source(self, name: str) -> Source:
        return self.root / name


@dataclass(frozen=True)
class MissingFile:
    """A file that a table names and nobody gave."""

    name: str

    def read(self) -> bytes:
        raise InvalidInput(f"{self.name}: the file is missing")


@dataclass(frozen=True)
class GivenFiles:
    """Files that were given one by one; nothing else of this computer can be named.

    Attributes:
        paths: name as it was given -> where it lies
    """

    paths: Mapping[str, Path]

    @property
    def names(self) -> list[str]:
        return sorted(self.paths)

    def source(self, name: str) -> Source:
        by_end = PurePosixPath(name.replace("\\", "/")).name
        return self.paths.get(name) or self.paths.get(by_end) or MissingFile(name)


@dataclass(frozen=True)
class ZipMember:
    """A file in a ZIP."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def read(self) -> bytes:
        try:
            return self.archive.read(self.info)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
            raise InvalidInput(
                f"{self.info.filename}: it is damaged or encrypted in the ZIP: {error}"
            ) from error


@dataclass(frozen=True, eq=False)
class ZipFiles:
    """Files of a ZIP, read one by one and never written anywhere.

    Attributes:
        path: of the archive
        members: name, without a folder that holds everything -> member

    Raises:
        InvalidInput: if it is no ZIP, or holds more than is looked at
    """

    path: Path
    members: dict[str, ZipMember] = field(init=False)

    def __post_init__(self) -> None:
        try:
            archive = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
            raise InvalidInput(f"{self.path.name} is no ZIP that can be read: {error}") from error
        infos = [i for i in archive.infolist() if not i.is_dir() and not _is_hidden(i.filename)]
        self._refuse_bombs(infos)
        top = _common_folder([i.filename for i in infos])
        members = {i.filename.removeprefix(top): ZipMember(archive, i) for i in infos}
        object.__setattr__(self, "members", members)

    @property
    def names(self) -> list[str]:
        return sorted(self.members)

    def source(self, name: str) -> Source:
        return self.members.get(name) or MissingFile(name)

    def _refuse_bombs(self, infos: list[zipfile.ZipInfo]) -> None:
        """Raise where it holds too much; its own size is measured, not what it says of itself."""
        inside, size = sum(i.file_size for i in infos), self.path.stat().st_size
        largest = max((i.file_size for i in infos), default=0)
        faults = (
            (len(infos) > MOST_MEMBERS, f"{MOST_MEMBERS:,} files at most", f"{len(infos):,}"),
            (inside > MOST_TOTAL_BYTES, f"{_mb(MOST_TOTAL_BYTES)} inside at most", _mb(inside)),
            (largest > MOST_MEMBER_BYTES, f"{_mb(MOST_MEMBER_BYTES)} a file", _mb(largest)),
            (
                inside > max(RATIO_FROM_BYTES, MOST_RATIO * size),
                f"at most {MOST_RATIO} times its own size inside",
                f"{inside / max(size, 1):,.0f} times",
            ),
        )
        for wrong, expected, got in faults:
            if wrong:
                raise InvalidInput(
                    f"{self.path.name}: expected {expected}, got {got}; divide the ZIP, or give "
                    "its folder to the command line"
                )


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


def _is_hidden(name: str) -> bool:
    """Whether an archiver left it there, such as `__MACOSX/._a.wav`."""
    parts = PurePosixPath(name).parts
    return any(p.startswith(".") or p in HIDDEN for p in parts)


def _common_folder(names: list[str]) -> str:
    """The folder that was packed, with its `/`; "" where the first folders are classes or splits.

    Example:
        >>> _common_folder(["mine/joy/a.wav", "mine/fear/b.wav"]), _common_folder(["joy/a.wav"])
        ('mine/', '')
    """
    first = {n.partition("/")[0] for n in names}
    if len(first) != 1 or any(n.count("/") < 2 for n in names):
        return ""
    folder = first.pop()
    if split_of(folder) or folder.lower() in LABEL_OF_WORD:
        return ""
    top = f"{folder}/"
    return top + _common_folder([n.removeprefix(top) for n in names])


def files_below(path: Path) -> ItemFiles:
    """Files of a folder or of a ZIP."""
    opened: Callable[[Path], ItemFiles] = FolderFiles if path.is_dir() else ZipFiles
    return opened(path)
