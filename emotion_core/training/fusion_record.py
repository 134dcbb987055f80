"""Measure a fusion bundle on moments of its test items and write what was found beside it."""

from pathlib import Path

import numpy as np

from ..errors import InvalidInput
from ..evaluation.cards import rewrite_card
from ..evaluation.fusion_card import fusion_card
from ..evaluation.fusion_report import (
    FusionReport,
    LabelledMoments,
    SpoiltMoments,
    fusion_report,
)
from ..fusion.evidence import FUSED, SPOKEN_NAME, FusedModality
from ..fusion.moments import MomentArrays
from ..fusion.pipeline import load_fusion_model
from .bundle import SETTINGS
from .fusion_answers import SPOILT
from .fusion_config import COMPOSED, FusionConfig
from .fusion_moments import SUBSETS, Composed, Material, presence_of, subset_name
from .fusion_training import SEVERAL, read_material
from .record import bundle_config, refuse_second_reading, write_record

TEST_SEED = 1000


def _protocol(material: Material, split: str) -> str:
    sizes = ", ".join(
        f"{int((a.side == split).sum()):,} {SPOKEN_NAME[m]}" for m, a in material.answers.items()
    )
    return (
        f"Moments composed by label, uniform over the {len(material.labels)} labels, of items "
        "outside the encoders' training splits, though some have copies there "
        f"({split}: {sizes}; texts whose labels fall into one class and faces of the {split} "
        "splits, recordings of speakers whom the answering voice network has not heard and the "
        "fusion has not met); every setting, the epoch, the temperature "
        "and the levels were chosen on other items. The bundle as served (ONNX Runtime or NumPy) "
        "answered each moment once. Intervals: 1,000 bootstrap samples of speakers, where a voice "
        "takes part, else of items. The items of a side are used in several moments."
    )


def _labelled(moments: Composed, subset: tuple[FusedModality, ...]) -> LabelledMoments:
    items = moments.items[:, FUSED.index(subset[-1])]
    group = moments.groups if "audio" in subset else items
    return LabelledMoments(moments.arrays, moments.truth, group)


def measured_moments(
    material: Material, config: FusionConfig, subset: tuple[FusedModality, ...], split: str = "test"
) -> Composed:
    """The moments of a set of modalities that a bundle is measured on; the same in every run.

    Args:
        material: of all sides
        config: that the bundle was trained with
        subset: of modalities
        split: side whose items are used
    """
    each = config.moments.test // len(SUBSETS)
    return material.side(split).each_subset(each, TEST_SEED + SUBSETS.index(subset), [subset])


def _spoilt(
    material: Material, m: FusedModality, kind: int, count: int, seed: int
) -> SpoiltMoments:
    """The same items, clean and with one modality spoilt."""
    truth = np.resize(np.arange(len(material.labels)), count)
    present = presence_of(FUSED, count)
    condition = np.zeros(present.shape, int)
    condition[:, FUSED.index(m)] = kind
    clean, spoilt = (
        material.composed(truth, present, np.random.default_rng(seed), c) for c in (None, condition)
    )
    return SpoiltMoments(m, _labelled(clean, FUSED), _labelled(spoilt, FUSED))


def _swapped(material: Material, m: FusedModality, count: int, seed: int) -> SpoiltMoments:
    """The same labels, clean and with one modality of another label."""
    truth = np.resize(np.arange(len(material.labels)), count)
    present = presence_of(FUSED, count)
    other = np.full(count, FUSED.index(m))
    clean, swapped = (
        material.composed(truth, present, np.random.default_rng(seed), None, s)
        for s in (None, other)
    )
    return SpoiltMoments(m, _labelled(clean, FUSED), _labelled(swapped, FUSED))


def disagreeing(
    material: Material, subsets: list[tuple[FusedModality, ...]], count: int, seed: int
) -> tuple[MomentArrays, MomentArrays]:
    """Agreeing moments, and as many with one modality of another label."""
    rng = np.random.default_rng(seed)
    agreeing = material.each_subset(count, seed, subsets)
    present = agreeing.arrays.present
    drawn = np.where(present, rng.random(present.shape), -1).argmax(1)
    swapped = material.composed(agreeing.truth, present, rng, None, drawn)
    return agreeing.arrays, swapped.arrays


def measured(
    material: Material, config: FusionConfig, model: str | Path, split: str
) -> FusionReport:
    """Measure a bundle on one side of its material."""
    opened, side = load_fusion_model(model), material.side(split)
    if opened.labels != material.labels:
        raise InvalidInput(f"{opened.spec.id} answers {opened.labels}, not {material.labels}")
    each = config.moments.test // len(SUBSETS)
    subsets = {
        subset_name(s): _labelled(measured_moments(material, config, s, split), s) for s in SUBSETS
    }
    spoilt = {
        f"{SPOKEN_NAME[m]}: {kind}": _spoilt(side, m, place, each, TEST_SEED + 50)
        for m in FUSED
        for place, kind in enumerate(SPOILT[m], 1)
    }
    for m in FUSED:
        name = f"{SPOKEN_NAME[m]}: of another label"
        spoilt[name] = _swapped(side, m, each, TEST_SEED + 60)
    pairs = {
        "all sets of two or three": disagreeing(side, list(SEVERAL), 4 * each, TEST_SEED + 70),
        **{
            subset_name(s): disagreeing(side, [s], each, TEST_SEED + 71 + i)
            for i, s in enumerate(SEVERAL)
        },
    }
    return fusion_report(opened, subsets, spoilt, pairs, _protocol(material, split))


def measure_fusion_bundle(
    model: str | Path, data: Path | None = None, split: str = "test", repeat: bool = False
) -> dict[str, float]:
    """Measure, and write `evaluation/`, `card.md` and the manifest's metrics.

    Args:
        model: bundle id or folder
        data: folder of the encoders' answers; None takes where training kept them
        split: `validation` is printed only; `test` is written
        repeat: allow a second reading of the test split

    Raises:
        InvalidInput: if the test split of this bundle has been read before or is empty, or the
            bundle learnt from real utterances

    Returns:
        metric name -> value
    """
    opened = load_fusion_model(model)
    folder = opened.spec.folder
    config = bundle_config(FusionConfig, folder)
    if config.data != COMPOSED:
        raise InvalidInput(
            f"{opened.spec.id} learnt from real utterances, and here composed moments are measured;"
            f" use `evaluate pairs --config {folder / 'training' / SETTINGS}`"
        )
    if data is not None:
        config.material.cache = str(data)
    if split == "test" and not repeat:
        refuse_second_reading(opened.spec)
    report = measured(read_material(config), config, model, split)
    if split == "test":
        write_record(folder, report, fusion_card)
        rewrite_card(folder)
    return report.metrics
