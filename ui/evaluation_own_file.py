"""The file that a person gives to the tab of their own test, kept on disk for the session."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

from streamlit.runtime.uploaded_file_manager import UploadedFile

from .temporary import folder_of_process


class OwnFile:
    """A file on disk for as long as the session keeps it, and files that it names.

    Attributes:
        identity: the same only for the same file
        name: of the file; "" while only files came that it shall name
        note: what a person should know of it
        path: where it lies
        more: name -> where it lies, of files that the first one names
        read: what was read of it, by how it was read
    """

    def __init__(self, identity: str, name: str, note: str = "") -> None:
        self.identity, self.name, self.note = identity, name, note
        self._folder = Path(mkdtemp(dir=folder_of_process()))
        finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.path = self._folder / Path(name).name
        self.more: dict[str, Path] = {}
        self.read: dict[object, object] = {}

    def fill(self, file: UploadedFile) -> None:
        """Become this upload; what it names stays."""
        self.identity, self.name = file.file_id, file.name
        self.path = self._folder / Path(file.name).name
        _write(file, self.path)
        self.read.clear()

    def add(self, file: UploadedFile) -> None:
        """Keep a file that the first one names, under a name of our own."""
        target = self.more.get(file.name) or self._folder / (
            f"item-{len(self.more)}{Path(file.name).suffix}"
        )
        _write(file, target)
        self.more[file.name] = target
        self.read.clear()

    @property
    def size(self) -> str:
        """Of everything, in words."""
        paths = [*self.more.values(), *([self.path] if self.name else [])]
        size = sum(p.stat().st_size for p in paths)
        return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def _write(file: UploadedFile, target: Path) -> None:
    """An upload, written in blocks."""
    file.seek(0)
    with target.open("wb") as out:
        shutil.copyfileobj(file, out)
