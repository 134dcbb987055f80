"""STUN and TURN from the secrets, and what the camera's component is asked for."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import AudioSinkTrack, WebRtcMode

import ui.webcam_connection
from emotion_core.audio.pipeline import load_audio_model
from tests.bundles import write_audio_bundle, write_face_bundle
from tests.ui.webcam_frames import choice_of
from ui.models import VoiceChoice
from ui.webcam_connection import camera
from ui.webcam_stream import Settings, WebcamStream

STUN = "stun:stun.example.org:3478"
TURN = ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349?transport=tcp"]
ACCOUNT = {"username": "me", "credential": "s3cret"}


def page() -> None:
    import streamlit as st

    from emotion_core.errors import EmotionCoreError
    from ui.webcam_connection import ice_servers

    try:
        st.session_state["found"] = ice_servers()
    except EmotionCoreError as error:
        st.error(str(error))


def run(entries: Any) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    app.secrets["webrtc"] = {"ice_servers": entries}
    app.run()
    assert not app.exception
    return app


def test_without_secrets_there_are_none():
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    assert app.session_state["found"] == []


def test_servers_of_the_secrets():
    found = run([{"urls": STUN}, {"urls": TURN} | ACCOUNT]).session_state["found"]
    assert found == [{"urls": [STUN]}, {"urls": TURN} | ACCOUNT]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("stun:a", "expected a list, got 'stun:a'"),
        ([STUN], "expected tables with urls"),
        ([ACCOUNT], "expected urls that begin with stun: or turn:, got []"),
        (
            [{"urls": "https://a"}],
            "expected urls that begin with stun: or turn:, got ['https://a']",
        ),
        ([{"urls": TURN}], "need username and credential"),
        ([{"urls": TURN, "username": "me", "credential": ""}], "need username and credential"),
    ],
)
def test_a_wrong_entry_is_told_with_the_remedy_and_without_the_credential(
    entries: Any, message: str
):
    app = run(entries)
    assert message in app.error[0].value
    assert "correct [webrtc] ice_servers in .streamlit/secrets.toml" in app.error[0].value
    assert "s3cret" not in app.error[0].value


class Streamer:
    """Stands for `webrtc_streamer`; keeps what it was called with."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def __call__(self, key: str, **asked: Any) -> SimpleNamespace:
        self.asked = asked | {"key": key}
        return SimpleNamespace(state=SimpleNamespace(playing=True))


@pytest.fixture
def streamer(monkeypatch: pytest.MonkeyPatch) -> Streamer:
    found = Streamer()
    monkeypatch.setattr(ui.webcam_connection, "webrtc_streamer", found)
    monkeypatch.setattr(ui.webcam_connection, "get_global_relay", MediaRelay)
    return found


@pytest.fixture
def stream(tmp_path: Path) -> WebcamStream:
    return WebcamStream(choice_of(write_face_bundle(tmp_path / "face")))


def test_the_camera_is_asked_for_and_only_the_camera(streamer: Streamer, stream: WebcamStream):
    servers = [ui.webcam_connection.IceServer(urls=[STUN])]
    assert camera(stream, servers, "cam")
    asked = streamer.asked
    assert asked["key"] == "cam"
    assert asked["mode"] is WebRtcMode.SENDRECV
    assert asked["rtc_configuration"] == {"iceServers": servers}
    constraints = asked["media_stream_constraints"]
    assert constraints["audio"] is False
    assert constraints["video"]["width"] == {"ideal": 640}
    assert constraints["video"]["height"] == {"ideal": 480}
    assert constraints["video"]["frameRate"]["ideal"] == 30
    assert asked["video_frame_callback"] == stream.answer
    assert asked["on_video_ended"] == stream.end
    assert asked["sink_audio_track"] is None


def test_no_servers_means_none_and_not_some_default(streamer: Streamer, stream: WebcamStream):
    camera(stream, [], "cam")
    assert streamer.asked["rtc_configuration"] == {"iceServers": []}


def test_the_microphone_is_heard_but_not_played_back(
    streamer: Streamer, stream: WebcamStream, tmp_path: Path
):
    model = load_audio_model(write_audio_bundle(tmp_path / "voice"))
    voice = VoiceChoice(model, model.labels, 0.0)
    stream.apply(stream.choice, Settings(voice=voice))
    camera(stream, [], "cam")
    assert streamer.asked["media_stream_constraints"]["audio"] is True
    assert streamer.asked["sendback_audio"] is False
    assert isinstance(streamer.asked["sink_audio_track"], AudioSinkTrack)


class Counting(MediaStreamTrack):
    """Gives frames as fast as they are taken, each with its number as time stamp."""

    def __init__(self, kind: str, frames: int) -> None:
        super().__init__()
        self.kind, self.left = kind, frames

    async def recv(self) -> av.VideoFrame:
        frame = av.VideoFrame(16, 16)
        frame.pts, frame.time_base = self.left, Fraction(1, 30)
        self.left -= 1
        if self.left < 0:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return frame


async def taken_late(relay: MediaRelay, kind: str) -> list[int]:
    """Time stamps that somebody gets who takes the next frame only when all have come."""
    proxy = relay.subscribe(Counting(kind, 20))
    first = await proxy.recv()
    await asyncio.sleep(0.1)
    second = await proxy.recv()
    return [int(frame.pts or 0) for frame in (first, second)]


def in_a_loop(work: Coroutine[Any, Any, list[int]]) -> list[int]:
    """Run in a thread of its own: the browser of other tests keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_late_pictures_are_dropped_and_late_sound_is_not(
    streamer: Streamer, stream: WebcamStream, monkeypatch: pytest.MonkeyPatch
):
    relay = MediaRelay()
    monkeypatch.setattr(ui.webcam_connection, "get_global_relay", lambda: relay)
    camera(stream, [], "cam")
    camera(stream, [], "cam")
    assert in_a_loop(taken_late(relay, "video"))[1] == 1
    assert in_a_loop(taken_late(relay, "audio")) == [20, 19]
