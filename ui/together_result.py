"""What a sentence, a voice and a face say together."""

import time
from collections.abc import Mapping

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.fusion.evidence import (
    FUSED,
    SPOKEN_NAME,
    FusedModality,
    FusedScores,
    Moment,
)
from emotion_core.fusion.pipeline import FusionModel
from emotion_core.recording.pipeline import RecordingModel

from .answer import answer_card
from .charts import probability_bars, show
from .recording_charts import contribution_bars
from .recording_lanes import CONFLICT_SYMBOL, MODALITY_COLOURS
from .together_card import part_card

NOTHING = "Nothing that was given has an answer, so there is nothing to fuse."
SURPRISING = 0.95
"""surprise from which on it is told"""


def _says(modality: FusedModality) -> str:
    """Such as "the voice says"."""
    return f"the {SPOKEN_NAME[modality]} {'say' if modality == 'text' else 'says'}"


def agreement(fused: FusedScores, said: Mapping[FusedModality, str]) -> str:
    """Whether those that were given agree, in a sentence.

    Args:
        fused: what they say together
        said: modality -> its label, in the labels of the fusion
    """
    if fused.disagreement is not None:
        return f"They disagree: {fused.disagreement}."
    if len(said) == 1:
        return "One modality stands alone; give another one to fuse it with."
    if len(set(said.values())) == 1:
        count = "Both" if len(said) == 2 else "All three"
        return f"{count} say {next(iter(said.values()))}."
    told = ", ".join(f"{_says(m)} {label}" for m, label in said.items())
    return f"They differ, which this fusion does not count as a disagreement: {told}."


def _agreement(fused: FusedScores, said: Mapping[FusedModality, str]) -> None:
    st.subheader("Do they agree?")
    sentence = agreement(fused, said)
    if fused.disagreement is not None:
        st.warning(
            f"{CONFLICT_SYMBOL} {sentence} Strength {fused.disagreement.strength:.0%}: how sure "
            "both are of it."
        )
    elif len(said) > 1 and len(set(said.values())) == 1:
        st.success(sentence, icon=":material/check:")
    else:
        st.info(sentence)
    for modality, surprise in fused.surprise.items():
        if surprise >= SURPRISING:
            st.caption(
                f"What {_says(modality)} is further from what the others lead to expect than in "
                f"{surprise:.0%} of moments that agree."
            )


def _contributions(fused: FusedScores) -> None:
    st.subheader("What each contributed")
    names = {SPOKEN_NAME[m]: fused.contributions[m] for m in FUSED if m in fused.contributions}
    colours = {SPOKEN_NAME[m]: colour for m, colour in MODALITY_COLOURS.items()}
    alt = "Share of each modality: " + ", ".join(f"{n} {s:.0%}" for n, s in names.items())
    show(contribution_bars(names, colours), "together_contributions", alt)


def _expected(model: FusionModel, moment: Moment) -> None:
    """What the others lead to expect of a modality that is missing."""
    missing: list[FusedModality] = [m for m in FUSED if m not in moment]
    if not model.translates or not missing:
        return
    expected = model.expected(moment)
    st.subheader("What would be expected")
    for modality in missing:
        if modality in expected:
            name = f"The {SPOKEN_NAME[modality]}, which is missing"
            part_card(name, expected[modality], None)


def _answer(model: FusionModel, moment: Moment, said: Mapping[FusedModality, str]) -> None:
    started = time.perf_counter()
    (fused,) = model.fuse([moment])
    time_ms = 1000 * (time.perf_counter() - started)
    level = model.spec.calibration.uncertain_below
    left, right = st.columns(2, gap="large")
    with left:
        answer_card(fused.scores, level, time_ms)
        st.subheader("Probabilities")
        alt = f"Probability of each label; the largest is {fused.scores.label}"
        show(probability_bars(fused.scores, level), "together_probabilities", alt)
        if level:
            st.caption(f"The dotted line is the level of {level:.0%} that counts as sure.")
    with right:
        _agreement(fused, said)
        _contributions(fused)
        _expected(model, moment)


def together_result(
    model: RecordingModel, moment: Moment, said: Mapping[FusedModality, str]
) -> None:
    """Show what the parts that have an answer say together.

    Args:
        model: fuses
        moment: evidence of each
        said: modality -> its label, in the labels of the fusion
    """
    st.header("Together")
    if not moment:
        st.warning(NOTHING)
        return
    try:
        _answer(model.fusion, moment, said)
    except EmotionCoreError as error:
        st.error(str(error))
