"""Files and folders, on this computer or behind any address that fsspec knows (`s3://...`)."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from ..errors import InvalidInput, MissingDependency

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

EXTRA = "batch"
OF_ONE_PROCESS = ("memory",)
"""file systems that other processes do not see"""
TEMPORARY = ".new"
"""folder of files that are being written; a killed run leaves some"""


class StoredFile(NamedTuple):
    """A file of a folder.

    Attributes:
        name: below the folder, with `/`
        size: in bytes
        stamp: changes with the content: a time, or a store's tag
    """

    name: str
    size: int
    stamp: str


class Place:
    """A file or a folder by its address.

    Args:
        address: a path, or `protocol://...`

    Raises:
        InvalidInput: if nothing knows the protocol
        MissingDependency: without fsspec
    """

    def __init__(self, address: str | Path) -> None:
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise MissingDependency("fsspec", EXTRA) from error
        self.address = str(address)
        self.fs: AbstractFileSystem
        try:
            self.fs, self.path = url_to_fs(self.address)
        except (ImportError, ValueError, OSError) as error:  # no driver, no such protocol, no file
            raise InvalidInput(f"{self.address} cannot be opened: {error}") from error

    @property
    def is_local(self) -> bool:
        """Whether it lies in the file system of this computer."""
        return "file" in self.protocols

    @property
    def protocols(self) -> tuple[str, ...]:
        """What its file system is called."""
        names = self.fs.protocol
        return (names,) if isinstance(names, str) else tuple(names)

    def is_folder(self) -> bool:
        """Whether there is a folder."""
        return self.fs.isdir(self.path)

    def is_file(self) -> bool:
        """Whether there is a file."""
        return self.fs.isfile(self.path)

    def require_shared(self) -> None:
        """Refuse what only this process sees.

        Raises:
            InvalidInput: for such a file system
        """
        if set(self.protocols) & set(OF_ONE_PROCESS):
            raise InvalidInput(
                f"{self.address}: expected storage that the workers reach too, got the memory of "
                "one process; give a path or an object store"
            )

    def below(self, name: str) -> "Place":
        """A file of this folder; of a path that is absolute, that file."""
        if "://" not in self.address:
            return Place(Path(self.address, name))
        head, mark, chain = self.address.partition("::")
        return Place(f"{head.rstrip('/')}/{name}{mark}{chain}")

    def files(self) -> list[StoredFile]:
        """Every file below the folder, by name, without hidden ones."""
        root = self.path.rstrip("/") + "/"
        found = self.fs.find(self.path, detail=True)
        named = [(path.removeprefix(root), info) for path, info in found.items()]
        return sorted(
            StoredFile(name, int(info.get("size") or 0), _stamp(info))
            for name, info in named
            if not any(part.startswith(".") for part in name.split("/"))
        )

    def names(self) -> list[str]:
        """Of the files directly in the folder; none where there is no folder."""
        if not self.is_folder():
            return []
        self.fs.invalidate_cache(self.path)
        paths = self.fs.ls(self.path, detail=False)
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in paths)

    def read(self) -> bytes:
        """The content of the file."""
        return self.fs.cat_file(self.path)

    def write(self, content: bytes) -> None:
        """Put a file here, whole or not at all."""
        with self.new_file() as path:
            path.write_bytes(content)

    def remove(self) -> None:
        """Delete the file."""
        self.fs.rm_file(self.path)

    def remove_folder(self) -> None:
        """Delete the folder and what is in it."""
        self.fs.rm(self.path, recursive=True)

    @contextmanager
    def new_file(self) -> Generator[Path]:
        """A local path to write to, which is put here at the end, whole or not at all.

        On this computer by renaming; object stores show an object once it is complete.
        """
        ending = "".join(Path(self.path).suffixes[-1:])
        if self.is_local:
            folder = Path(self.path).parent / TEMPORARY
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{uuid4().hex}{ending}"
            try:
                yield path
                _make_durable(path)
                path.replace(self.path)
            finally:
                path.unlink(missing_ok=True)
            return
        with tempfile.TemporaryDirectory() as name:
            yield (path := Path(name, f"new{ending}"))
            self.fs.put_file(str(path), self.path)

    @contextmanager
    def local_file(self) -> Generator[Path]:
        """The file as one of this computer: itself, or a copy that is removed at the end.

        Raises:
            InvalidInput: if it cannot be fetched
        """
        if self.is_local:
            yield Path(self.path)
            return
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, Path(self.path).name or "file")
            try:
                self.fs.get_file(self.path, str(path))
            except Exception as error:  # each store raises classes of its own
                raise InvalidInput(f"{self.address} cannot be fetched: {error!r}") from error
            yield path


def _stamp(info: dict[str, object]) -> str:
    names = ("mtime", "ETag", "etag", "md5Hash", "LastModified", "last_modified", "created")
    return next((str(info[name]) for name in names if info.get(name)), "")


def _make_durable(path: Path) -> None:
    """On the disk before it gets its name, so that a power cut leaves no empty part."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
