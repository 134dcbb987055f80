"""Voice networks as a bundle that can be opened, and what it answers for recordings."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..audio.analysis import VoiceProfile
from ..audio.pipeline import AudioModel
from ..errors import EmotionCoreError
from ..evaluation.audio_answers import AVERAGE_VOICE, ORDINARY_VOICE, OWN_VOICE
from ..registry import read_spec
from .audio_config import AudioConfig
from .audio_export import export_audio_network
from .audio_material import AVERAGE, AudioMaterial
from .audio_network import VoiceEnsemble
from .audio_trainer import FittedAudio
from .bundle import data_sets, write_manifest

FP16 = "fp16"
VALIDATION_PROTOCOL = "validation split, on which the epoch was picked; no test split was read"
FOLDS_PROTOCOL = "held-out folds; the evaluation has not been written yet"


def write_network(
    config: AudioConfig,
    material: AudioMaterial,
    chosen: np.ndarray,
    members: list[FittedAudio],
    out: Path,
    precision: str = "",
) -> None:
    """Export the average of some networks as a bundle that can be opened."""
    out.mkdir(parents=True, exist_ok=True)
    network = members[0].network
    if len(members) > 1:
        network = VoiceEnsemble([m.network for m in members])
    features = config.feature_config()
    average = material.heard(chosen).profiles[AVERAGE]
    export_audio_network(network, features.channels, features.bins, average, out, precision or FP16)
    write_manifest(out, _manifest(config, material))


def _manifest(config: AudioConfig, material: AudioMaterial) -> dict[str, Any]:
    return {
        "id": config.id,
        "modality": "audio",
        "labels": list(material.labels),
        "architecture": {"members": config.members, **dataclasses.asdict(config.network)},
        "input": {
            "sample_rate": 16_000,
            "features": config.feature_config().as_dict(),
            "least_frames": config.network.least_frames,
        },
        "calibration": {},
        "licence": config.licence,
        "training_data": data_sets(config),
        "command": "",
        "seed": config.seed,
        "metrics": {},
        "protocol": FOLDS_PROTOCOL if config.cross_validation else VALIDATION_PROTOCOL,
    }


def served_answers(bundle: Path, material: AudioMaterial, chosen: np.ndarray) -> pd.DataFrame:
    """What a bundle answers for items, from the file to the logits, as a user would get it.

    Args:
        bundle: folder
        material: recordings and labels
        chosen: (item,) bool

    Returns:
        a row per item with `item`, `error`, and its logits `<prefix>_<label>` by the profiles
        of `_profiles`
    """
    spec = read_spec(bundle)
    model = AudioModel(spec)
    average = model.frame_classifier.profile
    profiles = {
        voice: _profiles(material, voice, chosen, average) for voice in set(material.voices[chosen])
    }
    rows = []
    for item in np.flatnonzero(chosen):
        row: dict[str, Any] = {"item": item, "error": ""}
        for prefix, profile in profiles[material.voices[item]].items():
            try:
                logits = model.logits(material.recordings[item].path, profile)
            except EmotionCoreError as error:
                row["error"], logits = str(error), np.zeros(len(spec.labels))
            row |= {f"{prefix}_{x}": v for x, v in zip(spec.labels, logits, strict=True)}
        rows.append(row)
    prefixes = (AVERAGE_VOICE, OWN_VOICE, ORDINARY_VOICE)
    names = [f"{prefix}_{x}" for prefix in prefixes for x in spec.labels]
    return pd.DataFrame(rows, columns=["item", "error", *names])


def _profiles(
    material: AudioMaterial, voice: str, chosen: np.ndarray, average: VoiceProfile | None
) -> dict[str, VoiceProfile | None]:
    """The ways in which a voice's clips are normalised; None is the bundle's own.

    Args:
        material: frames and labels
        voice: name of the speaker
        chosen: (item,) bool
        average: the bundle's own profile
    """
    own = np.flatnonzero(chosen & (material.voices == voice))
    ordinary = own[material.ordinary[own]]
    found: dict[str, VoiceProfile | None] = {AVERAGE_VOICE: None, ORDINARY_VOICE: None}
    found[OWN_VOICE] = material.store.profile(own)
    if len(ordinary) and average is not None and average.ordinary is not None:
        found[ORDINARY_VOICE] = average.shifted(material.store.profile(ordinary).mean)
    return found


def told(material: AudioMaterial, answers: pd.DataFrame) -> pd.DataFrame:
    """Served answers with `id`, `truth`, `speaker` and `fold` in place of the item's number."""
    recordings = [material.recordings[i] for i in answers["item"]]
    known = pd.DataFrame(
        {
            "id": [r.path.stem for r in recordings],
            "truth": [r.label for r in recordings],
            "speaker": [r.group for r in recordings],
            "fold": [r.fold or 0 for r in recordings],
        }
    )
    return pd.concat([known, answers.drop(columns="item").reset_index(drop=True)], axis=1)
