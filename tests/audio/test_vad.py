import subprocess
import sys
from importlib.metadata import distribution

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.audio import vad
from emotion_core.audio.decode import read_audio
from emotion_core.audio.vad import CHUNK, WARM_UP, SpeechDetector, speech_spans
from emotion_core.errors import ModelUnavailable
from tests.audio.sounds import RATE, clips, melody, noise, syllables, tone

NO_SPEECH = {
    "nothing": np.zeros(0, np.float32),
    "a moment": noise(0.01),
    "silence": np.zeros(5 * RATE, np.float32),
    "faint noise": noise(5, 1e-3),
    "loud noise": noise(5, 0.3),
    "hum": tone(50, 5),
    "beep": tone(1000, 5),
}


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setattr(vad, "_open_network", lambda: None)


def pushed(samples, *sizes):
    """Spans and raw values of samples that come in blocks of these sizes, then the rest."""
    detector = SpeechDetector()
    for block in np.split(samples, np.cumsum(sizes)):
        detector.push(block)
    spans = detector.finish()
    return spans, np.concatenate(detector._values)


def inside(spans, time_s):
    return any(start <= time_s <= end for start, end in spans)


@pytest.mark.parametrize("name", [*NO_SPEECH, "music"])
def test_what_is_no_speech(name):
    sound = NO_SPEECH.get(name, melody(5))
    assert speech_spans(sound).shape == (0, 2)


@pytest.mark.parametrize("name", NO_SPEECH)
def test_what_is_no_speech_by_energy(no_package, name):
    assert speech_spans(NO_SPEECH[name]).shape == (0, 2)


def test_speech_by_energy(no_package):
    talk = noise(6, 0.001)
    talk[2 * RATE : 3 * RATE] += syllables(5)
    talk[4 * RATE : 5 * RATE] += syllables(5)
    np.testing.assert_allclose(speech_spans(talk), [[1.9, 3.1], [3.9, 5.1]], atol=0.1)
    assert SpeechDetector().method == "energy"


@pytest.mark.parametrize("sizes", [(1,), (511, 1, 513), (7000, 3, 9000), (16_000,) * 3])
def test_blocks_change_nothing(sizes):
    sound = np.concatenate([np.zeros(5000, np.float32), syllables(15)])
    spans, values = pushed(sound, *sizes)
    whole, expected = pushed(sound)
    assert len(whole)
    np.testing.assert_array_equal(spans, whole)
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_as_the_network_that_takes_chunk_after_chunk():
    package = distribution("silero-vad")
    path = package.locate_file("silero_vad/data/silero_vad_16k_op15.onnx")
    network = onnxruntime.InferenceSession(str(path))
    sound = np.concatenate([syllables(10), noise(3), melody(2)])
    state, before, expected = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    warm = np.pad(sound, (WARM_UP * CHUNK, -len(sound) % CHUNK))
    for chunk in warm.reshape(-1, CHUNK):
        inputs = {"input": np.concatenate([before, chunk])[None], "state": state}
        value, state = network.run(None, inputs | {"sr": np.array(RATE)})
        before = chunk[-64:]
        expected.append(value.item())
    assert max(expected) > 0.9
    assert min(expected) < 0.1
    np.testing.assert_allclose(pushed(sound, 9999, 40_000)[1], expected[WARM_UP:], atol=1e-5)


def spans_of(*probabilities):
    return vad._spans(np.array(probabilities), len(probabilities) * CHUNK / RATE)


def test_speech_goes_on_between_the_two_thresholds():
    spans = spans_of(*[0.4] * 20, *[0.9] * 10, *[0.4] * 20, *[0.3] * 20)
    np.testing.assert_allclose(spans, [[20 * 0.032 - 0.1, 50 * 0.032 + 0.1]])


@pytest.mark.parametrize(("silent", "found"), [(9, 1), (10, 2)])
def test_short_gaps_do_not_part_speech(silent, found):
    assert len(spans_of(*[0.9] * 20, *[0.1] * silent, *[0.9] * 20)) == found


@pytest.mark.parametrize(("spoken", "found"), [(7, 0), (8, 1)])
def test_what_is_too_short_for_speech(spoken, found):
    assert len(spans_of(*[0.1] * 20, *[0.9] * spoken, *[0.1] * 20)) == found


@given(st.lists(st.floats(0, 1), max_size=200))
def test_spans_are_ordered_and_apart(probabilities):
    spans = spans_of(*probabilities)
    assert spans.shape[1] == 2
    assert (spans >= 0).all()
    assert (spans <= len(probabilities) * CHUNK / RATE).all()
    assert (np.diff(spans, axis=1) >= 0.25).all()
    assert (spans[1:, 0] - spans[:-1, 1] > 0.09).all()


def test_so_far_and_at_the_end():
    detector = SpeechDetector()
    detector.push(syllables(15))
    first = detector.so_far()
    detector.push(np.zeros(2 * RATE, np.float32))
    np.testing.assert_array_equal(detector.so_far()[:, 0], first[:, 0])
    np.testing.assert_array_equal(detector.finish(), detector.so_far())


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(vad, "find_spec", lambda name: None)
    vad._open_network.cache_clear()
    assert SpeechDetector().method == "energy"
    vad._open_network.cache_clear()


def test_a_damaged_network(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / vad.NETWORK).write_bytes(b"not a network")

    class Package:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(vad, "find_spec", lambda name: Package)
    vad._open_network.cache_clear()
    with pytest.raises(ModelUnavailable, match=r"cannot be opened: .*; reinstall silero-vad"):
        SpeechDetector()
    vad._open_network.cache_clear()


def test_torch_stays_away():
    code = (
        "import sys, numpy as np; from emotion_core.audio.vad import speech_spans;"
        "speech_spans(np.zeros(9999, np.float32)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.data
def test_real_clips(monkeypatch):
    assert SpeechDetector().method == "silero"
    alike = moments = found = 0
    for path in clips(24):
        sound = read_audio(path)[0].mono()
        spans = speech_spans(sound)
        with monkeypatch.context() as patch:
            patch.setattr(vad, "_open_network", lambda: None)
            by_energy = speech_spans(sound)
        found += np.ptp(spans, axis=1).sum() > 0.8
        assert np.ptp(by_energy, axis=1).sum() > 0.5
        times = np.arange(0, len(sound) / RATE, 0.02)
        alike += sum(inside(spans, t) == inside(by_energy, t) for t in times)
        moments += len(times)
    assert found >= 23  # one of a hundred shouts is no speech to the network
    assert alike > 0.85 * moments
