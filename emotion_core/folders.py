"""What lies in a folder, and files that no reader meets half written."""

from collections.abc import Collection, Iterable
from pathlib import Path

from .errors import InvalidInput


def list_files(root: Path) -> list[Path]:
    """All files below a folder, sorted, without hidden ones (macOS adds `._name` to archives)."""
    return sorted(p for p in root.rglob("*") if not p.name.startswith(".") and p.is_file())


def files_in(paths: Iterable[Path], kind: str, endings: Collection[str]) -> list[Path]:
    """The files named, and the files of a kind in the folders named, in order.

    Args:
        paths: files and folders
        kind: what is looked for, in words
        endings: in lower case, with their dot

    Raises:
        InvalidInput: if a folder holds none
    """
    found = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [p for p in list_files(path) if p.suffix.lower() in endings]
        if not inside:
            raise InvalidInput(
                f"{path}: expected {kind} ({' '.join(endings)}) in the folder, got none"
            )
        found += inside
    return found


def replace_file(path: Path, text: str) -> None:
    """Write a file in one step, so that no reader meets half of it."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
