"""A recording as rows of a table, and as the files of a folder."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from heapq import merge
from pathlib import Path
from uuid import uuid4

import numpy as np

from .. import palette
from ..errors import InvalidInput
from ..fusion.evidence import FUSED, SPOKEN_NAME
from ..rows import Cell, Row, RowFile, answer_row, columns
from ..types import EmotionScores, EmotionTimeline
from .analysis import FusedLine, RecordingAnalysis, WordsAnalysis
from .captions.subtitles import webvtt
from .labelled import NO_MODELS, Models, in_labels
from .moments import SOURCES, Source
from .portraits import NO_PORTRAITS, Portraits
from .record import summary_record
from .report.page import html_report
from .summary import summarise

__all__ = [
    "recording_columns",
    "recording_rows",
    "summary_record",
    "write_failure",
    "write_recording",
]

CONTRIBUTIONS = {m: f"contribution_{SPOKEN_NAME[m]}" for m in FUSED}
EXTRA = ("modality", "text", "speaker", *CONTRIBUTIONS.values(), "disagreement")
TIMELINE, SUMMARY, REPORT, SUBTITLES = (
    "timeline.csv", "summary.json", "report.html", "subtitles.vtt",
)  # fmt: skip
"""what is written to a folder"""


def recording_columns(labels: tuple[str, ...]) -> list[str]:
    """Every column of a table of recordings, in order."""
    return [*columns(labels), *EXTRA]


def recording_rows(
    source: str, analysis: RecordingAnalysis, labels: tuple[str, ...], models: Models = NO_MODELS
) -> list[Row]:
    """One row per cue, window of speech, sampled face and fused window, by time, then modality.

    Windows overlap. Where nothing was answered there is one row, with the reasons if anything
    failed.

    Args:
        source: the recording's path as it was given
        analysis: what was found
        labels: of the table
        models: whose levels tell which answers are uncertain in these labels

    Raises:
        LabelMismatch: if no label of a model has a place among the labels
    """
    return list(_rows(source, in_labels(analysis, labels, models)))


def _rows(source: str, judged: RecordingAnalysis) -> Iterator[Row]:
    """One after the other, so that memory does not grow with their number."""
    found = False
    for row in merge(*_parts(judged), key=_place):
        found = True
        yield row | {"source": source}
    if not found:
        why = "; ".join(f"{stage}: {reason}" for stage, reason in judged.failures.items())
        answer = InvalidInput(why) if why else None
        yield _row("fused", answer, judged.labels) | {"source": source}


def _place(row: Row) -> tuple[float, int, int]:
    """Where a row stands: by time, then modality, then person."""
    start, person = row["start_s"], row["person"]
    order = SOURCES.index(row["modality"])  # type: ignore[arg-type]
    return float(start or 0), order, int(person or 0)


def _row(
    modality: Source,
    answer: EmotionScores | Exception | None,
    labels: tuple[str, ...],
    person: int = 0,
    span_s: tuple[float, float] | None = None,
    **extra: Cell,
) -> Row:
    empty: Row = dict.fromkeys(EXTRA)
    rounded = None if span_s is None else (round(span_s[0], 3), round(span_s[1], 3))
    row = answer_row("", answer, labels, person=person or None, span_s=rounded)
    return row | empty | {"modality": modality} | extra


def _parts(judged: RecordingAnalysis) -> Iterator[Iterator[Row]]:
    """The rows of each modality and of each person, by time."""
    if judged.words is not None:
        yield iter(sorted(_words_rows(judged.words), key=_place))
    if (voice := judged.voice) is not None:
        yield _line_rows("voice", voice.timeline, voice.uncertain)
    for person in judged.faces.people if judged.faces else ():
        yield _line_rows("face", person.timeline, person.uncertain, person.track_id)
    yield _fused_rows(judged.fused)


def _words_rows(words: WordsAnalysis) -> Iterator[Row]:
    cues = words.transcript.cues
    for cue, scores, person in zip(cues, words.scores, words.person.tolist(), strict=True):
        if scores is not None:
            said = {"text": cue.text, "speaker": cue.speaker}
            yield _row("words", scores, scores.labels, person, (cue.start_s, cue.end_s), **said)


def _line_rows(
    modality: Source, timeline: EmotionTimeline, uncertain: np.ndarray, person: int = 0
) -> Iterator[Row]:
    labels = timeline.labels
    for (start, end), probabilities, unsure in zip(
        timeline.spans_s.tolist(), timeline.probabilities, uncertain.tolist(), strict=True
    ):
        scores = EmotionScores(labels, probabilities, uncertain=unsure)
        yield _row(modality, scores, labels, person, (start, end))


def _fused_rows(line: FusedLine) -> Iterator[Row]:
    for i, row in enumerate(_line_rows("fused", line.timeline, line.uncertain)):
        shares = line.contributions[i].round(6).tolist()
        said = str(line.disagreements.get(i, ""))
        more: Row = dict(zip(CONTRIBUTIONS.values(), shares, strict=True))
        yield row | more | {"person": int(line.person[i]) or None, "disagreement": said}


def write_failure(error: Exception, folder: Path, labels: tuple[str, ...], source: str) -> None:
    """Write `timeline.csv` with one row: why a recording has no answer."""
    folder.mkdir(parents=True, exist_ok=True)
    with RowFile(folder / TIMELINE, recording_columns(labels)) as file:
        file.write([_row("fused", error, labels) | {"source": source}])


def write_recording(
    analysis: RecordingAnalysis,
    folder: Path,
    labels: tuple[str, ...] | None = None,
    models: Models = NO_MODELS,
    *,
    source: str | None = None,
    pictures: bool = True,
    portraits: Portraits = NO_PORTRAITS,
) -> list[Path]:
    """Write `timeline.csv`, `summary.json`, `report.html`, and `subtitles.vtt` if there are words.

    Each file is written whole or not at all.

    Args:
        analysis: what was found
        folder: made if it is not there
        labels: of all files; None takes those of the fused line
        models: those that answered
        source: the recording's path as it was given; None takes its name
        pictures: whether the report shows faces
        portraits: the faces at the disagreements, by `conflict_portraits`

    Returns:
        the files

    Raises:
        InvalidInput: if the folder cannot be written
        LabelMismatch: if no label of a model has a place among the labels
    """
    target = analysis.labels if labels is None else labels
    judged = in_labels(analysis, target, models)
    record = summary_record(judged, summarise(judged), models)
    texts = {
        SUMMARY: json.dumps(record, ensure_ascii=False, indent=2) + "\n",
        REPORT: html_report(
            analysis, labels=target, pictures=pictures, models=models, portraits=portraits
        ),
    }
    if judged.words is not None and len(judged.words.transcript):
        texts[SUBTITLES] = _subtitles(judged.words, target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _whole(folder / TIMELINE) as path, RowFile(path, recording_columns(target)) as file:
            for row in _rows(source or analysis.name, judged):
                file.write([row])
        for name, text in texts.items():
            with _whole(folder / name) as path:
                path.write_bytes(text.encode("utf-8", "replace"))  # a file's name may be no text
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error}") from error
    return [folder / name for name in (TIMELINE, *texts)]


def _subtitles(words: WordsAnalysis, labels: tuple[str, ...]) -> str:
    said = [scores.label if scores is not None else "" for scores in words.scores]
    return webvtt(words.transcript, said, {label: palette.colour(label) for label in labels})


@contextmanager
def _whole(path: Path) -> Generator[Path]:
    """A file beside another that takes its place once it is written."""
    unfinished = path.with_name(f".{path.stem}.{uuid4().hex}{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
