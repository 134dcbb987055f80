"""Fusions measured on real pairs: published models' answers for voice and face of RAVDESS clips.

Each clip is answered by models that have not met its actor; beside it, for contrast, by encoders
that have learnt from the very clip.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn import functional as F

from ..datasets.sources import data_path
from ..errors import InvalidInput
from ..evaluation.calibration import expected_calibration_error
from ..evaluation.metrics import classification_scores, resample
from ..labels import label_of
from .fusion_config import FusionNetworkConfig
from .fusion_network import Features, Translation, build_network

log = logging.getLogger(__name__)

SOURCE = "multimodal/ravdess_av_openface_wav2vec.npz"
PUBLISHED = "published fusion"
LEAST = 1e-4
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1)
"""inverse regularisation of the logistic regressions, chosen on inner actors"""
STEPS, EVERY, SEEDS = 240, 60, 3
"""of the networks: steps at most, steps between two looks at inner actors, networks averaged"""
NETWORK = FusionNetworkConfig(width=64, heads=4, dropout=0.3, embedding_dropout=0.3)


@dataclass(frozen=True, eq=False)
class PairedClips:
    """What two encoders say of clips with sound and picture.

    Attributes:
        labels: ordered
        truth: (clip,) place of the label
        actor: (clip,)
        fold: (clip,) that holds the actor
        audio: (clip, label) log-probabilities of the voice
        video: (clip, label) log-probabilities of the face by a biLSTM over action units
        still: (clip, label) log-probabilities of the face by an MLP over mean action units
        units: (clip, unit) mean action units
    """

    labels: tuple[str, ...]
    truth: np.ndarray
    actor: np.ndarray
    fold: np.ndarray
    audio: np.ndarray
    video: np.ndarray
    still: np.ndarray
    units: np.ndarray

    def take(self, chosen: np.ndarray) -> "PairedClips":
        """Some of the clips, by number or by a bool for each."""
        names = ("truth", "actor", "fold", "audio", "video", "still", "units")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def __len__(self) -> int:
        return len(self.truth)


Method = Callable[[PairedClips, PairedClips], np.ndarray]
"""learns from the first clips, answers the second (clip, label)"""


def _open(path: str) -> dict[str, np.ndarray]:
    try:
        with np.load(data_path(path), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error


def _clips(content: Mapping[str, np.ndarray], network: np.ndarray) -> PairedClips:
    """The clips as the encoders of a fold each, `network` (clip,), answer them."""
    rows = np.arange(len(network))
    still = np.log(np.maximum(content["video_au_mlp_posteriors"][network, rows], LEAST))
    return PairedClips(
        labels=tuple(label_of(str(name)) for name in content["class_names"]),
        truth=content["label"].astype(np.int64),
        actor=content["actor"].astype(np.int64),
        fold=content["fold"].astype(np.int64),
        audio=log_softmax(content["audio_wav2vec_logits"][network, rows], 1),
        video=log_softmax(content["video_au_bilstm_logits"][network, rows], 1),
        still=log_softmax(still, 1),
        units=content["au_mean"].astype(np.float64),
    )


def alone(name: str) -> Method:
    """One encoder's answer as it is."""
    return lambda _, test: np.exp(getattr(test, name))


def _stacked(clips: PairedClips, names: Sequence[str]) -> np.ndarray:
    """(clip, encoder, label)"""
    return np.stack([getattr(clips, name) for name in names], 1)


def plain_mean(_: PairedClips, test: PairedClips) -> np.ndarray:
    """Half voice, half face."""
    return np.exp(_stacked(test, ("audio", "video"))).mean(1)


def _fitted(loss: Callable[[np.ndarray], float], count: int) -> np.ndarray:
    return np.exp(minimize(loss, np.zeros(count), method="L-BFGS-B").x)


def weighted_mean(train: PairedClips, test: PairedClips) -> np.ndarray:
    """Shares that make the training clips' labels most likely."""
    names = ("audio", "video", "still")
    known = np.exp(_stacked(train, names))[np.arange(len(train)), :, train.truth]

    def loss(logs: np.ndarray) -> float:
        return -float(np.log(np.maximum(known @ softmax(logs), LEAST)).mean())

    weights = _fitted(loss, len(names))
    return np.einsum("cel,e->cl", np.exp(_stacked(test, names)), weights / weights.sum())


def pool_exponents(train: PairedClips, names: Sequence[str]) -> np.ndarray:
    """(encoder,) exponents of a product that make the training clips' labels most likely."""
    said = _stacked(train, names)

    def loss(logs: np.ndarray) -> float:
        logits = np.einsum("cel,e->cl", said, np.exp(logs))
        return -float(log_softmax(logits, 1)[np.arange(len(train)), train.truth].mean())

    return _fitted(loss, len(names))


def opinion_pool(*names: str) -> Method:
    """A product of opinions, each to a fitted power."""

    def method(train: PairedClips, test: PairedClips) -> np.ndarray:
        exponents = pool_exponents(train, names)
        return softmax(np.einsum("cel,e->cl", _stacked(test, names), exponents), 1)

    return method


def _inner(clips: PairedClips) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each fold of the training clips held out once: no actor is on both sides."""
    return [(clips.fold != f, clips.fold == f) for f in np.unique(clips.fold)]


def regression(*names: str) -> Method:
    """Logistic regression whose strength is chosen on inner actors."""

    def values(clips: PairedClips) -> np.ndarray:
        return np.hstack([getattr(clips, name) for name in names])

    def fit(train: PairedClips, test: PairedClips, strength: float) -> np.ndarray:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))
        return model.fit(values(train), train.truth).predict_proba(values(test))

    def inner_accuracy(train: PairedClips, strength: float) -> float:
        parts = [(train.take(a), train.take(b)) for a, b in _inner(train)]
        return float(np.mean([accuracy(fit(a, b, strength), b) for a, b in parts]))

    def method(train: PairedClips, test: PairedClips) -> np.ndarray:
        best = max(STRENGTHS, key=lambda strength: inner_accuracy(train, strength))
        return fit(train, test, best)

    return method


def accuracy(probabilities: np.ndarray, clips: PairedClips) -> float:
    """Share of the clips whose most probable label is right."""
    return float((probabilities.argmax(1) == clips.truth).mean())


def _tensors(clips: PairedClips) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Reliability and features; there are no words."""
    words = np.zeros((len(clips), 1))
    face = np.hstack([clips.video, clips.still, clips.units])
    reliability = torch.ones(len(clips), 3)
    reliability[:, 0] = 0
    return reliability, [torch.from_numpy(v).float() for v in (words, clips.audio, face)]


def _features(clips: PairedClips) -> list[Features]:
    answers = (1, len(clips.labels), 2 * len(clips.labels))
    return [
        Features(v.mean(0), v.std(0).clamp_min(1e-3), n)
        for v, n in zip(_tensors(clips)[1], answers, strict=True)
    ]


def _missing(reliability: torch.Tensor, source: torch.Generator) -> torch.Tensor:
    """Reliability with the voice or the face left out of a fifth of the clips each."""
    drawn = torch.rand(len(reliability), generator=source)
    kept = reliability.clone()
    kept[drawn < 0.2, 1] = 0
    kept[drawn > 0.8, 2] = 0
    return kept


def _learnt(
    kind: str, train: PairedClips, tests: Sequence[PairedClips], seed: int
) -> dict[int, list[np.ndarray]]:
    """Answers of one network after each stretch of its training, steps -> answers of each test."""
    torch.manual_seed(seed)
    source = torch.Generator().manual_seed(seed)
    network = build_network(kind, _features(train), len(train.labels), NETWORK)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.05)
    reliability, values = _tensors(train)
    truth, found = torch.from_numpy(train.truth), {}
    for step in range(1, STEPS + 1):
        network.train()
        left = _missing(reliability, source)
        masked = [v * (left[:, i, None] > 0) for i, v in enumerate(values)]
        output = network(left, *masked)
        loss = F.cross_entropy(output.logits, truth, label_smoothing=0.05)
        if isinstance(network, Translation):
            guessed = output.expected.clamp_min(1e-6).log()[:, 1:]
            both = (left[:, 1] > 0) & (left[:, 2] > 0)
            loss = loss + 0.5 * F.nll_loss(
                guessed[both].flatten(0, 1), truth[both].repeat_interleave(2)
            )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % EVERY == 0:
            network.eval()
            with torch.no_grad():
                found[step] = [
                    network(r, *v).logits.softmax(1).numpy() for r, v in map(_tensors, tests)
                ]
    return found


def network(kind: str) -> Method:
    """A network over answers and action units; how long it learns is chosen on inner actors."""

    def method(train: PairedClips, test: PairedClips) -> np.ndarray:
        inner = [(train.take(a), train.take(b)) for a, b in _inner(train)]
        runs = [_learnt(kind, a, [b], 0) for a, b in inner]
        right = {
            step: np.mean([accuracy(r[step][0], b) for r, (_, b) in zip(runs, inner, strict=True)])
            for step in runs[0]
        }
        best = max(right, key=lambda step: right[step])
        return np.mean([_learnt(kind, train, [test], s)[best][0] for s in range(SEEDS)], 0)

    return method


ALL = ("audio", "video", "still", "units")
CHOSEN_FROM: Mapping[str, Method] = {
    "weighted mean, fitted": weighted_mean,
    "log-opinion pool: voice, biLSTM": opinion_pool("audio", "video"),
    "log-opinion pool: voice, biLSTM, MLP": opinion_pool("audio", "video", "still"),
    "stacked logistic regression": regression("audio", "video", "still"),
    "stacked logistic regression with action units": regression(*ALL),
}


def chosen_inside(train: PairedClips, test: PairedClips) -> np.ndarray:
    """The method that is best on inner actors of the training folds alone."""

    def inner_accuracy(name: str) -> float:
        parts = [(train.take(a), train.take(b)) for a, b in _inner(train)]
        return float(np.mean([accuracy(CHOSEN_FROM[name](a, b), b) for a, b in parts]))

    return CHOSEN_FROM[max(CHOSEN_FROM, key=inner_accuracy)](train, test)


METHODS: Mapping[str, Method] = {
    "voice alone": alone("audio"),
    "face alone, biLSTM": alone("video"),
    "face alone, MLP": alone("still"),
    "face alone, mean action units": regression("units"),
    "plain mean": plain_mean,
    **CHOSEN_FROM,
    "concatenation": network("concatenation"),
    "attention": network("attention"),
    "translation": network("translation"),
    "chosen on inner actors": chosen_inside,
}


def answers(method: Method, clips: Mapping[int, PairedClips]) -> np.ndarray:
    """(clip, label): each fold is answered by what has learnt from the other folds.

    Args:
        method: learns and answers
        clips: fold -> all clips as encoders answer them when this fold is the test
    """
    first = clips[0]
    found = np.zeros((len(first), len(first.labels)))
    for fold, whole in clips.items():
        test = whole.fold == fold
        found[test] = method(whole.take(~test), whole.take(test))
    return found


def _scores(clips: PairedClips, probabilities: np.ndarray) -> dict[str, Any]:
    scores = classification_scores(clips.truth, probabilities.argmax(1), clips.labels, clips.actor)
    kept = ("accuracy", "uar", "macro_f1")
    return {
        **{name: scores.metrics[name] for name in kept},
        "intervals": {name: scores.intervals[name] for name in kept},
        "ece": expected_calibration_error(probabilities, clips.truth),
    }


def _gain(clips: PairedClips, ours: np.ndarray, theirs: np.ndarray) -> dict[str, Any]:
    """Difference of accuracies on the same clips, with its interval by actor."""
    right = [(p.argmax(1) == clips.truth).astype(np.float64) for p in (ours, theirs)]
    counts = np.stack([right[0] - right[1], np.ones(len(clips))], 1)
    drawn = resample(counts, clips.actor, 1000, 0)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], (2.5, 97.5))
    return {"value": float((right[0] - right[1]).mean()), "interval": (float(low), float(high))}


def _protocols(content: Mapping[str, np.ndarray]) -> dict[str, dict[int, PairedClips]]:
    """What each fold's fusion reads: held-out answers, or those of encoders that know the clips."""
    fold = content["fold"].astype(np.int64)
    folds = np.unique(fold)
    held_out = _clips(content, fold)
    seen = {
        int(f): _clips(content, np.full(len(fold), folds[(i + 1) % len(folds)]))
        for i, f in enumerate(folds)
    }
    return {"held out": {int(f): held_out for f in folds}, "seen": seen}


def exponents(clips: PairedClips) -> dict[str, dict[str, float]]:
    """Mean fitted exponents of the pool of voice and face, and of each of the two alone.

    The one over the other is what an opinion counts that has been calibrated before: were the two
    to say the same again and again, these would sum to 1; were they independent, each would be 1.
    """
    names = ("audio", "video")
    parts = [clips.take(clips.fold != f) for f in np.unique(clips.fold)]
    pool = np.mean([pool_exponents(part, names) for part in parts], 0)
    single = [np.mean([pool_exponents(part, (n,))[0] for part in parts]) for n in names]
    return {
        "pool": dict(zip(names, pool.tolist(), strict=True)),
        "alone": dict(zip(names, map(float, single), strict=True)),
    }


SHOWN_SEEN = (
    "voice alone", "face alone, biLSTM", "plain mean", "log-opinion pool: voice, biLSTM, MLP",
    "concatenation",
)  # fmt: skip


def measure_ravdess(out: Path, data: str = SOURCE) -> dict[str, Any]:
    """Measure every fusion on real pairs and write what was found.

    Args:
        out: JSON file
        data: the archive of the encoders' answers

    Raises:
        InvalidInput: if it cannot be read

    Returns:
        what lies in the file
    """
    content = _open(data)
    protocols = _protocols(content)
    clips = protocols["held out"][0]
    rows = np.arange(len(clips))
    published = content["fusion_posteriors"][clips.fold, rows].astype(np.float64)
    published /= published.sum(1, keepdims=True)
    held_out, gains = {PUBLISHED: _scores(clips, published)}, {}
    for name, method in METHODS.items():
        said = answers(method, protocols["held out"])
        held_out[name], gains[name] = _scores(clips, said), _gain(clips, said, published)
        log.info("%s: accuracy %.4f", name, held_out[name]["accuracy"])
    seen = {n: _scores(clips, answers(METHODS[n], protocols["seen"])) for n in SHOWN_SEEN}
    results = {
        "clips": len(clips),
        "actors": len(np.unique(clips.actor)),
        "held_out": held_out,
        "gain_over_published": gains,
        "seen": seen,
        "exponents": exponents(clips),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=1, allow_nan=False), encoding="utf-8")
    return results
