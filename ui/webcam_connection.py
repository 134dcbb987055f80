"""The connection from a browser's camera to the server and back."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypedDict

import streamlit as st
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack
from streamlit_webrtc import AudioSinkTrack, WebRtcMode, webrtc_streamer
from streamlit_webrtc.relay import get_global_relay

from emotion_core.errors import InvalidInput

from .webcam_stream import WebcamStream

SECTION, ENTRY = "webrtc", "ice_servers"
SCHEMES = ("stun:", "stuns:", "turn:", "turns:")
REMEDY = "correct [webrtc] ice_servers in .streamlit/secrets.toml"
VIDEO = {
    "width": {"ideal": 640},
    "height": {"ideal": 480},
    "frameRate": {"ideal": 30, "max": 30},
    "facingMode": {"ideal": "user"},
}


class IceServer(TypedDict, total=False):
    """A STUN or TURN server, as browsers expect it."""

    urls: list[str]
    username: str
    credential: str


def ice_servers() -> list[IceServer]:
    """The STUN and TURN servers of the secrets; none by default, which is enough for localhost.

    Raises:
        InvalidInput: if an entry has no address, or a TURN server no user name and credential
    """
    if not st.secrets.load_if_toml_exists():
        return []
    entries = st.secrets.get(SECTION, {}).get(ENTRY, [])
    if not isinstance(entries, list):
        raise InvalidInput(f"ice_servers: expected a list, got {entries!r}; {REMEDY}")
    return [_ice_server(entry) for entry in entries]


def _ice_server(entry: Any) -> IceServer:
    """One entry, checked; a message never tells a credential."""
    if not isinstance(entry, Mapping):
        raise InvalidInput(f"ice_servers: expected tables with urls, got {entry!r}; {REMEDY}")
    urls = entry.get("urls", [])
    urls = [urls] if isinstance(urls, str) else list(urls)
    if not urls or not all(str(url).startswith(SCHEMES) for url in urls):
        raise InvalidInput(
            f"ice_servers: expected urls that begin with stun: or turn:, got {urls}; {REMEDY}"
        )
    names = ("username", "credential")
    if any(url.startswith("turn") for url in urls) and not all(entry.get(n) for n in names):
        raise InvalidInput(f"ice_servers: {urls} need username and credential; {REMEDY}")
    given: dict[str, Any] = {name: str(entry[name]) for name in names if entry.get(name)}
    return IceServer(urls=urls, **given)


def _subscribe(
    relay: MediaRelay, track: MediaStreamTrack, buffered: bool = True
) -> MediaStreamTrack:
    """What `MediaRelay.subscribe` gives, but of pictures only the newest."""
    return MediaRelay.subscribe(relay, track, buffered and track.kind != "video")


def _drop_late_pictures() -> None:
    """Keep the picture in time on a server that cannot keep up.

    Of itself, streamlit-webrtc queues every picture that is still to be encoded, without a
    limit: delay and memory would grow as long as the stream runs.
    """
    relay = get_global_relay()
    relay.subscribe = partial(_subscribe, relay)


def camera(stream: WebcamStream, servers: list[IceServer], key: str) -> bool:
    """Draw the camera and its buttons, and connect it.

    Args:
        stream: answers its frames
        servers: STUN and TURN
        key: of the component

    Returns:
        whether the camera runs
    """
    with_voice = stream.settings.voice is not None
    _drop_late_pictures()
    context = webrtc_streamer(
        key,
        mode=WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": servers},
        media_stream_constraints={"video": VIDEO, "audio": with_voice},
        video_frame_callback=stream.answer,
        on_video_ended=stream.end,
        sink_audio_track=AudioSinkTrack(stream.hear) if with_voice else None,
        sendback_audio=False,
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "style": {"width": "100%"},
        },
        translations={"start": "Start camera", "stop": "Stop camera"},
    )
    return context.state.playing
