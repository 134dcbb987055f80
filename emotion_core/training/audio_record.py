"""Measure a voice bundle and write what was found beside its weights."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from ..audio.pipeline import AudioModel, load_audio_model
from ..datasets.recordings import Recording
from ..evaluation.audio_answers import ORDINARY_VOICE, logits_of, standardised_by_voice
from ..evaluation.audio_card import audio_card
from ..evaluation.audio_report import ScoredAnswers, audio_report
from .audio_config import AudioConfig
from .audio_material import ORDINARY, read_material, read_reported
from .audio_served import served_answers, told
from .audio_training import CROSS_CORPUS, FOLDS, RANDOM_FOLDS
from .record import bundle_config, refuse_second_reading, write_record

EXPLAINED = 60
"""recordings of the deletion test"""
OWN_PROTOCOL = (
    "own voice: frames and logits standardised by all unlabelled clips of the test speaker, which "
    "hold every emotion about equally often"
)
ORDINARY_PROTOCOL = (
    "voice profile as in the app: the average voice moved to the test speaker's clips labelled "
    "{ordinary}; scored on the speaker's other clips; this way of setting it was chosen among four "
    "on the six folds of RAVDESS, so on RAVDESS its gain may flatter"
)
UNHELPED_PROTOCOL = "those other clips by the average voice, to compare with"
CROSS_PROTOCOL = (
    "cross-corpus: the network before it heard any {first}, trained on the other sets alone, on "
    "all of {first} (labels that only {first} has can hardly be answered)"
)
RANDOM_PROTOCOL = (
    "NOT speaker-independent: clips of folds drawn at random, so that every speaker was heard in "
    "training; shown for what it would have claimed"
)


def _folds(folder: Path, config: AudioConfig) -> Path:
    """What the folds of a cross-validated bundle answered."""
    return folder / "training" / f"{RANDOM_FOLDS if config.random_split else FOLDS}.parquet"


def _reported(config: AudioConfig) -> str:
    """Name of the data set that is reported."""
    return config.training_data.split(";")[0].strip() or config.data.split(",")[0]


def _protocol(config: AudioConfig, answers: pd.DataFrame) -> str:
    speakers = answers["speaker"].nunique()
    if config.random_split:
        sides = "speakers on both sides"
    elif (answers["speaker"] == "").any():
        sides = "not all of them known, so some may be on both sides"
    else:
        sides = "no speaker on both sides"
    if config.cross_validation:
        how = (
            f"{answers['fold'].nunique()} folds, {sides}: each was answered once by networks "
            "trained by the same procedure without it, from the file, as the bundle is served "
            "(which is trained on all of them)"
        )
    else:
        how = (
            f"the test split ({speakers} speakers, {sides}), answered once by "
            "the bundle as served, from the file; the epoch and the temperature were chosen on "
            "the validation split"
        )
    chosen = f"; settings were chosen on {config.chosen_on}" if config.chosen_on else ""
    return (
        f"{_reported(config)}, {len(answers)} recordings, {how}{chosen}. Intervals: 1,000 "
        f"bootstrap samples of {'speakers' if speakers > 1 else 'recordings'}."
    )


def _others(
    model: AudioModel, config: AudioConfig, answers: pd.DataFrame
) -> dict[str, ScoredAnswers]:
    """Further protocols that training left answers for."""
    labels, folder = model.labels, model.spec.folder
    found = {OWN_PROTOCOL: ScoredAnswers(answers, standardised_by_voice(answers, labels), labels)}
    rest = answers[~answers["truth"].isin(ORDINARY)]
    if 0 < len(rest) < len(answers):
        profile = ORDINARY_PROTOCOL.format(ordinary=" or ".join(ORDINARY))
        found[profile] = ScoredAnswers(rest, logits_of(rest, labels, ORDINARY_VOICE), labels)
        found[UNHELPED_PROTOCOL] = ScoredAnswers(rest, logits_of(rest, labels), labels)
    first = _reported(config).split("(")[0].strip()
    for name, protocol in (
        (CROSS_CORPUS, CROSS_PROTOCOL.format(first=first)),
        (RANDOM_FOLDS, RANDOM_PROTOCOL),
    ):
        path = folder / "training" / f"{name}.parquet"
        if path.is_file() and path != _folds(folder, config):
            other = pd.read_parquet(path)
            found[protocol] = ScoredAnswers(other, logits_of(other, labels), labels)
    return found


def measure_audio_bundle(
    model: str | Path, data: Path | None = None, split: str = "test", repeat: bool = False
) -> dict[str, float]:
    """Measure, and write `evaluation/`, `card.md` and the manifest's metrics.

    A cross-validated bundle is scored by what its folds answered while it was trained.

    Args:
        model: bundle id or folder
        data: as for training; None takes what the bundle was trained on
        split: `validation` is printed only; `test` is written
        repeat: allow a second reading of the test split

    Raises:
        InvalidInput: if the test split of this bundle has been read before, or is empty

    Returns:
        metric name -> value
    """
    opened = load_audio_model(model)
    folder = opened.spec.folder
    config = bundle_config(AudioConfig, folder, data)
    if split == "test" and not repeat and not config.cross_validation:
        refuse_second_reading(opened.spec)
    if config.cross_validation:
        answers, recordings = pd.read_parquet(_folds(folder, config)), read_reported(config)
    else:
        with TemporaryDirectory() as frames:
            material = read_material(config, Path(frames), side=split)
            everything = np.ones(len(material.recordings), bool)
            answers = told(material, served_answers(folder, material, everything))
        recordings = material.recordings
    report = audio_report(
        opened,
        answers,
        _protocol(config, answers),
        _others(opened, config, answers),
        _explained(recordings, answers),
        config.report_labels,
    )
    if split == "test":
        write_record(folder, report, audio_card, test_split=not config.cross_validation)
    return report.metrics


def _explained(recordings: Sequence[Recording], answers: pd.DataFrame) -> list[Path]:
    """Some of the recordings that have an answer."""
    answered = set(answers["id"][answers["error"] == ""])
    paths = [r.path for r in recordings if r.path.stem in answered]
    return [paths[i] for i in np.random.default_rng(0).permutation(len(paths))[:EXPLAINED]]
