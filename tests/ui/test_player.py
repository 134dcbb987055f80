"""Lanes as data, and the component on a page."""

import json

import numpy as np
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from ui.player import CurveLane, PictureLane, Span, SpanLane, WaveLane, thinned
from ui.player.lanes import lane_data

SPAN = Span(0.0, 1.5, "#FF0000", "😠", "anger?", "anger 30%, uncertain", dashed=True)


def test_a_wave_fills_its_lane():
    found = lane_data(WaveLane("Wave", np.array([[-0.25, 0.1], [0.0, 0.5]]), "quiet"))
    assert found == {
        "name": "Wave", "note": "quiet", "height": 64,
        "kind": "wave", "low": [-0.5, 0.0], "high": [0.2, 1.0],
    }  # fmt: skip


def test_silence_and_nothing_are_waves():
    assert lane_data(WaveLane("Wave", np.zeros((2, 2))))["high"] == [0.0, 0.0]
    assert lane_data(WaveLane("Wave", np.zeros((0, 2))))["low"] == []


def test_a_curve_breaks_where_there_is_no_value():
    times, values = np.array([0.0, 0.1, 0.2]), np.array([100.04, np.nan, 130.0])
    found = lane_data(CurveLane("Pitch", times, values, 80, 200, " Hz"))
    assert found["times"] == [0.0, 0.1, 0.2]
    assert found["values"] == [100.0, None, 130.0]
    assert (found["low"], found["high"], found["unit"], found["stepped"]) == (80, 200, " Hz", False)


def test_spans_and_pictures():
    found = lane_data(SpanLane("Emotion", [SPAN]))["spans"]
    assert found == [vars(SPAN)]
    assert found[0]["dashed"] is True
    assert lane_data(PictureLane("Sound", "/media/x.png"))["url"] == "/media/x.png"


def test_every_lane_is_json():
    lanes = [
        WaveLane("a", np.ones((3, 2), np.float32)),
        CurveLane("b", np.arange(2), np.array([np.nan, np.inf]), 0, 1),
        SpanLane("c", [SPAN]),
        PictureLane("d", "x"),
    ]
    text = json.dumps([lane_data(lane) for lane in lanes], allow_nan=False)
    assert json.loads(text)[1]["values"] == [None, None]


@pytest.mark.parametrize("length", [1, 2, 7, 99, 100, 101, 1000])
def test_thinned_keeps_the_order_and_the_size(length: int):
    values = np.arange(length, dtype=float)
    found, group = thinned(values, 10)
    assert len(found) == -(-length // group) <= 10
    assert (np.diff(found) > 0).all()
    starts = np.arange(len(found)) * group
    assert ((found >= starts) & (found < starts + group)).all()


def test_thinned_leaves_gaps_out():
    found, group = thinned(np.array([1, np.nan, 9, 2, np.nan, np.nan, np.nan]), 3)
    assert group == 3
    np.testing.assert_array_equal(found, [1, 2, np.nan])
    assert thinned(np.zeros(0), 3)[0].shape == (0,)


def page() -> None:
    import numpy as np

    from ui.player import Medium, Moment, WaveLane, player

    lanes = [WaveLane("Wave", np.ones((2, 2)))]
    moments = [Moment(1.5, "/media/face.jpg", "joy 90%")]
    player(Medium(b"RIFF", "audio/wav"), 2.5, lanes, "first", moments=moments)
    player(None, 1.0, lanes, "second", on_pick=print)


def test_the_component_gets_an_address_and_not_the_sound():
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    first, second = (json.loads(x.proto.json) for x in app.get("bidi_component"))
    assert first["duration"] == 2.5
    assert [lane["name"] for lane in first["lanes"]] == ["Wave"]
    assert first["medium"]["kind"] == "audio"
    assert first["medium"]["url"].endswith(".wav")
    assert first["moments"] == [
        {"time_s": 1.5, "url": "/media/face.jpg", "text": "joy 90%", "flagged": False}
    ]
    assert "medium" not in second
    assert second["moments"] == []
    assert [first["picks"], second["picks"]] == [False, True]


@pytest.mark.parametrize("base", ["apps/voice", "/apps/voice/"])
def test_an_app_under_a_path_serves_sound_from_there(base: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streamlit, "get_option", lambda _: base)
    app = AppTest.from_function(page, default_timeout=30).run()
    url = json.loads(app.get("bidi_component")[0].proto.json)["medium"]["url"]
    assert url.startswith("/apps/voice/")
    assert "//" not in url
