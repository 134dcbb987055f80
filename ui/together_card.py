"""A modality and what it says, as a small card."""

import base64
from html import escape

import numpy as np
import streamlit as st

from emotion_core.types import EmotionScores

from .answer import badge
from .face_card import stacked_bar
from .face_seen import encoded
from .palette import colour, symbol, titled, translucent


def _sign(label: str, portrait: np.ndarray | None) -> str:
    """A face, or the symbol of an emotion, as HTML."""
    if portrait is None:
        return (
            '<span style="font-size:2.2rem;line-height:1;width:3.4rem;text-align:center" '
            f'aria-hidden="true">{symbol(label)}</span>'
        )
    source = base64.b64encode(encoded(portrait)).decode()
    return (
        f'<img alt="the face" src="data:image/jpeg;base64,{source}" '
        'style="width:3.4rem;height:3.4rem;object-fit:cover;border-radius:0.5rem">'
    )


def part_card(
    name: str,
    scores: EmotionScores,
    level: float | None,
    note: str = "",
    portrait: np.ndarray | None = None,
) -> None:
    """Show what a modality says, how sure that is, and a bar of all probabilities.

    Args:
        name: of the modality
        scores: what it says
        level: in [0, 1], below which an answer counts as uncertain; None says nothing of it
        note: what else is to be said
        portrait: (height, width, 3) RGB uint8 of a face; None shows the emotion's symbol
    """
    label = scores.label
    border = "dashed" if scores.uncertain else "solid"
    head = f"{name}: {note}" if note else name
    word = titled(label) if portrait is not None else label
    sure = "" if level is None else f'<div style="font-size:0.85rem">{badge(scores, level)}</div>'
    st.html(
        f'<div style="border-left:8px {border} {colour(label)};'
        f'background:{translucent(label, 0.12)};border-radius:0.6rem;padding:0.6rem 0.8rem">'
        '<div style="display:flex;gap:0.8rem;align-items:center">'
        f"{_sign(label, portrait)}"
        f'<div style="flex:1;min-width:0"><div style="font-size:0.85rem">{escape(head)}</div>'
        f'<div style="font-size:1.25rem;font-weight:700;line-height:1.2">{escape(word)} '
        f"{scores.probability:.0%}</div>{sure}</div></div>"
        f"{stacked_bar(scores.labels, scores.probabilities)}</div>"
    )
