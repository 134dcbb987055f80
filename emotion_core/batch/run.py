"""A batch from its beginning to its end, or on from where an earlier one was stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..errors import EmotionCoreError, InvalidInput
from ..loading import DEFAULT_AUDIO_MODEL, DEFAULT_FACE_MODEL, DEFAULT_TEXT_MODEL
from .asked import Asked, ModelIdentity, identify
from .engine import Work, answer, connected
from .parts import PartCounts, Parts
from .record import RunRecord, read_record, write_record
from .source import MODALITIES, BatchModality, Source, opened_source
from .storage import Place

DEFAULTS: dict[BatchModality, str] = {
    "text": DEFAULT_TEXT_MODEL,
    "audio": DEFAULT_AUDIO_MODEL,
    "image": DEFAULT_FACE_MODEL,
}
LARGEST: dict[BatchModality, int] = {"text": 2048, "audio": 256, "image": 256}
"""items of a part: some seconds of work, which is what a kill costs"""
SMALLEST = 16
PARTS_AT_LEAST = 16
"""parts of a small input, so that several workers have something to do"""

OnItems = Callable[[int, int, int], None]
"""called with (items done, of these failed, all items)"""
OnNotice = Callable[[str], None]
"""called with what a person should know of how the input is read"""


@dataclass(frozen=True)
class BatchOptions:
    """What is asked for.

    Attributes:
        input: folder, CSV, TSV, TXT, JSONL or Parquet: a path, or `protocol://...`
        out: folder of the answers, likewise
        modality: of the items
        model: bundle id or folder, or hub name; empty for the default
        labels: name of the label set to map to; empty for the model's own
        column: of the texts or paths; None finds it
        aligned: whether pictures are faces already
        workers: how many; None for every core
        address: of a Ray cluster; None for this machine alone
        batch_size: items of a part; None chooses
        restart: whether answers of an earlier run are thrown away
    """

    input: str
    out: str
    modality: BatchModality
    model: str = ""
    labels: str = ""
    column: str | None = None
    aligned: bool = False
    workers: int | None = None
    address: str | None = None
    batch_size: int | None = None
    restart: bool = False

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise InvalidInput(
                f"modality: expected one of {', '.join(MODALITIES)}, got {self.modality!r}"
            )
        for name in ("workers", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidInput(f"{name}: expected 1 or more, got {value}")


def run_batch(
    options: BatchOptions, on_items: OnItems | None = None, on_notice: OnNotice | None = None
) -> RunRecord:
    """Answer every item exactly once and put the answers there as parts.

    A run that was stopped, by whatever, goes on: parts that are there are not answered again.

    Args:
        options: what is asked for
        on_items: told how far it has come
        on_notice: told what a person should know, before the first item

    Returns:
        what was asked and what came of it, as `_run.json` holds it

    Raises:
        InvalidInput: if the input cannot be read, or `out` holds something else
        ModelUnavailable: if there is no such model
        MissingDependency: without Ray or fsspec
        EmotionCoreError: if workers cannot go on; the same call goes on from there
    """
    folder = Place(options.out)
    folder.require_shared()
    with opened_source(options.input, options.modality, options.column) as source:
        if on_notice:
            for notice in source.table.notices:
                on_notice(notice)
        asked = Asked(
            modality=options.modality,
            model=options.model or DEFAULTS[options.modality],
            labels=options.labels,
            aligned=options.aligned,
            root=source.root,
            by_path=source.by_path,
        )
        model = identify(asked)
        record = _begun(options, source, model, folder)
        done = _answered(options, source, asked, model, record, on_items)
    return _ended(record, done, folder)


def _begun(options: BatchOptions, source: Source, model: ModelIdentity, folder: Place) -> RunRecord:
    """The record of the run that goes on, or of a new one."""
    if options.restart:
        Parts(folder).clear()
    stored = read_record(folder)
    size = options.batch_size or (stored.batch_size if stored else None)
    asked = RunRecord(
        input=options.input,
        fingerprint=source.fingerprint,
        items=len(source),
        modality=options.modality,
        model=model.id,
        model_sha256=model.sha256,
        labels=model.labels,
        aligned=options.aligned,
        batch_size=size or _size(len(source), options.modality),
        version=_version(),
        started=_now(),
    )
    if stored is None:
        Parts(folder).check_free()
        write_record(folder, asked)
        return asked
    stored.require_same(asked, options.out)
    return stored


def _answered(
    options: BatchOptions,
    source: Source,
    asked: Asked,
    model: ModelIdentity,
    record: RunRecord,
    on_items: OnItems | None,
) -> dict[int, PartCounts]:
    """Part -> what it holds, of every part, those of earlier runs included."""
    tell, folder = on_items or _untold, Place(options.out)
    done = _earlier(record, Parts(folder))
    out = folder.path if folder.is_local else options.out  # workers may run in another folder
    work = Work(source, asked, model, out, record.batch_size, frozenset(done))
    tell(*_progress(done), record.items)
    if work.portions:
        with connected(options.address, options.workers) as workers:
            for report in answer(work, workers):
                done[report.number] = PartCounts(report.items, report.failed)
                tell(*_progress(done), record.items)
    return done


def _earlier(record: RunRecord, parts: Parts) -> dict[int, PartCounts]:
    """The parts of earlier runs that are whole."""
    found = {number: parts.counts(number) for number in parts.numbers()}
    return {
        number: counts
        for number, counts in found.items()
        if counts is not None and counts.items == record.items_of(number)
    }


def _ended(record: RunRecord, done: dict[int, PartCounts], folder: Place) -> RunRecord:
    parts = Parts(folder)
    there = parts.numbers()
    if there != list(range(record.parts)):
        raise EmotionCoreError(
            f"{folder.address}: expected {record.parts} parts, found {len(there)}; on a cluster "
            "--out must be storage that every computer shares. Run the same again to go on"
        )
    if record.finished:
        return record
    ended = replace(record, finished=_now(), failed=sum(counts.failed for counts in done.values()))
    write_record(folder, ended)
    parts.sweep()
    return ended


def _size(items: int, modality: BatchModality) -> int:
    return min(LARGEST[modality], max(SMALLEST, -(-items // PARTS_AT_LEAST)))


def _progress(done: dict[int, PartCounts]) -> tuple[int, int]:
    """Items done and items failed."""
    return sum(c.items for c in done.values()), sum(c.failed for c in done.values())


def _untold(done: int, failed: int, items: int) -> None:
    """Nobody watches."""


def _version() -> str:
    from .. import __version__

    return __version__


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
