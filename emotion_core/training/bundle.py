"""Write a model bundle: its files are there, the manifest comes last."""

import dataclasses
import json
import logging
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import yaml

from ..errors import InvalidInput, ModelUnavailable
from ..evaluation.calibration import fit_temperature, uncertain_level
from ..evaluation.cards import CARD
from ..evaluation.findings import FOLDER
from ..folders import list_files, replace_file
from ..registry import FORMAT, MANIFEST, SERVED, read_spec, sha256_of
from ..scoring import softmax
from .readings import READINGS, keep_readings
from .runs import work_of

log = logging.getLogger(__name__)

TRAINING, SETTINGS = "training", "config.yaml"


class TrainedOn(Protocol):
    """Settings, a dataclass, that say what a model is trained on."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    data: str
    training_data: str
    """names of the data sets, joined by semicolons; empty takes `data`"""
    training_data_licence: str
    """theirs, in the same order"""


def data_sets(config: TrainedOn) -> list[dict[str, str]]:
    """Name and licence of each data set, for the manifest.

    Raises:
        InvalidInput: if there are not as many licences as names
    """
    names, licences = (
        [x.strip() for x in joined.split(";")]
        for joined in (config.training_data or config.data, config.training_data_licence)
    )
    if len(names) != len(licences):
        raise InvalidInput(
            f"expected a licence for each of {len(names)} data sets, got {len(licences)}"
        )
    return [{"name": n, "licence": x} for n, x in zip(names, licences, strict=True)]


@contextmanager
def whole_bundle(out: Path, config: TrainedOn, command: str) -> Generator[Path]:
    """A folder to write a bundle in; its files go to their place when all of them are there.

    Until then no list of models shows it, and a bundle that it is to replace stays in use. The
    checkpoints in `<out>.work` are deleted at the end.

    Args:
        out: folder of the bundle
        config: its settings, a dataclass, which the bundle keeps
        command: what made it
    """
    work = work_of(out)
    draft = work / "bundle"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / TRAINING).mkdir(parents=True, exist_ok=True)
    yield draft
    settings = yaml.safe_dump(dataclasses.asdict(config))
    (draft / TRAINING / SETTINGS).write_text(settings, encoding="utf-8")
    update_manifest(draft, command=command)
    place_bundle(draft, out)
    shutil.rmtree(work)


def place_bundle(draft: Path, out: Path) -> None:
    """Move the files of a bundle to their place, the manifest last.

    Of a bundle that was there nothing stays but its readings of the test split. Where none was,
    a person's own files stay, and so do those beside a bundle's.

    Args:
        draft: folder of the bundle, on the same disk
        out: its place
    """
    keep_readings(out, draft)
    if (out / MANIFEST).is_file():
        with suppress(ModelUnavailable):  # a damaged one names no files
            for name in read_spec(out).files:
                (out / Path(name).name).unlink(missing_ok=True)
        (out / MANIFEST).unlink()
        (out / CARD).unlink(missing_ok=True)
        for path in (out / TRAINING).glob("*"):
            if path.is_file() and path.name != READINGS:
                path.unlink()
        shutil.rmtree(out / FOLDER, ignore_errors=True)
    for path in sorted(list_files(draft), key=lambda p: p.name == MANIFEST):
        target = out / path.relative_to(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Add the format and the checksums of the served files, and write `manifest.json`.

    The file is replaced in one step, so that no reader meets half of it.
    """
    files = {
        p.name: sha256_of(p)
        for p in sorted(folder.iterdir())
        if p.suffix in SERVED and p.name != MANIFEST
    }
    for name in files:
        (folder / name).chmod(0o644)
    whole = {"format": FORMAT, **content, "files": files}
    replace_file(folder / MANIFEST, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


def update_manifest(folder: Path, **changes: Any) -> None:
    """Replace entries of a manifest."""
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    write_manifest(folder, {**content, **changes})


def calibrate_bundle(folder: Path, logits: np.ndarray, truth: np.ndarray, metric: str) -> None:
    """Fit temperature and level on answers to items that were not learnt from, and score them.

    Args:
        folder: of the bundle
        logits: (item, label) as served
        truth: (item,) place of the label
        metric: what the manifest calls their accuracy
    """
    temperature = fit_temperature(logits, truth)
    probabilities = softmax(logits / temperature)
    accuracy = float((probabilities.argmax(1) == truth).mean())
    update_manifest(
        folder,
        calibration={
            "temperature": temperature,
            "uncertain_below": uncertain_level(probabilities),
        },
        metrics={metric: round(accuracy, 4)},
    )
    log.info("%s: %.4f, temperature %.3f", metric.replace("_", " "), accuracy, temperature)
