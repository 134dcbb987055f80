"""Scores of a voice model per slice of its speakers, from its stored test answers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.sources import data_path, read_table
from ..errors import InvalidInput
from ..registry import find
from ..rows import probability_columns
from ..types import ModelSpec
from .fairness import FairnessPart, score_checks, sliced_predictions
from .metrics import BOOTSTRAP_SAMPLES, NO_ANSWER
from .predictions import Predictions

ANSWERS = "test.parquet"
INDEX = "index.csv"
COLUMNS = ("sex", "gender")
MEASURES = {"uar": "UAR", "accuracy": "accuracy"}
PROTOCOL = (
    "The {items:,} stored test answers of {speakers} speakers of {data}, which are those that the "
    "scores above are made of; {unanswered} recordings without an answer count as wrong. "
    "Intervals: 1,000 bootstrap samples of speakers, none where a slice has one speaker; the "
    "largest gap is compared with that of 999 permutations of speakers."
)
LIMITS = (
    "Speakers, not recordings, are compared, since each has a voice and a way of acting of their "
    "own: {speakers} speakers can only tell a large gap from chance. {few}They are young adults "
    "who act in North American English; nothing is said of other ages, accents or of spontaneous "
    "speech."
)
FEW = "With {most} or fewer on each side the test can hardly tell anything. "
MOST_HOPELESS = 6
"""speakers of a slice, up to which that is told"""


def _index(data: str) -> tuple[Path, pd.DataFrame]:
    """The table that says who speaks in which recording."""
    path = data_path(data)
    path = path / INDEX if path.is_dir() else path
    if not path.is_file():
        raise InvalidInput(
            f"{data}: expected a table, or a folder with {INDEX}, that has a row per recording "
            "with its file and its speaker's sex"
        )
    frame = read_table(path)
    name = next((c for c in ("id", "file", "path") if c in frame), None)
    if name is None:
        raise InvalidInput(f"{path}: no column id, file or path; it has {', '.join(frame.columns)}")
    return path, frame.assign(id=[Path(x).stem for x in frame[name]])


def _joined(folder: Path, data: str, columns: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Stored answers with the columns of the index, and the names of these."""
    answers = folder / "evaluation" / ANSWERS
    if not answers.is_file():
        raise InvalidInput(f"{folder.name} has no {ANSWERS}; measure it first")
    path, index = _index(data)
    wanted = list(columns) or [c for c in COLUMNS if c in index][:1]
    if not wanted or not set(wanted) <= set(index):
        raise InvalidInput(
            f"{path}: no column {', '.join(wanted or COLUMNS)}; it has {', '.join(index.columns)}"
        )
    frame = pd.read_parquet(answers)
    frame = frame.merge(index[["id", *wanted]].drop_duplicates("id"), "left", "id")
    if (missing := frame[wanted].isna().any(axis=1)).any():
        raise InvalidInput(
            f"{path} does not know {int(missing.sum()):,} of {len(frame):,} recordings, such as "
            f"{frame.loc[missing, 'id'].iloc[0]}; give the data set that {folder.name} was "
            "tested on"
        )
    return frame, wanted


def _limits(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    sizes = [frame.groupby(c)["speaker"].nunique().max() for c in columns]
    few = FEW.format(most=max(sizes)) if max(sizes) <= MOST_HOPELESS else ""
    return LIMITS.format(speakers=frame["speaker"].nunique(), few=few)


def _answers(frame: pd.DataFrame, spec: ModelSpec, columns: Sequence[str]) -> Predictions:
    """Stored answers in the form that slices are scored in."""
    values = frame[probability_columns(spec.labels)].to_numpy(np.float64)
    answered = ~np.isnan(values).any(1)
    known = (frame["speaker"] != "").all()
    return sliced_predictions(
        spec.labels,
        np.array([spec.labels.index(x) for x in frame["truth"]]),
        np.where(answered, np.nan_to_num(values).argmax(1), NO_ANSWER),
        {c: frame[c].to_numpy(str) for c in columns},
        frame["speaker"].to_numpy(str) if known else None,
    )


def voice_fairness(
    model: str | Path, data: str, columns: Sequence[str] = (), samples: int = BOOTSTRAP_SAMPLES
) -> FairnessPart:
    """Scores of a voice model per slice.

    Args:
        model: bundle id or folder, with stored test answers
        data: folder with `index.csv`, or a table, with a row per recording
        columns: to compare by; none takes `sex` or `gender`
        samples: of the bootstrap, which draws speakers

    Raises:
        InvalidInput: if there are no answers, or the table does not know their recordings
    """
    spec = find(model)
    frame, wanted = _joined(spec.folder, data, columns)
    predictions = _answers(frame, spec, wanted)
    return FairnessPart(
        title=f"Voices by {' and '.join(wanted)}",
        protocol=PROTOCOL.format(
            items=len(frame),
            speakers=frame["speaker"].nunique(),
            data=data_path(data).name,
            unanswered=int((predictions.prediction == NO_ANSWER).sum()),
        ),
        limits=_limits(frame, wanted),
        checks=tuple(score_checks(predictions, MEASURES, samples)),
    )
