"""Charts of a whole recording."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from .charts import BAR_PX, LETTER_PX, LETTERS_ON_DARK, LETTERS_ON_LIGHT
from .palette import colour, rgb, titled

ROW_PX, FRAME_PX = 44, 90
CLEAR = "rgba(0, 0, 0, 0)"
BRIGHT = 125
"""of a colour, in [0, 255], from which on dark letters are read better"""
LEAST_NAMED = 0.12
"""share of a bar from which on it has room for its number"""


def _letters_on(label: str) -> str:
    """The colour of letters that can be read on that of a label."""
    red, green, blue = rgb(label)
    return LETTERS_ON_LIGHT if 0.3 * red + 0.59 * green + 0.11 * blue > BRIGHT else LETTERS_ON_DARK


def _layout(figure: go.Figure, rows: int) -> None:
    figure.update_layout(
        barmode="stack",
        height=ROW_PX * rows + FRAME_PX,
        margin={"l": 0, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        dragmode=False,
        bargap=0.35,
        legend={"orientation": "h", "y": -0.05, "x": 0, "traceorder": "normal"},
    )
    figure.update_yaxes(
        autorange="reversed",
        fixedrange=True,
        automargin=True,
        ticklabelstandoff=6,
        tickfont={"size": LETTER_PX},
    )
    figure.update_xaxes(visible=False, fixedrange=True, range=[0, 1])


def share_bars(rows: Mapping[str, Mapping[str, float]], labels: Sequence[str]) -> go.Figure:
    """For each row one bar of all labels, as long as every other.

    Args:
        rows: name -> label -> seconds
        labels: from left to right; those that no row has are left out
    """
    figure = go.Figure()
    totals = {name: sum(seconds.values()) or 1.0 for name, seconds in rows.items()}
    for label in labels:
        seconds = [found.get(label, 0.0) for found in rows.values()]
        if not any(seconds):
            continue
        shares = [s / t for s, t in zip(seconds, totals.values(), strict=True)]
        figure.add_bar(
            x=shares,
            y=list(rows),
            name=titled(label),
            orientation="h",
            marker={"color": colour(label), "line": {"color": CLEAR, "width": 1}},
            text=[f"{share:.0%}" if share >= LEAST_NAMED else "" for share in shares],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            insidetextfont={"color": _letters_on(label), "size": LETTER_PX},
            customdata=[
                [f"{s:.1f} s", f"{share:.0%}"] for s, share in zip(seconds, shares, strict=True)
            ],
            hovertemplate=f"%{{y}}: {label} %{{customdata[0]}} (%{{customdata[1]}})<extra></extra>",
        )
    _layout(figure, len(rows))
    return figure


def contribution_bars(shares: Mapping[str, float], colours: Mapping[str, str]) -> go.Figure:
    """The share that each modality had, one bar each.

    Args:
        shares: spoken name of a modality -> in [0, 1]
        colours: spoken name -> as CSS
    """
    figure = go.Figure(
        go.Bar(
            x=list(shares.values()),
            y=list(shares),
            orientation="h",
            marker_color=[colours[name] for name in shares],
            text=[f"{share:.0%}" for share in shares.values()],
            textposition="outside",
            cliponaxis=False,
            textfont={"size": LETTER_PX},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    _layout(figure, len(shares))
    figure.update_layout(height=BAR_PX * len(shares) + 56, margin_r=48, bargap=0.3)
    return figure
