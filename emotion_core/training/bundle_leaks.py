"""What the test data of a bundle share with what it was trained on, and its scores without that."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..datasets.corpora import Recording
from ..datasets.recordings import read_recordings
from ..datasets.sources import data_path
from ..errors import InvalidInput
from ..evaluation.cards import RESULTS
from ..evaluation.findings import read_finding
from ..evaluation.leak_items import LeakItems, OnProgress, face_items, file_items, text_items
from ..evaluation.leaks import NAMED, TRAIN, LeakReport, find_leaks
from ..evaluation.metrics import NO_ANSWER, classification_scores, multi_label_scores
from ..registry import find
from ..rows import probability_columns
from ..types import ModelSpec
from .audio_config import AudioConfig
from .audio_material import read_reported
from .face_config import FaceConfig
from .face_training import read_face_set
from .record import bundle_config
from .text_config import TextConfig
from .text_data import read_dataset

ANSWERS = "test.parquet"
SCORES = ("accuracy", "uar", "macro_f1", "weighted_f1")
TEST, REST = "test", "other data"
SEVERAL = "|"
"""between the labels of one item"""
APART, UNKNOWN = "apart", "unknown"
"""of what an upstream encoder has seen of the test items"""


def stored_answers(spec: ModelSpec) -> pd.DataFrame:
    """What a bundle answered for its test items.

    Raises:
        InvalidInput: if it was not measured
    """
    path = spec.folder / "evaluation" / ANSWERS
    if not path.is_file():
        raise InvalidInput(f"{spec.id} has no evaluation/{ANSWERS}; measure it first")
    return pd.read_parquet(path)


def scores_of(spec: ModelSpec, frame: pd.DataFrame) -> dict[str, Any]:
    """Scores of some of the stored answers, each with its interval.

    Args:
        spec: of the bundle
        frame: rows of `stored_answers`

    Returns:
        `n`, and score -> value and interval; `n` alone where there is no row
    """
    if frame.empty:
        return {"n": 0}
    labels = spec.labels
    if spec.multi_label:
        spelt = [set(str(t).split(SEVERAL)) for t in frame["truth"]]
        truth = np.array([[label in s for label in labels] for s in spelt])
        presence = frame[[f"presence_{x}" for x in labels]].to_numpy(np.float64)
        thresholds = np.array(spec.calibration.thresholds or [0.5] * len(labels))
        found = multi_label_scores(truth, presence >= thresholds, labels)
    else:
        values = frame[probability_columns(labels)].to_numpy(np.float64)
        answered = ~np.isnan(values).any(1)
        found = classification_scores(
            np.array([labels.index(x) for x in frame["truth"]]),
            np.where(answered, np.nan_to_num(values).argmax(1), NO_ANSWER),
            labels,
            next((frame[c].to_numpy(str) for c in ("speaker", "group") if c in frame), None),
        )
    return {
        "n": found.n,
        **{k: [found.metrics[k], *found.intervals[k]] for k in SCORES},
    }


def counts_of(report: LeakReport, chosen: np.ndarray) -> dict[str, Any]:
    """How many of the test items have a copy in training, and what was compared.

    Args:
        report: of test and training items together
        chosen: (item,) bool: the test items
    """
    return {
        "kind": report.items.kind,
        "items": int(chosen.sum()),
        "compared_with": int((report.items.sides == TRAIN).sum())
        if report.protocol == NAMED
        else len(chosen) - int(chosen.sum()),
        "exact": int(report.exact[chosen].sum()),
        "normalised": int(report.normalised[chosen].sum()),
        "near": int(report.near[chosen].sum()),
        "groups": report.items.group_column,
        "groups_on_both_sides": len(report.groups),
        "left_out": len(report.items.left_out),
    }


def scores_without(
    spec: ModelSpec, frame: pd.DataFrame, exact: np.ndarray, near: np.ndarray
) -> dict[str, Any]:
    """Scores of all rows, without exact copies, and without any; masks are (row,)."""
    parts = {}
    if exact.any():
        parts["without exact copies"] = ~exact
    if near.any():
        parts["without exact and near copies"] = ~(exact | near)
    without = {name: scores_of(spec, frame[chosen]) for name, chosen in parts.items()}
    return {"all": _recorded(spec) or scores_of(spec, frame), **without}


def _recorded(spec: ModelSpec) -> dict[str, Any]:
    """The scores of the whole split as the bundle records them, so that both say the same."""
    record = read_finding(spec.folder, RESULTS).get("scores")
    if not record:
        return {}
    return {"n": record["n"], **{k: [record[k], *record["intervals"][k]] for k in SCORES}}


def _record(
    spec: ModelSpec,
    report: LeakReport,
    names: np.ndarray,
    told: str,
    upstream: list[dict[str, str]],
) -> dict[str, Any]:
    """The finding of one comparison, for stored answers with ids.

    Args:
        spec: of the bundle
        report: of test and training items together
        names: (item,) the id of each test item in the stored answers; empty for the others
        told: what was compared, in words
        upstream: what encoders have seen
    """
    chosen = names != ""
    frame = stored_answers(spec)
    place = {name: i for i, name in enumerate(names.tolist()) if name}
    rows = np.array([place.get(str(x), -1) for x in frame["id"]])
    if (rows < 0).any():
        raise InvalidInput(
            f"{spec.id}: {int((rows < 0).sum())} of {len(rows)} stored answers are of items that "
            "the data do not have; give the data that it was measured on"
        )
    scores = scores_without(spec, frame, report.exact[rows], report.near[rows])
    return {
        "checks": [{"told": told, **counts_of(report, chosen)}],
        "scores": scores,
        "upstream": upstream,
    }


def _text_leaks(spec: ModelSpec, data: Path | None) -> dict[str, Any]:
    config = bundle_config(TextConfig, spec.folder, data)
    splits = read_dataset(config).splits
    sides = np.concatenate([np.full(len(s), name, "<U10") for name, s in splits.items()])
    ids = np.concatenate([s.ids.astype(str) for s in splits.values()])
    texts = pd.Series([t for s in splits.values() for t in s.texts])
    items = text_items(texts, sides, np.full(len(texts), ""), "")
    kept = np.array([int(name) for name in items.names])
    names = np.where(sides[kept] == TEST, ids[kept], "")
    upstream = [_text_encoder(config)] if "encoder" in spec.architecture else []
    told = "test texts, as the model reads them, against the training texts"
    return _record(spec, find_leaks(items), names, told, upstream)


def _text_encoder(config: TextConfig) -> dict[str, str]:
    return {
        "encoder": config.encoder.name,
        "seen": UNKNOWN,
        "told": (
            "pre-trained by others on public web text, comments of Reddit among it, without "
            "labels of emotions; whether the test texts were part of it cannot be told"
        ),
    }


@lru_cache(1)
def _sound_items(data: str, on_progress: OnProgress | None) -> tuple[list[Recording], LeakItems]:
    """Every recording of some sources, joined by commas, and its fingerprint."""
    recordings = [r for name in data.split(",") for r in read_recordings(data_path(name.strip()))]
    names = [str(r.path) for r in recordings]
    groups = np.array([r.group for r in recordings])
    sides = np.full(len(names), REST, "<U20")
    paths = [r.path for r in recordings]
    return recordings, file_items(paths, names, sides, groups, "speaker", on_progress)


def _sound_sides(config: AudioConfig, recordings: list[Recording]) -> dict[str, str]:
    """Path -> side: a fold or split of the reported data, else what is always trained on.

    Recordings of the reported data that the model has no label for are on no side.
    """
    folds, reported = config.cross_validation, read_reported(config)
    corpora = {r.corpus for r in reported}
    rest = REST if folds else TRAIN
    sides = {str(r.path): "" if r.corpus in corpora else rest for r in recordings}
    return sides | {str(r.path): f"fold {r.fold}" if folds else r.split for r in reported}


def _audio_leaks(
    spec: ModelSpec, data: Path | None, on_progress: OnProgress | None
) -> dict[str, Any]:
    config = bundle_config(AudioConfig, spec.folder, data)
    recordings, items = _sound_items(config.data, on_progress)
    side = _sound_sides(config, recordings)
    sides = np.array([side[name] for name in items.names])
    tested = np.char.startswith(sides, "fold") if config.cross_validation else sides == TEST
    names = np.where(tested, [Path(name).stem for name in items.names], "")
    told = (
        "recordings of each fold against those of all other folds and of the other data sets"
        if config.cross_validation
        else "recordings of the test speakers against all that the network was trained on"
    )
    report = find_leaks(replace(items, sides=sides))
    return _record(spec, report, names, told, _sound_encoder(config))


def _sound_encoder(config: AudioConfig) -> list[dict[str, str]]:
    name = config.network.pretrained
    told = "pre-trained by others; what it has heard is not known here"
    return [{"encoder": name, "seen": UNKNOWN, "told": told}] if name else []


def _face_leaks(spec: ModelSpec, data: Path | None) -> dict[str, Any]:
    faces = read_face_set(bundle_config(FaceConfig, spec.folder, data))
    names = np.where(faces.split == TEST, faces.name, "")
    report = find_leaks(face_items(faces.crops, faces.split))
    return _record(spec, report, names, "test faces against the training faces", [])


def bundle_leaks(
    model: str | Path, data: Path | None = None, on_progress: OnProgress | None = None
) -> dict[str, Any]:
    """What a bundle's test data share with its training data; counts and scores alone.

    Args:
        model: bundle id or folder, measured
        data: as for training; None takes what the bundle was trained on
        on_progress: called with (recordings done, recordings)

    Returns:
        `checks`, `scores` of all stored answers and without the copies, `upstream` encoders,
        ready for JSON

    Raises:
        InvalidInput: if the bundle was not measured, or its data cannot be read
    """
    spec = find(model)
    if spec.modality == "text":
        return _text_leaks(spec, data)
    if spec.modality == "audio":
        return _audio_leaks(spec, data, on_progress)
    if spec.modality == "face":
        return _face_leaks(spec, data)
    from .fusion_leaks import fusion_leaks

    return fusion_leaks(spec, data)


def leaks_in(found: dict[str, Any]) -> str:
    """What `bundle_leaks` found to be on both sides, in words; empty where it is clean."""
    return "; ".join(
        f"{c['told']}: {c['exact']:,} exact and {c['near']:,} near copies"
        + (f", {c['groups_on_both_sides']:,} {c['groups']}s on both sides" if c["groups"] else "")
        for c in found["checks"]
        if c["exact"] or c["near"] or c["groups_on_both_sides"]
    )
