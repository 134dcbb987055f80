"""Utterances as the material that fusions are trained on: words, voice and face of one moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..datasets.paired_clip import PairedSet
from ..datasets.paired_data import read_paired
from ..datasets.paired_splits import Division, grouped_split, leave_one_session_out
from ..datasets.sources import data_path
from ..fusion.evidence import FUSED, FusedModality
from ..fusion.moments import Encoder, MomentArrays
from ..labels import label_set
from .fusion_answers import CLEAN, EncoderAnswers
from .fusion_config import FusionConfig, MomentsConfig
from .fusion_moments import SUBSETS, Composed, Material
from .fusion_training import read_by_embedding
from .paired_embeddings import PairedAnswers, embed_all


class PairedMaterial(Material):
    """Items of one number are one clip, so that a moment is what somebody said, not composed.

    A modality that a clip lacks is missing from its moments. Nothing is spoilt: the encoders
    have read each clip as it is.
    """

    def side(self, name: str) -> "PairedMaterial":
        """The clips of `train`, which need every label, or of `validation` or `test`.

        Raises:
            InvalidInput: if a label has no clip in training
        """
        if name == "train":
            super().side(name)
        return replace(self, answers={m: a.take(a.side == name) for m, a in self.answers.items()})

    @cached_property
    def conditions(self) -> dict[FusedModality, tuple[str, ...]]:
        """Clean alone."""
        return dict.fromkeys(FUSED, (CLEAN,))

    def _moments(
        self, clips: np.ndarray, items: np.ndarray, present: np.ndarray, swapped: np.ndarray
    ) -> Composed:
        """Moments of clips (moment,), those left out of which nothing is there."""
        arrays = self.arrays(items, present, np.zeros(items.shape, int))
        answers = self.answers["audio"]
        whole = Composed(arrays, answers.truth[clips], items, swapped, answers.group[clips])
        left = arrays.present.any(1)
        return whole if left.all() else whole.take(np.flatnonzero(left))

    def whole(self, restricted: Sequence[FusedModality] = FUSED) -> Composed:
        """Every clip once, with all that it has of some modalities."""
        clips = np.arange(len(self.answers["audio"]))
        items = np.repeat(clips[:, None], len(FUSED), 1)
        present = np.tile([m in restricted for m in FUSED], (len(clips), 1))
        return self._moments(clips, items, present, np.full(len(clips), -1))

    def composed(
        self,
        truth: np.ndarray,
        present: np.ndarray,
        rng: np.random.Generator,
        condition: np.ndarray | None = None,
        swapped: np.ndarray | None = None,
    ) -> Composed:
        """Clips of given labels; only a modality that is swapped is another clip's.

        Args:
            truth: (moment,) places of labels
            present: (moment, modality) bool, of what is used if the clip has it
            rng: draws the clips
            condition: not used
            swapped: (moment,) place of the modality that is of another label; -1 or None: none
        """
        del condition
        count = len(truth)
        swapped = np.full(count, -1) if swapped is None else swapped
        clips = self.drawn("audio", truth, rng)
        other = (truth + rng.integers(1, len(self.labels), count)) % len(self.labels)
        strangers = self.drawn("audio", other, rng)
        places = np.arange(len(FUSED))
        items = np.where(swapped[:, None] == places, strangers[:, None], clips[:, None])
        return self._moments(clips, items, present, swapped)

    def training(self, config: MomentsConfig, rng: np.random.Generator) -> Composed:
        """Moments of an epoch: some modalities dropped or swapped, none spoilt."""
        return super().training(replace(config, spoilt=0.0), rng)

    def each_subset(
        self, count: int, seed: int, subsets: Iterable[Sequence[FusedModality]] = SUBSETS
    ) -> Composed:
        """Every clip once with all that it has, or once for each set of modalities asked for.

        Args:
            count: not used: the clips that there are
            seed: not used
            subsets: a clip is restricted to each of those that it has all modalities of
        """
        del count, seed
        if subsets is SUBSETS:
            return self.whole()
        parts = []
        for subset in subsets:
            part = self.whole(subset)
            parts.append(part.take(np.flatnonzero(part.arrays.present.sum(1) == len(subset))))
        return _joined(parts)


def _joined(parts: Sequence[Composed]) -> Composed:
    """Moments one after the other."""
    arrays = [p.arrays for p in parts]
    return Composed(
        MomentArrays(
            arrays[0].labels,
            np.concatenate([a.probabilities for a in arrays]),
            np.concatenate([a.reliability for a in arrays]),
            {m: np.concatenate([a.features[m] for a in arrays]) for m in FUSED},
        ),
        *(
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("truth", "items", "swapped", "groups")
        ),
    )


def paired_material(
    paired: PairedSet,
    answers: Mapping[FusedModality, PairedAnswers],
    division: Division,
    by_embedding: Iterable[FusedModality],
) -> PairedMaterial:
    """Utterances, divided, as a fusion is trained on them.

    Args:
        paired: the clips
        answers: of every modality, by `embed_all`
        division: which clips are on which side
        by_embedding: modalities whose embedding is read beside their answer
    """
    group = np.array([clip.group or clip.name for clip in paired.clips])
    read = set(by_embedding)
    return PairedMaterial(
        paired.labels,
        {
            m: EncoderAnswers(a.spec, paired.truth, division.side, group, {CLEAN: a.said})
            for m, a in answers.items()
        },
        {
            m: Encoder(a.spec.id, a.spec.labels, a.said.embedding.shape[1] if m in read else 0)
            for m, a in answers.items()
        },
    )


def read_paired_answers(
    config: FusionConfig,
) -> tuple[PairedSet, dict[FusedModality, PairedAnswers]]:
    """The clips that a configuration names, and what its encoders say of them.

    Raises:
        InvalidInput: if they cannot be read
        LabelMismatch: if their labels have no place in the label set
        ModelUnavailable: if an encoder is missing or damaged
    """
    labels = label_set(config.label_set)
    paired = read_paired(data_path(config.data), labels)
    names: dict[FusedModality, str] = {m: getattr(config.material, m) for m in FUSED}
    return paired, embed_all(paired, names, Path(config.material.cache))


def read_paired_material(config: FusionConfig) -> PairedMaterial:
    """The same, divided as a bundle is trained: by the published split, or one session is tested.

    Of data with sessions the last one is for the test, as `leave_one_session_out` divides it.

    Raises:
        InvalidInput: if the data or settings cannot be used
    """
    paired, answers = read_paired_answers(config)
    sessions = all(clip.session for clip in paired.clips)
    division = leave_one_session_out(paired)[-1] if sessions else grouped_split(paired, config.seed)
    return paired_material(paired, answers, division, named_modalities(config))


def named_modalities(config: FusionConfig) -> list[FusedModality]:
    """Those whose embedding is read."""
    return [m for m in FUSED if m in read_by_embedding(config)]
