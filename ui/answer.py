"""One answer, as a card: symbol, word, colour, and how sure it is."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from emotion_core.types import EmotionScores

from .palette import colour, symbol, titled, translucent


def badge(scores: EmotionScores, level: float) -> str:
    """Whether an answer counts as uncertain, in words."""
    if scores.uncertain:
        return f"⚠️ uncertain: below the level of {level:.0%}"
    return f"✓ sure: at or above the level of {level:.0%}"


def show_notices(notices: Sequence[str]) -> None:
    """What a person should know of how something was read."""
    for notice in notices:
        st.warning(notice[:1].upper() + notice[1:] + ".", icon=":material/info:")


def answer_card(scores: EmotionScores, level: float, time_ms: float) -> None:
    """Show the emotion, its probability, whether it counts as uncertain, and the time taken."""
    label = scores.label
    border = "dashed" if scores.uncertain else "solid"
    st.html(
        f'<div style="border-left:8px {border} {colour(label)};'
        f"background:{translucent(label, 0.12)};"
        'border-radius:0.6rem;padding:0.8rem 1.1rem;display:flex;gap:1rem;align-items:center">'
        f'<span style="font-size:3.2rem;line-height:1" aria-hidden="true">{symbol(label)}</span>'
        f'<div><div style="font-size:1.9rem;font-weight:700;line-height:1.15">{escape(label)}</div>'
        f'<div style="font-size:1.05rem">{scores.probability:.0%} probable</div>'
        f'<div style="font-size:0.9rem">{badge(scores, level)}</div></div></div>'
    )
    taken = f"{time_ms:.1f} ms" if time_ms < 1000 else f"{time_ms / 1000:.1f} s"
    st.caption(f"Answered in {taken}")
    show_notices(scores.notices)


def present_labels(scores: EmotionScores) -> None:
    """Of a multi-label model, the labels that reach their own threshold."""
    if scores.presence is None:
        return
    presence = dict(zip(scores.labels, scores.presence.tolist(), strict=True))
    found = " · ".join(f"{titled(name)} {presence[name]:.0%}" for name in scores.present)
    st.markdown(f"**Present in the text:** {found or 'no label reaches its threshold'}")
    st.caption(
        "Several emotions can be present at once: each is held against a threshold of its own. "
        "The bars show the probabilities if exactly one applies."
    )
