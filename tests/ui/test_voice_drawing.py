"""Lanes, pictures and files made of what was heard."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from emotion_core.audio.analysis import (
    Prosody,
    SoundPicture,
    SpectrogramWeights,
    VoiceAnalysis,
)
from emotion_core.audio.decode import SAMPLE_RATE, read_audio
from emotion_core.labels import ANGER, EKMAN7, JOY, NEUTRAL
from emotion_core.rows import columns
from emotion_core.timeline.spans import parted
from emotion_core.types import EmotionTimeline
from ui.player import CurveLane
from ui.tables import as_json
from ui.timeline_lanes import emotion_spans, probability_lanes
from ui.uploads import Upload
from ui.voice_charts import FOR_COLOUR, spectrogram_png, weight_map
from ui.voice_example import example_recording
from ui.voice_lanes import prosody_lanes
from ui.voice_prosody import speech_level_db
from ui.voice_segments import as_audacity, segment_rows
from ui.voice_sound import CONVERTED_S, playable
from ui.voice_why import nearest_segment


def timeline(*answers: tuple[float, float, str], sure: float = 0.7) -> EmotionTimeline:
    """Segments from start to end, each with a label that is so probable."""
    rest = (1 - sure) / (len(EKMAN7) - 1)
    probabilities = np.full((len(answers), len(EKMAN7)), rest)
    for row, (_, _, label) in zip(probabilities, answers, strict=True):
        row[EKMAN7.index(label)] = sure
    return EmotionTimeline(np.array([a[:2] for a in answers]), probabilities, EKMAN7)


OVERLAPPING = timeline((0, 3, JOY), (1, 4, JOY), (2, 5, ANGER), (8, 11, ANGER))


def test_each_moment_goes_to_the_nearest_centre():
    spans = parted(OVERLAPPING.spans_s)
    np.testing.assert_allclose(spans, [[0, 2], [2, 3], [3, 5], [8, 11]])
    rng = np.random.default_rng(0)
    for moment in rng.uniform(0, 5, 100):
        (inside,) = np.flatnonzero((spans[:, 0] <= moment) & (moment < spans[:, 1]))
        assert inside == nearest_segment(OVERLAPPING, moment)


def test_spans_that_do_not_overlap_stay():
    spans = np.array([[0.0, 1.0], [1.0, 2.0], [5.0, 6.0]])
    np.testing.assert_array_equal(parted(spans), spans)
    assert parted(np.zeros((0, 2))).shape == (0, 2)


def test_runs_of_one_emotion_become_one_span():
    found = emotion_spans(OVERLAPPING, np.array([False, False, False, True]))
    assert [(s.start_s, s.end_s, s.text, s.dashed) for s in found] == [
        (0, 3, JOY, False),
        (3, 5, ANGER, False),
        (8, 11, f"{ANGER}?", True),
    ]
    assert found[0].tip == f"{JOY} 70%"
    assert found[2].tip == f"{ANGER} 70%, uncertain"
    assert len({s.symbol for s in found}) == 2


def test_a_gap_or_a_doubt_parts_a_run():
    same = timeline((0, 1, JOY), (1, 2, JOY), (4, 5, JOY))
    found = emotion_spans(same, np.array([True, False, False]))
    assert [(s.start_s, s.end_s) for s in found] == [(0, 1), (1, 2), (4, 5)]
    assert emotion_spans(EmotionTimeline.empty(EKMAN7), np.zeros(0, bool)) == []


def test_a_probability_holds_over_its_segment_and_stops_at_a_gap():
    lanes = probability_lanes(OVERLAPPING)
    assert len(lanes) == len(EKMAN7)
    joy = next(lane for lane in lanes if lane.name.endswith(JOY))
    np.testing.assert_allclose(joy.times_s, [0, 2, 3, 5, 8, 11])
    np.testing.assert_allclose(joy.values, [70, 70, 5, np.nan, 5, np.nan])
    assert joy.stepped
    assert joy.filled
    peaks = [np.nanmax(lane.values) for lane in lanes]
    assert peaks == sorted(peaks, reverse=True)
    assert probability_lanes(EmotionTimeline.empty(EKMAN7)) == []


def prosody(pitch: list[float], energy: list[float]) -> Prosody:
    nothing = float("nan")
    return Prosody(
        0.5, np.array(pitch), np.array(energy), nothing, nothing, nothing, nothing, np.zeros(13)
    )


def test_prosody_curves_have_room_for_their_values():
    pitch, energy = prosody_lanes(prosody([np.nan, 142, 187], [-90, -20, -3]))
    assert (pitch.low, pitch.high, pitch.note) == (140, 190, "140 to 190 Hz")
    np.testing.assert_array_equal(pitch.times_s, [0, 0.5, 1.0])
    assert energy.values.tolist() == [-60, -20, -3]


def test_without_voice_there_is_no_pitch():
    lanes: list[CurveLane] = prosody_lanes(prosody([np.nan, np.nan], [-90, -90]))
    assert [lane.name for lane in lanes] == ["Energy"]
    flat = prosody_lanes(prosody([150.0, 150.0], [-9, -9]))[0]
    assert flat.high > flat.low


def test_the_level_of_speech_leaves_silence_out():
    heard = VoiceAnalysis(
        None,
        EmotionTimeline.empty(EKMAN7),
        np.zeros(0, bool),
        np.array([[0.5, 1.2], [2.0, 2.5]]),
        prosody([np.nan] * 6, [-90, -20, -22, -90, -24, -90]),
        SoundPicture(3.0, np.zeros((1, 2)), np.zeros((1, 1)), np.ones(1)),
    )
    assert speech_level_db(heard) == -22
    silent = replace(heard, speech_s=np.zeros((0, 2)))
    assert np.isnan(speech_level_db(silent))


def test_the_spectrogram_has_low_frequencies_below_and_loud_cells_bright():
    levels = np.array([[0.0, -40, -80], [-80, -80, -80]])
    picture = SoundPicture(1.0, np.zeros((3, 2)), levels, np.array([100.0, 4000.0]))
    image = np.asarray(Image.open(io.BytesIO(spectrogram_png(picture))).convert("L"))
    assert image.shape == (2, 3)
    assert image[1, 0] > image[1, 1] > image[1, 2] == image[0, 0]


def test_regions_for_and_against_are_told_apart_without_colour():
    weights = np.zeros((4, 5))
    weights[1, 2], weights[3, 4] = 0.8, -0.4
    explained = SpectrogramWeights(
        (2.0, 3.0), np.full((4, 5), -30.0), np.array([100.0, 300, 900, 5000]), weights, JOY,
        "occlusion",
    )  # fmt: skip
    figure = weight_map(explained)
    sound, regions, speaking_for, against = figure.data
    assert sound.z.shape == regions.z.shape == (4, 5)
    np.testing.assert_allclose(regions.x, [2.1, 2.3, 2.5, 2.7, 2.9])
    assert (regions.zmin, regions.zmax) == (-0.8, 0.8)
    assert (speaking_for.line.dash, against.line.dash) == ("solid", "dot")
    assert speaking_for.z[1, 2] == 0.8
    assert against.z[3, 4] == 0.4
    assert FOR_COLOUR in speaking_for.line.color
    assert list(figure.layout.yaxis.ticktext) == ["250", "500", "1k", "2k", "4k"]


def test_weights_of_nothing_can_be_drawn():
    nothing = np.zeros((2, 3))
    explained = SpectrogramWeights((0, 1), nothing, np.array([1.0, 2]), nothing, JOY, "occlusion")
    assert weight_map(explained).data[1].zmax == 1


def test_segments_as_files():
    uncertain = np.array([False, False, True, False])
    frame = segment_rows("über.wav", OVERLAPPING, uncertain)
    assert list(frame.columns) == columns(EKMAN7)
    assert frame["start_s"].tolist() == [0, 1, 2, 8]
    assert frame["uncertain"].tolist() == uncertain.tolist()
    rows = json.loads(as_json(frame))
    assert [r["label"] for r in rows] == [JOY, JOY, ANGER, ANGER]
    assert rows[0]["source"] == "über.wav"
    assert rows[0][f"p_{NEUTRAL}"] == pytest.approx(0.05)
    assert "error" not in rows[0]
    lines = [line.split("\t") for line in as_audacity(frame).decode().splitlines()]
    assert lines[2] == ["2.000000", "5.000000", ANGER]
    assert len(lines) == 4


def test_a_browser_gets_the_file_itself_or_a_wav():
    content = example_recording()
    same = playable(Upload("1", "Voice.WAV", content), 5.0)
    assert same is not None
    assert same.content is content
    assert same.mimetype == "audio/wav"
    made = playable(Upload("1", "voice.mkv", content), 5.0)
    assert made is not None
    before, after = read_audio(content)[0], read_audio(made.content)[0]
    np.testing.assert_allclose(after.samples, before.samples, atol=2 / 2**15)
    assert playable(Upload("1", "voice.mkv", content), CONVERTED_S + 1) is None


def test_the_example_is_always_the_same_and_without_faults():
    content = example_recording()
    assert content == example_recording.__wrapped__()
    sound, notices = read_audio(content)
    assert notices == ()
    assert sound.sample_rate == SAMPLE_RATE
    assert 5 < sound.duration_s < 15
    assert 0.5 < np.abs(sound.samples).max() < 0.7
