"""Labelled utterances with words, voice and face: where they come from, and their labels.

IEMOCAP and MELD are read as they are downloaded. Neither is shipped, and the first needs a
licence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..errors import InvalidInput
from ..face.answers import PICTURE_ENDINGS
from ..folders import list_files
from ..labels import EKMAN7, IEMOCAP4, label_of, mapping, ordered
from .corpora import iemocap_label_files, meld_tables
from .paired_clip import PairedClip, PairedSet
from .paired_corpora import paired_iemocap, paired_meld, picture_of
from .sources import read_source, require_columns, tell_left_out

COLUMNS = ("text", "path", "face", "label", "speaker", "dialogue", "session", "group", "split")
"""of a table; of the first three, one is enough, and those after the label may be left out"""


def _no_classes(root: Path) -> pd.DataFrame:
    raise InvalidInput(
        f"{root}: expected IEMOCAP or MELD as downloaded, a table, or a folder with a table for "
        "each split (CSV, JSONL or Parquet) with the columns text, path or face, and label"
    )


def _rows(source: Path) -> list[dict[str, str]]:
    """Rows of a table with every column of `COLUMNS`."""
    frame = read_source(source, _no_classes)
    if "label" not in frame:
        frame = frame.rename(columns={"emotion": "label"})
    require_columns(frame, ("label",), source)
    frame = frame.astype(object).where(frame.notna(), "").astype(str)
    return frame.reindex(columns=list(COLUMNS), fill_value="").to_dict("records")


def _row_clip(name: str, row: Mapping[str, str], corpus: str, base: Path) -> PairedClip:
    sound, picture = (base / row[c] if row[c] else None for c in ("path", "face"))
    if sound is not None and sound.suffix.lower() in PICTURE_ENDINGS:
        sound, picture = None, picture or sound
    elif sound is not None:
        picture = picture or picture_of(sound)
    together = row["group"] or row["session"] or row["dialogue"] or row["speaker"]
    return PairedClip(
        name=name,
        text=row["text"].strip(),
        sound=sound,
        picture=picture,
        label=row["label"],
        speaker=row["speaker"],
        group=f"{corpus}/{together}" if together else "",
        dialogue=row["dialogue"],
        session=row["session"],
        split=row["split"],
    )


def _read_table(source: Path) -> list[PairedClip]:
    """Rows with a label of which something is there; a missing file leaves its row out."""
    base = source if source.is_dir() else source.parent
    clips, left_out = [], []
    for number, row in enumerate(_rows(source)):
        clip = _row_clip(f"row {number}", row, source.stem, base)
        files = [p for p in (clip.sound, clip.picture) if p is not None]
        if not clip.label:
            left_out.append("without a label")
        elif not all(p.is_file() for p in files):
            left_out.append("whose file is missing")
        elif not (clip.text or files):
            left_out.append("with neither text nor file")
        else:
            clips.append(clip)
    tell_left_out(str(source), left_out)
    return clips


def _carried(clips: Sequence[PairedClip], corpus: str, target: tuple[str, ...] | None) -> PairedSet:
    """Clips in the labels of a set; those that it has no place for are counted and left out."""
    words = {c.label: label_of(c.label) for c in clips}
    target = target or ordered(words.values())
    words |= {label: label for label in words if label in target}
    table = mapping(sorted(set(words.values())), target).table
    tell_left_out(corpus, (f"labelled {c.label}" for c in clips if words[c.label] not in table))
    kept = (c for c in clips if words[c.label] in table)
    return PairedSet(corpus, target, tuple(replace(c, label=table[words[c.label]]) for c in kept))


def read_paired(source: Path, labels: tuple[str, ...] | None = None) -> PairedSet:
    """Utterances with what is known of each; what is left out is counted in the log.

    Args:
        source: IEMOCAP as released (`EmoEvaluation`, `transcriptions` and `sentences/wav` of its
            sessions), MELD as released (its three tables and folders of clips), or a table, or a
            folder with a table for each split. Of a table, `path` is a sound, a video or a photo,
            and `face` a photo or a video, relative to its folder; see `COLUMNS`
        labels: ordered; None takes `IEMOCAP4` for IEMOCAP (excitement joins happy), `EKMAN7` for
            MELD, and for a table its own

    Raises:
        InvalidInput: if nothing readable is there, or nothing that has a label
        LabelMismatch: if no label has a place among those asked for
    """
    files = list_files(source) if source.is_dir() else []
    if found := iemocap_label_files(files):
        clips, corpus, usual = paired_iemocap(found), "iemocap", IEMOCAP4
    elif found := meld_tables(files):
        clips, corpus, usual = paired_meld(found, files), "meld", EKMAN7
    else:
        clips, corpus, usual = _read_table(source), source.stem, None
    if not clips:
        raise InvalidInput(
            f"{source}: expected labelled utterances, all that was found had to be left out (the "
            "log says why); check that the data are whole and give the folder that holds all of it"
        )
    return _carried(clips, corpus, labels or usual)
