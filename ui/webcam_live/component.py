"""The component: figures of the stream, the voice's answer, and a chart for each person."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.components import v2

from emotion_core.types import EmotionScores

from ..palette import colour, symbol
from .lines import PersonLines

_FOLDER = Path(__file__).parent


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_mount = v2.component(
    "emotion_webcam_live",
    html=_asset("live.html"),
    css=_asset("live.css"),
    js=_asset("live.js"),
)


def _answer(label: str, probability: float, uncertain: bool) -> dict[str, Any]:
    """An answer as it is shown."""
    return {
        "label": label,
        "symbol": symbol(label),
        "colour": colour(label),
        "percent": round(100 * probability),
        "uncertain": uncertain,
    }


def _chart(lines: PersonLines, labels: Sequence[str]) -> dict[str, Any]:
    """The lines of one person in whole percent, None where the person was not seen."""
    percent = np.round(100 * lines.probabilities)
    last = lines.probabilities[-1]
    top = int(np.nan_to_num(last).argmax())
    here = bool(lines.seen[-1])
    return {
        "name": f"Person {lines.person}",
        "now": _answer(labels[top], last[top], bool(lines.uncertain[-1])) if here else None,
        "ages": lines.ages_s.round(1).tolist(),
        "percent": [[None if np.isnan(p) else int(p) for p in label] for label in percent.T],
    }


def live_view(
    figures: Mapping[str, str],
    labels: Sequence[str],
    people: Sequence[PersonLines],
    voice: EmotionScores | str,
    key: str,
) -> None:
    """Draw what a stream sees, in place of what was drawn before.

    Args:
        figures: name -> value of how the stream runs
        labels: of the lines, ordered
        people: those who were seen in the last minute
        voice: answer of the microphone, or in words why there is none; empty leaves it out
        key: of the component
    """
    heard, quiet = None, voice
    if isinstance(voice, EmotionScores):
        heard, quiet = _answer(voice.label, voice.probability, voice.uncertain), ""
    names = [{"name": label, "symbol": symbol(label), "colour": colour(label)} for label in labels]
    charts = [_chart(lines, labels) for lines in people]
    _mount(
        key=key,
        data={
            "figures": list(figures.items()),
            "labels": names,
            "people": charts,
            "voice": heard,
            "quiet": quiet,
        },
    )
