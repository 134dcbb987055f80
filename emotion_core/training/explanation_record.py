"""Judge a bundle's explanations on held-out items and write what was found beside its weights."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio.pipeline import AudioModel, load_audio_model
from ..datasets.corpora import Recording
from ..errors import EmotionCoreError, InvalidInput
from ..evaluation.explained_parts import explained_face, explained_sound, explained_text
from ..evaluation.explanation_curves import (
    DRAWS,
    ExplainedItem,
    ItemCurves,
    curves_record,
    item_curves,
    shares,
)
from ..evaluation.metrics import BOOTSTRAP_SAMPLES
from ..face.pipeline import load_face_model
from ..registry import MANIFEST, modality_of
from ..text.pipeline import load_text_model
from .audio_config import AudioConfig
from .audio_material import read_reported
from .face_config import FaceConfig
from .record import bundle_config
from .text_config import TextConfig

if TYPE_CHECKING:
    from .loop import OnProgress

log = logging.getLogger(__name__)

EXPLANATIONS = "explanations.json"
VALIDATION = "validation"
ITEMS: Mapping[str, int] = {"text": 200, "audio": 60, "face": 200}
"""modality -> items that are explained where nobody says how many"""
FEWEST_PARTS = 4
SPAN_S = 3.0
"""of a recording, from its first speech on"""
Explain = Callable[[], ExplainedItem]


@dataclass(frozen=True, eq=False)
class HeldOutItems:
    """Items whose explanations are judged.

    Attributes:
        folder: of the bundle
        kind: `texts`, `recordings` or `faces`
        side: where they come from, in words
        groups: (item,) what is drawn whole, or None
        by_method: method -> one call for each item, which explains it
    """

    folder: Path
    kind: str
    side: str
    groups: np.ndarray | None
    by_method: dict[str, list[Explain]]


def _chosen(count: int, wanted: int) -> np.ndarray:
    """Places of the items that are explained, drawn once and for all."""
    if not count:
        raise InvalidInput("the split holds no item that can be explained; name another --split")
    return np.random.default_rng(0).permutation(count)[:wanted]


def _texts(model: str | Path, data: Path | None, split: str, wanted: int) -> HeldOutItems:
    from .text_data import read_dataset

    opened = load_text_model(model)
    config = bundle_config(TextConfig, opened.spec.folder, data)
    texts = read_dataset(config).splits[split].texts
    chosen = [texts[i] for i in _chosen(len(texts), wanted)]
    by_method = {
        method: [lambda t=text, m=method: explained_text(opened, t, m) for text in chosen]
        for method in opened.methods
    }
    side = f"{len(texts):,} texts of the {split} split of {_data_name(config)}"
    return HeldOutItems(opened.spec.folder, "texts", side, None, by_method)


def _data_name(config: TextConfig | AudioConfig | FaceConfig) -> str:
    return config.training_data.split(";")[0].strip() or Path(config.data).name


def _fold_models(folds: Path) -> dict[int, AudioModel]:
    """Fold -> the model that was trained without it."""
    found = {}
    for path in sorted(folds.glob(f"fold-*/bundle/{MANIFEST}")):
        fold = int(path.parent.parent.name.removeprefix("fold-"))
        found[fold] = load_audio_model(path.parent)
    if not found:
        raise InvalidInput(
            f"{folds}: expected fold-<n>/bundle, what was trained without each fold; the bundle "
            "itself has heard every recording. Train it with keep_folds=true, or give --folds"
        )
    return found


def _heard_by(
    opened: AudioModel, config: AudioConfig, split: str, folds: Path
) -> tuple[list[tuple[Recording, AudioModel]], str]:
    """Held-out recordings, each with a model that has not heard it, and what they are."""
    recordings = read_reported(config)
    if not config.cross_validation:
        kept = [(r, opened) for r in recordings if r.split == split]
        return kept, f"{len(kept):,} recordings of the {split} split of {_data_name(config)}"
    models = _fold_models(folds)
    kept = [(r, models[r.fold]) for r in recordings if r.fold in models]
    return kept, (
        f"{len(kept):,} recordings of {_data_name(config)}, each heard by the network that was "
        "trained in the same way without its fold, since the bundle itself has heard all"
    )


def _recordings(
    model: str | Path, data: Path | None, split: str, wanted: int, folds: Path | None
) -> HeldOutItems:
    opened = load_audio_model(model)
    spec = opened.spec
    config = bundle_config(AudioConfig, spec.folder, data)
    kept, side = _heard_by(
        opened, config, split, folds or Path("build") / "models" / f"{spec.id}.folds"
    )
    chosen = [kept[i] for i in _chosen(len(kept), wanted)]

    def explain(recording: Recording, listener: AudioModel) -> ExplainedItem:
        line = listener.analyse(recording.path, window_s=SPAN_S, hop_s=SPAN_S).timeline
        if not len(line):
            raise InvalidInput(f"{recording.path.name} holds no speech")
        start, end = line.spans_s[0].tolist()
        return explained_sound(listener, recording.path, (start, end))

    speakers = np.array([r.group or r.path.stem for r, _ in chosen])
    calls = [lambda r=recording, m=listener: explain(r, m) for recording, listener in chosen]
    groups = speakers if len(set(speakers)) > 1 else None
    return HeldOutItems(spec.folder, "recordings", side, groups, {"occlusion": calls})


def _faces(model: str | Path, data: Path | None, split: str, wanted: int) -> HeldOutItems:
    from .face_training import read_face_set

    opened = load_face_model(model)
    config = bundle_config(FaceConfig, opened.spec.folder, data)
    faces = read_face_set(config)
    part = faces.take(faces.split == split)
    chosen = part.take(_chosen(len(part), wanted))
    method = opened.explain_crop(chosen.crops[0]).method
    calls = [lambda c=crop: explained_face(opened, c) for crop in chosen.crops]
    side = f"{len(part):,} faces of the {split} split of {_data_name(config)}"
    return HeldOutItems(opened.spec.folder, "faces", side, chosen.group, {method: calls})


def _held_out(
    model: str | Path, data: Path | None, split: str, wanted: int | None, folds: Path | None
) -> HeldOutItems:
    modality = modality_of(model)
    if modality is None or modality not in ITEMS:
        raise InvalidInput(
            f"{model}: expected a bundle of text, audio or face, got {modality or 'none'}; the "
            "others explain no parts of an item"
        )
    count = wanted or ITEMS[modality]
    if modality == "text":
        return _texts(model, data, split, count)
    if modality == "audio":
        return _recordings(model, data, split, count, folds)
    return _faces(model, data, split, count)


def _curves(calls: list[Explain], on_item: Callable[[], None]) -> Iterator[tuple[int, ItemCurves]]:
    """Place and curves of each item that has parts enough."""
    rng = np.random.default_rng(0)
    for place, explain in enumerate(calls):
        try:
            item = explain()
        except EmotionCoreError as error:
            log.warning("left out: %s", error)
            continue
        finally:
            on_item()
        if len(item.weights) >= FEWEST_PARTS:
            yield place, item_curves(item, rng)


def judge_explanations(
    model: str | Path,
    data: Path | None = None,
    split: str = VALIDATION,
    items: int | None = None,
    folds: Path | None = None,
    on_progress: "OnProgress | None" = None,
) -> dict[str, Any]:
    """Draw deletion and insertion curves of every method, and write `explanations.json`.

    Args:
        model: bundle id or folder
        data: as for training; None takes what the bundle was trained on
        split: of which items are explained; nothing is chosen by what is found
        items: how many; None takes `ITEMS`
        folds: of a cross-validated voice, the bundles trained without a fold each; None looks
            below `build/models`
        on_progress: called with (items done, items)

    Raises:
        InvalidInput: if the bundle explains no parts, or fewer than two items can be explained

    Returns:
        what was written: `protocol`, `kind`, `shares`, and `methods`, each as `curves_record`
    """
    held_out = _held_out(model, data, split, items, folds)
    methods = _judged(held_out, on_progress)
    record = {
        "protocol": _protocol(held_out, max(m["items"] for m in methods.values())),
        "kind": held_out.kind,
        "shares": shares().round(3).tolist(),
        "methods": methods,
    }
    target = held_out.folder / "evaluation"
    target.mkdir(exist_ok=True)
    content = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    (target / EXPLANATIONS).write_text(content + "\n", encoding="utf-8")
    return record


def _judged(held_out: HeldOutItems, on_progress: "OnProgress | None") -> dict[str, Any]:
    """Method -> its record."""
    total, done = sum(map(len, held_out.by_method.values())), 0

    def on_item() -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(done, total)

    methods = {}
    for method, calls in held_out.by_method.items():
        found = list(_curves(calls, on_item))
        kept = np.array([place for place, _ in found], int)
        groups = None if held_out.groups is None else held_out.groups[kept]
        methods[method] = curves_record([c for _, c in found], groups)
    return methods


TAKEN_AWAY: Mapping[str, str] = {
    "texts": "words are left out",
    "recordings": "patches of the spectrogram of the first 3 s of speech are set to the median of "
    "their frequency",
    "faces": "patches, seven along each side, are set to the mean grey of the face",
}
"""kind -> what it means that a part is not there"""


def _protocol(held_out: HeldOutItems, count: int) -> str:
    groups = held_out.groups
    whole = groups is not None and len(set(groups.tolist())) < len(groups)
    drawn = {"recordings": "speakers", "faces": "faces, exact copies together"}
    units = drawn.get(held_out.kind, "texts") if whole else held_out.kind
    return (
        f"{count} {held_out.kind} drawn (seed 0) from {held_out.side}; of each, the label that is "
        f"answered is explained and its probability followed while {TAKEN_AWAY[held_out.kind]}; "
        f"at random: the mean of {DRAWS} orders. Intervals: {BOOTSTRAP_SAMPLES:,} bootstrap "
        f"samples of {units}."
    )
