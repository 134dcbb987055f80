"""The component: a medium, its lanes, and one clock, which is the medium's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit import runtime
from streamlit.components import v2

from .lanes import Lane, Moment, lane_data

_FOLDER = Path(__file__).parent


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_mount = v2.component(
    "emotion_player",
    html=_asset("player.html"),
    css=_asset("player.css"),
    js=_asset("player.js"),
)


@dataclass(frozen=True, eq=False)
class Medium:
    """What is played.

    Attributes:
        content: of a file that browsers can play
        mimetype: such as `audio/wav`
        kind: element that plays it
    """

    content: bytes
    mimetype: str
    kind: Literal["audio", "video"] = "audio"


def served(content: bytes, mimetype: str, place: str) -> str:
    """Address under which the browser fetches a file, as long as a page shows it.

    Args:
        content: of the file
        mimetype: of the file
        place: where it is shown; a later file takes the place of an earlier one
    """
    url = runtime.get_instance().media_file_mgr.add(content, mimetype, place)
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{base}{url}" if base else url


def player(
    medium: Medium | None,
    duration_s: float,
    lanes: Sequence[Lane],
    key: str,
    on_pick: Callable[[float], None] | None = None,
    on_failure: Callable[[], None] | None = None,
    moments: Sequence[Moment] = (),
) -> None:
    """Draw the player.

    Args:
        medium: None to show the lanes alone
        duration_s: length of the time axis
        lanes: from top to bottom
        key: of the widget
        on_pick: called with the moment in seconds that a person clicked; without it, a click runs
            nothing on the server
        on_failure: called when the browser cannot play the medium
        moments: pictures that lead to a moment, under the lanes
    """
    data: dict[str, Any] = {
        "duration": duration_s,
        "lanes": [lane_data(x) for x in lanes],
        "moments": [vars(moment) for moment in moments],
        "picks": on_pick is not None,
    }
    if medium is not None:
        url = served(medium.content, medium.mimetype, f"{key}.medium")
        data["medium"] = {"kind": medium.kind, "url": url}

    def picked() -> None:
        if on_pick:
            on_pick(st.session_state[key].picked_s)

    _mount(key=key, data=data, on_picked_s_change=picked, on_failed_change=on_failure)
