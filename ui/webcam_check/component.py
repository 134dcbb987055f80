"""The component: what the browser finds out by itself, in plain words."""

from collections.abc import Sequence
from pathlib import Path

from streamlit.components import v2

from ..webcam_connection import IceServer

_FOLDER = Path(__file__).parent


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_mount = v2.component(
    "emotion_webcam_check",
    html=_asset("check.html"),
    css=_asset("check.css"),
    js=_asset("check.js"),
)


def camera_check(ice_servers: Sequence[IceServer], key: str) -> None:
    """A button that tests page, camera, permission and network, and says what to do.

    Args:
        ice_servers: STUN and TURN servers that the stream uses
        key: of the component
    """
    _mount(key=key, data={"ice_servers": list(ice_servers)})
