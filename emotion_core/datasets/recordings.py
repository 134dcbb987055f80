"""Labelled recordings: where they come from, their labels, and their splits and folds."""

import logging
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ..audio.decode import ENDINGS
from ..errors import InvalidInput
from ..folders import list_files
from ..labels import LabelMapping, label_of, label_set, mapping, ordered
from .corpora import Recording, known_speaker, read_original
from .sources import (
    class_files,
    given_splits,
    read_source,
    require_columns,
    require_one_label,
    require_one_spelling,
    tell_left_out,
)
from .splits import group_folds, linked, random_split, require_classes, speaker_disjoint_split

log = logging.getLogger(__name__)

INDEX = "index.csv"
SHARES: Mapping[str, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
VALIDATION_SHARE = 0.1
"""of the training recordings, where a data set has a test split but no validation split"""

COLUMNS = ("path", "label", "speaker", "group", "split", "fold", "duplicate_of")
_OTHER_NAMES = {
    "dup_of": "duplicate_of", "emobox_fold": "fold", "person": "speaker", "subject": "speaker",
}  # fmt: skip
"""column of an index or a table -> what is read of it"""


def _class_folders(root: Path) -> pd.DataFrame:
    """`root/<class>/**`, any file with sound; the class is the first folder's name."""
    rows = [
        {"path": str(path.absolute()), "label": label, "speaker": known_speaker(path)}
        for label, path in class_files(root, ENDINGS)
    ]
    if not rows:
        raise InvalidInput(
            f"{root}: expected a data set as downloaded (RAVDESS, CREMA-D, EMO-DB, TESS, SAVEE, "
            f"IEMOCAP, MELD), a folder with {INDEX}, or a folder per class with recordings "
            f"({' '.join(ENDINGS)}) in it"
        )
    return pd.DataFrame(rows)


def _recording(row: Mapping[str, str], corpus: str, path: Path) -> Recording:
    group = row["group"] or row["speaker"]
    try:
        fold = int(float(row["fold"])) if row["fold"] else None
    except ValueError as error:
        raise InvalidInput(f"{path}: expected a number as fold, got {row['fold']!r}") from error
    return Recording(
        path,
        row["label"],
        row["speaker"],
        corpus,
        f"{corpus}/{group}" if group else "",
        row["split"],
        fold,
        row["duplicate_of"],
    )


def _read_rows(source: Path, corpus: str, base: Path) -> list[Recording]:
    """Rows as recordings; those without a label or a file are left out, and that is told."""
    found, left_out = [], []
    for row in _rows(source):
        path = base / row["path"]
        if not row["label"].strip():
            left_out.append("without a label")
        elif not path.is_file():
            left_out.append("whose file is missing")
        else:
            found.append(_recording(row, corpus, path))
    tell_left_out(str(source), left_out)
    if not found:
        why = ", ".join(dict.fromkeys(left_out)) or "it has no rows"
        raise InvalidInput(
            f"{source}: expected rows with a label and a file, got none ({why}); paths are "
            f"relative to {base}"
        )
    return found


def _rows(source: Path) -> list[dict[str, str]]:
    """Rows of a table, or of a folder of classes or splits, with every column of `COLUMNS`."""
    frame = read_source(source, _class_folders)
    for name, meant in _OTHER_NAMES.items():
        if name in frame and meant not in frame:
            frame[meant] = frame[name]
    require_columns(frame, ("path", "label"), source)
    return frame.reindex(columns=list(COLUMNS), fill_value="").to_dict("records")


def read_recordings(
    source: Path, *, songs: bool = False, excited_as_joy: bool = True
) -> list[Recording]:
    """Every labelled recording of a source, whatever its layout.

    A column `emotion` and the data sets known by name are read in the words of `labels.py`;
    a column `label` and folders keep their own words, which `map_labels` carries to a label set.

    Args:
        source: a data set as downloaded; a folder with `index.csv` (file, emotion, speaker and,
            if known, dup_of, emobox_fold), or a folder of such folders; a folder per class, per
            split and class; or a CSV, JSONL or Parquet file with path, label and, if known,
            speaker, group, split, fold
        songs: whether sung recordings of RAVDESS are read too
        excited_as_joy: whether IEMOCAP's `exc` joins its `hap`

    Raises:
        InvalidInput: if nothing readable is there or no recording has a label and a file
    """
    if source.is_dir():
        if indexes := [p for p in list_files(source) if p.name == INDEX]:
            return [r for i in indexes for r in _read_rows(i, i.absolute().parent.name, i.parent)]
        if recordings := read_original(source, songs=songs, excited_as_joy=excited_as_joy):
            return recordings
        return _read_rows(source, source.absolute().name, source)
    corpus = source.absolute().parent.name if source.name == INDEX else source.stem
    return _read_rows(source, corpus, source.parent)


def model_labels(
    recordings: Sequence[Recording], label_set_name: str, data: str
) -> tuple[str, ...]:
    """The ordered labels of a model: those of a label set, or the recordings' own.

    Args:
        recordings: that it is reported on
        label_set_name: empty for their own
        data: what they are of, for the message

    Raises:
        InvalidInput: for fewer than two labels, one in several spellings, or an unknown set
    """
    words = {r.label for r in recordings}
    if label_set_name:
        return label_set(label_set_name)
    require_one_label(words, data)
    require_one_spelling(words, data)
    if len(words) < 2:
        raise InvalidInput(f"{data}: expected two classes or more, got {', '.join(words)}")
    return ordered(words)


def map_labels(
    recordings: Sequence[Recording], target: Sequence[str]
) -> tuple[list[Recording], LabelMapping]:
    """Recordings in the labels of another set; those that it has no place for are left out.

    Returns:
        the recordings that are kept, and the mapping, whose `loss()` says what was lost

    Raises:
        LabelMismatch: if no label has a place in the target
    """
    words = {r.label: r.label if r.label in target else label_of(r.label) for r in recordings}
    carry = mapping(sorted(set(words.values())), target)
    counts = Counter(words[r.label] for r in recordings)
    dropped = sum(counts[label] for label in carry.dropped)
    log.info("labels mapped: %s; %d recordings left out", carry.loss(), dropped)
    return [
        replace(r, label=carry.table[words[r.label]])
        for r in recordings
        if words[r.label] in carry.table
    ], carry


def units(recordings: Sequence[Recording], *, random: bool = False) -> np.ndarray:
    """(recording,) number of what must stay together: a group and whatever is a copy in it.

    Args:
        recordings: where a group is unknown, a recording is a group by itself
        random: whether only copies stay together
    """
    copied = {(r.corpus, r.duplicate_of) for r in recordings if r.duplicate_of}
    keys: list[list[Hashable]] = []
    for place, recording in enumerate(recordings):
        names = {(recording.corpus, n) for n in (recording.path.stem, recording.duplicate_of)}
        group = [recording.group] if recording.group and not random else []
        keys.append([place, *group, *(names & copied)])
    return linked(keys)


def _tell_both_sides(recordings: Sequence[Recording], sides: Sequence[object], what: str) -> None:
    """Warn where speakers are on both sides, or may be."""
    whole = units(recordings)
    sides_of = Counter(unit for unit, _ in set(zip(whole.tolist(), sides, strict=True)))
    if divided := sum(n > 1 for n in sides_of.values()):
        log.warning(
            "%d of %d groups (speakers, dialogues, copies) are on both sides of the %s: scores "
            "will be better than for new speakers", divided, len(sides_of), what,
        )  # fmt: skip
    if unknown := sum(not r.group for r in recordings):
        log.warning(
            "the speakers of %d recordings are unknown and may be on both sides of the %s; name "
            "them in a column speaker or group", unknown, what,
        )  # fmt: skip


def _divide(
    recordings: Sequence[Recording], shares: Mapping[str, float], seed: int, *, random: bool
) -> list[Recording]:
    together, labels = units(recordings, random=random), [r.label for r in recordings]
    if random:
        names = random_split(labels, shares, seed, together)
    else:
        names = speaker_disjoint_split(together, labels, shares, seed)
    return [replace(r, split=str(name)) for r, name in zip(recordings, names, strict=True)]


def with_splits(
    recordings: Sequence[Recording],
    seed: int,
    shares: Mapping[str, float] = SHARES,
    *,
    random: bool = False,
) -> list[Recording]:
    """Recordings with a split each; given ones stand, others keep speakers on one side.

    Args:
        recordings: with a split all or none; where `validation` is missing, it comes from `train`
        seed: decides which speakers go where
        shares: split -> share, the first to be trained on, where no splits are given
        random: whether speakers may be on both sides

    Raises:
        InvalidInput: if only some recordings have a split, a split has another name, there are
            fewer groups than splits, or training lacks a class
    """
    given = given_splits((r.split for r in recordings), "recordings")
    if not given:
        done = _divide(recordings, shares, seed, random=random)
    elif "train" in given and "validation" not in given:
        parts = {"train": 1 - VALIDATION_SHARE, "validation": VALIDATION_SHARE}
        train = [r for r in recordings if r.split == "train"]
        divided = iter(_divide(train, parts, seed, random=random))
        done = [next(divided) if r.split == "train" else r for r in recordings]
    else:
        done = list(recordings)
    splits, labels = [r.split for r in done], [r.label for r in done]
    require_classes(labels, np.array(splits) == "train", "split")
    for split in sorted(set(splits)):
        if lacking := set(labels) - {r.label for r in done if r.split == split}:
            log.warning("the %s split has no %s", split, ", ".join(sorted(lacking)))
    _tell_both_sides(done, splits, "split")
    return done


def with_folds(
    recordings: Sequence[Recording], k: int, seed: int, *, random: bool = False
) -> list[Recording]:
    """Recordings with a fold each; given ones stand, others keep speakers on one side.

    Args:
        recordings: with a fold all or none
        k: number of folds, counted from 1, where none are given
        seed: decides which speakers go where
        random: whether speakers may be in several folds; given folds are then replaced

    Raises:
        InvalidInput: if only some recordings have a fold, there are fewer groups than folds, or
            the rest of the data lacks a class that a fold has
    """
    missing = sum(r.fold is None for r in recordings)
    if 0 < missing < len(recordings) and not random:
        raise InvalidInput(
            f"expected a fold for every recording or for none, got {missing} of "
            f"{len(recordings)} without; fill in the column fold or take it out"
        )
    labels = [r.label for r in recordings]
    if missing or random or not recordings:
        folds = group_folds(units(recordings, random=random), labels, k, seed) + 1
    else:
        folds = np.array([r.fold for r in recordings])
        for fold in np.unique(folds):
            require_classes(labels, folds != fold, f"fold {fold}")
    _tell_both_sides(recordings, folds.tolist(), "folds")
    return [replace(r, fold=int(fold)) for r, fold in zip(recordings, folds, strict=True)]
