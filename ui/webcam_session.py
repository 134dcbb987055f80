"""The live camera, what it sees, and how it is set."""

from collections.abc import Mapping

import streamlit as st

from emotion_core.errors import EmotionCoreError
from emotion_core.markup import clock

from .models import FaceChoice, VoiceChoice, choose_voice
from .webcam_check import camera_check
from .webcam_connection import IceServer, camera, ice_servers
from .webcam_live import live_view, people_lines
from .webcam_picture import View
from .webcam_record import downloads, record_button
from .webcam_stream import Settings, WebcamStream

STREAM = "webcam_stream"
REFRESH_S = 0.7
PATIENCE_S = 4.0
"""without a frame for so long, something is wrong"""
PHOTO_PAGE = "pages/recognise/photo.py"


def _voice() -> VoiceChoice | None:
    """The switch of the microphone, and what answers it."""
    wanted = st.toggle(
        "Voice too",
        key="webcam_voice",
        persist_state="session",
        help="The microphone runs along, and a voice model answers the last 3 seconds once a "
        "second. Switch it on before you start the camera.",
    )
    if not wanted:
        return None
    st.sidebar.subheader("Voice")
    return choose_voice()


def _settings() -> Settings:
    """The widgets under the picture."""
    switches, slider = st.columns([3, 2], gap="large", vertical_alignment="center")
    with switches, st.container(horizontal=True, gap="medium"):
        mirror = st.toggle("Mirror", True, key="webcam_mirror", persist_state="session")
        blur = st.toggle(
            "Blur other people",
            key="webcam_blur",
            persist_state="session",
            help="Every face but the nearest is made unrecognisable in the picture.",
        )
        voice = _voice()
    smoothing_s = slider.slider(
        "Smoothing", 0.0, 3.0, Settings().smoothing_s, 0.1, format="%.1f s",
        key="webcam_smoothing", persist_state="session",
        help="How long an answer lasts on: 0 follows every twitch, long ones are calm.",
    )  # fmt: skip
    return Settings(View(mirror, blur), smoothing_s, voice)


def _figures(stream: WebcamStream) -> Mapping[str, str]:
    """How the stream runs, in words; nothing while it does not."""
    if not stream.running:
        return {}
    state = stream.state()
    figures = {
        "Camera": f"{state.stream_fps:.0f} fps",
        "Answered": f"{state.answered_fps:.0f} fps",
        "Delay": f"{1000 * state.delay_s:.0f} ms",
        "Dropped": f"{state.dropped:,}",
    }
    recorded_s = stream.recorded_s()
    return figures if recorded_s is None else figures | {"Recorded": f"● {clock(recorded_s)}"}


def _troubles(stream: WebcamStream) -> None:
    """What is wrong with the stream."""
    if error := stream.error or stream.state().error:
        st.error(error)
    elif stream.waiting_s() > PATIENCE_S:
        st.warning(
            "No picture comes from the camera. It may be unplugged, covered or used by another "
            "program, or the connection is blocked: stop it, and test it below.",
            icon=":material/videocam_off:",
        )


def _live(stream: WebcamStream) -> None:
    """What is seen now; drawn again and again while the camera runs."""
    _troubles(stream)
    people = people_lines(stream.history(), stream.choice)
    live_view(_figures(stream), stream.choice.labels, people, stream.heard(), "webcam_live")
    record_button(stream)


def _downloads(stream: WebcamStream) -> None:
    """What was recorded last, in the labels chosen now where its model is still chosen."""
    recording, choice = stream.recording, stream.choice
    if recording is None or stream.recorded_s() is not None:
        return
    same = recording.choice.model is choice.model
    downloads(recording._replace(choice=choice) if same else recording)


def _help(servers: list[IceServer]) -> None:
    """What to do where the live camera does not start."""
    camera_check(servers, "webcam_check")
    st.page_link(
        PHOTO_PAGE,
        label="Take a snapshot or upload a photo instead",
        icon=":material/photo_camera:",
    )


def webcam_session(choice: FaceChoice) -> None:
    """Draw the page below its title."""
    try:
        servers = ice_servers()
    except EmotionCoreError as error:
        st.error(str(error))
        return
    stream: WebcamStream = st.session_state.setdefault(STREAM, WebcamStream(choice))
    picture, live = st.columns([3, 2], gap="large")
    settings = _settings()
    try:
        stream.apply(choice, settings)
    except EmotionCoreError as error:
        st.error(str(error))
    with picture:
        playing = camera(stream, servers, "webcam_camera")
    stream.watch(playing)
    with live:
        st.fragment(_live, run_every=REFRESH_S if playing else None)(stream)
        _downloads(stream)
    _help(servers)
