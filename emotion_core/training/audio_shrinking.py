"""Voice networks made smaller, if they stay good enough."""

import copy
import dataclasses
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from ..audio.pipeline import AudioModel
from ..evaluation.audio_answers import logits_of
from ..registry import read_spec
from .audio_config import AudioConfig
from .audio_material import AudioMaterial
from .audio_served import FP16, served_answers, told, write_network
from .audio_trainer import FittedAudio, fit_audio
from .begun import learnt_on
from .shrinking import KeepPruned, compare_sizes, learning_on


def made_smaller(
    config: AudioConfig,
    material: AudioMaterial,
    parts: tuple[np.ndarray, np.ndarray],
    members: list[FittedAudio],
    out: Path,
) -> list[FittedAudio]:
    """Networks made smaller as the settings ask, if they stay good enough.

    Args:
        config: all settings
        material: frames and labels
        parts: (item,) bool of what is learnt from and of the validation split
        members: trained
        out: folder of the bundle that will be written

    Raises:
        InvalidInput: if their validation score fell by more than is allowed
    """
    (chosen, validation), shrink, smaller = parts, config.shrink, members
    if shrink.prune:
        optimiser = learning_on(shrink, config.optimiser)
        again = dataclasses.replace(config, epochs=shrink.epochs, optimiser=optimiser)
        smaller = [
            fit_audio(
                again,
                material.lesson(chosen),
                material.heard(chosen),
                out.with_name(f"pruned-{learnt_on(shrink)}-{run}"),
                validation=material.split(validation),
                run=run,
                trained=copy.deepcopy(fitted.network),
                callbacks=[KeepPruned(shrink.prune)],
            )
            for run, fitted in enumerate(members)
        ]
    clip = material.recordings[int(np.flatnonzero(validation)[0])].path
    compare_sizes(
        shrink,
        out,
        FP16,
        lambda folder, small, precision: write_network(
            config, material, chosen, smaller if small else members, folder, precision
        ),
        lambda bundle: _accuracy(material, served_answers(bundle, material, validation)),
        lambda bundle: partial(AudioModel(read_spec(bundle)).logits, clip),
    )
    return smaller


def _accuracy(material: AudioMaterial, answers: pd.DataFrame) -> float:
    """Share of recordings that are answered rightly; one without an answer is not."""
    heard = told(material, answers)
    right = np.array(material.labels)[logits_of(heard, material.labels).argmax(1)] == heard["truth"]
    return float((right & (heard["error"] == "")).mean())
