"""Original files of data sets of texts that are no table with a header."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ..errors import InvalidInput
from ..labels import GOEMOTIONS28
from .labelled_items import SEVERAL
from .sources import read_source, split_of

GOEMOTIONS_ENDING, GOEMOTIONS_LABELS = ".tsv", "emotions.txt"
EMOTION_ENDING = ".txt"


def _split_files(folder: Path, ending: str) -> dict[str, Path]:
    """Split -> its file."""
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and p.suffix.lower() == ending]
    return {split: path for path in files if (split := split_of(path.stem))}


def _goemotions_line(line: str, labels: tuple[str, ...]) -> tuple[str, str] | None:
    """Text and labels of a line such as `so happy<tab>17,13<tab>eew5j0j`."""
    cells = line.split("\t")
    numbers = cells[1].split(",") if len(cells) == 3 else []
    if not numbers or not all(n.isdecimal() and int(n) < len(labels) for n in numbers):
        return None
    return cells[0], SEVERAL.join(labels[int(n)] for n in numbers)


def _emotion_line(line: str) -> tuple[str, str] | None:
    """Text and label of a line such as `i feel calm;joy`."""
    text, separator, label = line.rpartition(";")
    return (text, label.strip()) if separator and label.strip().isalpha() else None


def _goemotions_labels(folder: Path) -> tuple[str, ...]:
    names = folder / GOEMOTIONS_LABELS
    return tuple(names.read_text(encoding="utf-8").split()) if names.is_file() else GOEMOTIONS28


def read_texts(path: Path, read_classes: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    """Rows of texts of any source: as their authors publish them, else as `read_source` does."""
    original = read_original_texts(path)
    return read_source(path, read_classes) if original is None else original


def read_original_texts(folder: Path) -> pd.DataFrame | None:
    """GoEmotions or `emotion` as their authors publish them; None for anything else.

    GoEmotions (Demszky et al., ACL 2020) is `train.tsv`, `dev.tsv` and `test.tsv` without a
    header: text, numbers of labels, id; `emotion` (Saravia et al., EMNLP 2018) is `train.txt`,
    `val.txt` and `test.txt` of lines `text;label`.

    Args:
        folder: of the files

    Returns:
        columns `text`, `label` (several joined by `|`) and `split`

    Raises:
        InvalidInput: for a line that is not of the form of those before
    """
    if not folder.is_dir():
        return None
    labels = _goemotions_labels(folder)
    for ending, read in (
        (GOEMOTIONS_ENDING, lambda line: _goemotions_line(line, labels)),
        (EMOTION_ENDING, _emotion_line),
    ):
        rows = []
        for split, path in _split_files(folder, ending).items():
            lines = path.read_text(encoding="utf-8-sig", errors="replace").split("\n")
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                found = read(line.rstrip("\r"))
                if found is None and not rows:
                    break  # a table with a header, or texts of another kind
                if found is None:
                    raise InvalidInput(f"{path}: line {number} has no label: {line[:80]!r}")
                rows.append({"text": found[0], "label": found[1], "split": split})
        if rows:
            return pd.DataFrame(rows)
    return None
