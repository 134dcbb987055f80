"""What the items of a fusion's test moments share with what it, and its encoders, learnt from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..evaluation.leak_items import LeakItems, face_items, text_items
from ..evaluation.leaks import find_leaks
from ..fusion.evidence import FUSED, SPOKEN_NAME, FusedModality
from ..registry import find
from ..types import ModelSpec
from .bundle_leaks import APART, counts_of, scores_without, stored_answers
from .face_config import FaceConfig
from .face_training import read_face_set
from .fusion_config import COMPOSED, FusionConfig
from .fusion_moments import Material
from .fusion_record import measured_moments
from .fusion_training import read_material
from .record import bundle_config
from .text_config import TextConfig
from .text_data import read_dataset

TEST, TRAIN = "test", "train"
VOICES_APART = (
    "each recording was answered by a network that was trained without that actor, and no actor of "
    "the test is among those that the fusion learnt from"
)
Found = tuple[dict[str, Any], np.ndarray, np.ndarray]
"""counts, and (test item,) bool: has an exact copy, has a near one"""


def _compared(items: LeakItems, tests: int, told: str) -> Found:
    """The finding for the first items, which are those of the test, against the others."""
    report = find_leaks(items)
    places = np.array([int(name) for name in items.names])
    chosen = places < tests
    exact, near = np.zeros(tests, bool), np.zeros(tests, bool)
    exact[places[chosen]] = report.exact[chosen]
    near[places[chosen]] = report.near[chosen]
    return {"told": told, **counts_of(report, chosen)}, exact, near


def _sides(tests: int, others: int) -> np.ndarray:
    return np.repeat([TEST, TRAIN], [tests, others])


def _text_found(config: FusionConfig, material: Material) -> Found:
    """Test texts against those of the fusion and of its encoder."""
    answers = material.answers["text"]
    tested = answers.group[answers.side == TEST].tolist()
    learnt = answers.group[answers.side != TEST].tolist()
    encoder = bundle_config(TextConfig, find(config.material.text).folder)
    # the fusion names a text by its words in small letters
    trained = [t.casefold() for t in read_dataset(encoder).splits[TRAIN].texts]
    others = [*learnt, *trained]
    items = text_items(
        pd.Series([*tested, *others]),
        _sides(len(tested), len(others)),
        np.full(len(tested) + len(others), ""),
        "",
    )
    told = f"test texts against those that the fusion and {answers.spec.id} were trained on"
    return _compared(items, len(tested), told)


def _face_found(config: FusionConfig, material: Material) -> Found:
    """Test faces against those of the fusion and of its encoder."""
    answers = material.answers["face"]
    faces = read_face_set(bundle_config(FaceConfig, find(config.material.face).folder))
    by_group = {g: i for i, g in enumerate(faces.group.tolist())}
    places = [by_group.get(g, -1) for g in answers.group.tolist()]
    if min(places) < 0:
        raise InvalidInput(
            f"{config.material.face_data}: some faces of the fusion are not there; delete "
            f"{config.material.cache} and measure the fusion again"
        )
    own, is_test = np.array(places), answers.side == TEST
    others = np.concatenate([own[~is_test], np.flatnonzero(faces.split == TRAIN)])
    tested = own[is_test]
    crops = faces.crops[np.concatenate([tested, others])]
    told = f"test faces against those that the fusion and {answers.spec.id} were trained on"
    return _compared(face_items(crops, _sides(len(tested), len(others))), len(tested), told)


def _voice_found(material: Material) -> Found:
    """Actors of the test against those that the fusion learnt from; see `held_out_voices`."""
    answers = material.answers["audio"]
    is_test = answers.side == TEST
    shared = set(answers.group[is_test].tolist()) & set(answers.group[~is_test].tolist())
    none = np.zeros(int(is_test.sum()), bool)
    counts = {
        "told": (
            "test actors against those of the other recordings (copies of recordings are looked "
            f"for with {answers.spec.id})"
        ),
        "kind": "recordings",
        "items": int(is_test.sum()),
        "compared_with": int((~is_test).sum()),
        "exact": 0,
        "normalised": 0,
        "near": 0,
        "groups": "speaker",
        "groups_on_both_sides": len(shared),
        "left_out": 0,
    }
    return counts, none, none


def _flagged(items: np.ndarray, found: Mapping[FusedModality, Found], place: int) -> np.ndarray:
    """(moment,) bool: the text, the voice or the face has an exact (1) or near (2) copy."""
    flags = np.zeros(len(items), bool)
    for column, modality in enumerate(FUSED):
        flags |= np.asarray(found[modality][place])[items[:, column]]
    return flags


def _upstream(material: Material, found: Mapping[FusedModality, Found]) -> list[dict[str, str]]:
    """What each encoder has seen of the test items."""
    return [
        {
            "encoder": f"{material.answers[m].spec.id} ({SPOKEN_NAME[m]})",
            "seen": APART if m == "audio" else _seen(found[m][0]),
            "told": VOICES_APART if m == "audio" else _told(found[m][0]),
        }
        for m in FUSED
    ]


def fusion_leaks(spec: ModelSpec, data: Path | None = None) -> dict[str, Any]:
    """What a fusion's test moments share with training; counts and scores alone.

    Args:
        spec: of the bundle, measured on composed moments
        data: folder of the encoders' answers; None takes where training kept them

    Raises:
        InvalidInput: if it was measured on other moments than can be composed now
    """
    config = bundle_config(FusionConfig, spec.folder)
    if config.data != COMPOSED:
        raise InvalidInput(f"{spec.id} learnt from real pairs; check {config.data} with `leaks`")
    if data is not None:
        config.material.cache = str(data)
    material = read_material(config)
    found: dict[FusedModality, Found] = {
        "text": _text_found(config, material),
        "audio": _voice_found(material),
        "face": _face_found(config, material),
    }
    frame = stored_answers(spec)
    frame = frame[frame["modalities"] == "taf"]
    moments = measured_moments(material, config, FUSED)
    same = moments.groups.astype(str).tolist() == frame["group"].tolist()
    if not same or [spec.labels[k] for k in moments.truth] != frame["truth"].tolist():
        raise InvalidInput(f"{spec.id} was measured on other moments; measure it again")
    exact, near = (_flagged(moments.items, found, place) for place in (1, 2))
    return {
        "checks": [counts for counts, _, _ in found.values()],
        "scores": scores_without(spec, frame, exact, near),
        "upstream": _upstream(material, found),
    }


def _seen(counts: Mapping[str, Any]) -> str:
    return "some" if counts["exact"] or counts["near"] else APART


def _told(counts: Mapping[str, Any]) -> str:
    if _seen(counts) == APART:
        return "no test item has a copy in what it was trained on"
    return (
        f"{counts['exact']:,} of {counts['items']:,} test items have an exact copy and "
        f"{counts['near']:,} a near one in what it, or the fusion, was trained on"
    )
