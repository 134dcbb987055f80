"""Pictures of sound: the spectrogram of a recording, and what drove an answer."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import sample_colorscale, unlabel_rgb

from emotion_core.audio.analysis import SoundPicture, SpectrogramWeights

from .charts import MARGIN_PX

RANGE_DB = 80.0
"""a spectrogram is black this far below its loudest cell"""
SHADES = 256
TICKS_HZ = (250, 500, 1000, 2000, 4000, 8000)
FOR_COLOUR, AGAINST_COLOUR = "250, 151, 0", "16, 186, 255"
"""red, green, blue of regions that speak for an answer and against it"""
OUTLINE = 0.5
"""share of the largest weight at which a region is outlined"""
HEIGHT_PX = 320


def _shades(name: str) -> list[int]:
    """A colour scale as red, green, blue of each of its shades, one after the other."""
    colours = sample_colorscale(name, np.linspace(0, 1, SHADES).tolist())
    return [round(c) for colour in colours for c in unlabel_rgb(colour)]


def spectrogram_png(picture: SoundPicture) -> bytes:
    """The mel spectrogram as a PNG, low frequencies at the bottom, loud cells bright."""
    share = np.clip(picture.spectrogram_db[::-1] / RANGE_DB + 1, 0, 1)
    image = Image.fromarray(np.round(share * (SHADES - 1)).astype(np.uint8), "P")
    image.putpalette(_shades("Magma"))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _frequency_axis(figure: go.Figure, frequencies_hz: np.ndarray) -> None:
    """Bins as rows, with ticks at round frequencies."""
    ticks = [hz for hz in TICKS_HZ if frequencies_hz[0] <= hz <= frequencies_hz[-1]]
    rows = np.interp(ticks, frequencies_hz, np.arange(len(frequencies_hz)))
    names = [f"{hz / 1000:g}k" if hz >= 1000 else f"{hz}" for hz in ticks]
    figure.update_yaxes(title="Hz", tickvals=rows, ticktext=names, fixedrange=True)


def weight_map(explained: SpectrogramWeights) -> go.Figure:
    """What the model heard, in grey, under the regions that drove its answer.

    Regions that speak for it are orange with a solid outline, those against it blue with a
    dotted one, so that neither depends on colour alone.
    """
    bins, frames = explained.weights.shape
    start_s, end_s = explained.span_s
    times = start_s + (np.arange(frames) + 0.5) * (end_s - start_s) / max(1, frames)
    place = {"x": times, "y": np.arange(bins), "showscale": False}
    heard = {"z": explained.spectrogram_db, "colorscale": "Greys_r", "hoverinfo": "skip"}
    figure = go.Figure(go.Heatmap(**heard, **place))
    _add_regions(figure, explained, place)
    figure.update_layout(
        height=HEIGHT_PX,
        margin={"l": 0, "r": 8, "t": 8, "b": MARGIN_PX},
        paper_bgcolor="rgba(0, 0, 0, 0)",
        dragmode=False,
    )
    figure.update_xaxes(title="seconds", fixedrange=True)
    _frequency_axis(figure, explained.frequencies_hz)
    return figure


def _add_regions(
    figure: go.Figure, explained: SpectrogramWeights, place: Mapping[str, Any]
) -> None:
    """Colour the regions by their weight, and outline the strongest."""
    largest = float(np.abs(explained.weights).max(initial=0)) or 1.0
    frames = explained.weights.shape[1]
    figure.add_heatmap(
        z=explained.weights,
        customdata=np.repeat(explained.frequencies_hz[:, None], frames, axis=1),
        **place,
        zmin=-largest,
        zmax=largest,
        colorscale=[
            [0, f"rgba({AGAINST_COLOUR}, 0.75)"],
            [0.5, f"rgba({AGAINST_COLOUR}, 0)"],
            [0.5, f"rgba({FOR_COLOUR}, 0)"],
            [1, f"rgba({FOR_COLOUR}, 0.75)"],
        ],
        hovertemplate="%{x:.2f} s, %{customdata:.0f} Hz: %{z:+.2f}<extra></extra>",
    )
    for side, colour, dash in ((1, FOR_COLOUR, "solid"), (-1, AGAINST_COLOUR, "dot")):
        figure.add_contour(
            z=side * explained.weights,
            **place,
            contours={"start": OUTLINE * largest, "end": OUTLINE * largest, "coloring": "none"},
            line={"color": f"rgb({colour})", "width": 2, "dash": dash},
            showlegend=False,
            hoverinfo="skip",
        )
