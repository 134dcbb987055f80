"""A face and what it expresses, as a card."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from emotion_core.types import EmotionScores

from .answer import badge
from .face_seen import encoded
from .palette import colour, titled, translucent

NAMED = 3
"""labels whose share stands under the bar in words"""
LEAST_SHOWN = 0.005


def stacked_bar(labels: Sequence[str], shares: np.ndarray) -> str:
    """HTML of a bar of all labels' shares (label,), which sum to 1 or less, the largest first."""
    order: list[int] = np.argsort(-shares, kind="stable").tolist()
    order = [i for i in order if shares[i] >= LEAST_SHOWN]
    said = ", ".join(f"{labels[i]} {shares[i]:.0%}" for i in order)
    parts = "".join(
        f'<span title="{escape(labels[i], quote=True)} {shares[i]:.0%}" '
        f'style="width:{shares[i]:.2%};background:{colour(labels[i])};'
        'border-right:1px solid rgba(255,255,255,0.6)"></span>'
        for i in order
    )
    words = "".join(
        f'<span style="white-space:nowrap">{escape(titled(labels[i]))} {shares[i]:.0%}</span>'
        for i in order[:NAMED]
    )
    return (
        f'<div role="img" aria-label="{escape(said, quote=True)}" '
        'style="display:flex;height:0.9rem;border-radius:0.45rem;overflow:hidden;'
        f'margin:0.35rem 0 0.2rem">{parts}</div>'
        f'<div style="font-size:0.85rem;display:flex;flex-wrap:wrap;gap:0 0.7rem">{words}</div>'
    )


def face_card(
    portrait: np.ndarray, name: str, scores: EmotionScores, level: float, note: str = ""
) -> None:
    """Show a face, its emotion, how sure that is, and a bar of all probabilities.

    Args:
        portrait: (height, width, 3) RGB uint8
        name: of the face, such as "Face 1"
        scores: what it expresses
        level: in [0, 1], below which an answer counts as uncertain
        note: what else is to be said
    """
    label = scores.label
    border = "dashed" if scores.uncertain else "solid"
    source = base64.b64encode(encoded(portrait)).decode()
    extra = f'<div style="font-size:0.85rem">{escape(note)}</div>' if note else ""
    st.html(
        f'<div style="border-left:8px {border} {colour(label)};'
        f"background:{translucent(label, 0.12)};border-radius:0.6rem;padding:0.6rem 0.8rem;"
        'display:flex;gap:0.8rem;align-items:center">'
        f'<img alt="{escape(name, quote=True)}" src="data:image/jpeg;base64,{source}" '
        'style="width:5rem;height:5rem;object-fit:cover;border-radius:0.5rem">'
        f'<div style="flex:1;min-width:0"><div style="font-size:0.85rem">{escape(name)}</div>'
        f'<div style="font-size:1.25rem;font-weight:700;line-height:1.2">{escape(titled(label))} '
        f"{scores.probability:.0%}</div>"
        f'<div style="font-size:0.85rem">{badge(scores, level)}</div>'
        f"{stacked_bar(scores.labels, scores.probabilities)}{extra}</div></div>"
    )
