"""The words of a text, coloured by how much they drove the answer."""

from html import escape

import numpy as np

from emotion_core.types import WordWeights

from .palette import OTHER_COLOUR, colour, translucent

FAINT = 0.08
"""share of the largest weight below which a word is left plain"""
UNDERLINE_PX = 5


def _word(text: str, weight: float, share: float, label: str) -> str:
    """One word; `share` in [0, 1] of the largest weight sets opacity and underline."""
    if share < FAINT:
        return escape(text)
    thickness = 1 + round((UNDERLINE_PX - 1) * share)
    if weight > 0:
        side = "for"
        look = f"background:{translucent(label, 0.12 + 0.38 * share)};"
        look += f"border-bottom:{thickness}px solid {colour(label)}"
    else:
        side, look = "against", f"border-bottom:{thickness}px dotted {OTHER_COLOUR}"
    tip = escape(f"{weight:+.2f}: speaks {side} {label}", quote=True)
    look += ";padding:1px 2px;border-radius:3px"
    return f'<span title="{tip}" style="{look}">{escape(text)}</span>'


def coloured_words(weights: WordWeights) -> str:
    """HTML of a text; every character of it is escaped.

    The stronger a word, the thicker its underline: solid and coloured where it speaks for the
    answer, dotted and grey where it speaks against it.
    """
    largest = float(np.abs(weights.weights).max(initial=0)) or 1.0
    parts, end = [], 0
    for (start, stop), weight in zip(weights.spans.tolist(), weights.weights, strict=True):
        parts.append(escape(weights.text[end:start]))
        share = abs(float(weight)) / largest
        parts.append(_word(weights.text[start:stop], float(weight), share, weights.label))
        end = stop
    rest = weights.text[end:].strip()
    parts.append(" …" if rest else "")
    style = "font-size:1.15rem;line-height:2.1;overflow-wrap:anywhere"
    return f'<div dir="auto" style="{style}">{"".join(parts)}</div>'
