"""Fingerprints of made-up voices: what changes them and what does not."""

import io

import numpy as np
import pytest
import soundfile as sf

from emotion_core.evaluation.sound_prints import difference, near_sounds, sound_print

RATE = 16_000


def make_voice(seed: int, seconds: float = 3.0) -> np.ndarray:
    """Syllables of harmonics whose pitch and vowels move."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = np.interp(time, np.linspace(0, seconds, 12), rng.uniform(100, 240, 12))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    sound = np.zeros_like(time)
    for harmonic in range(1, 20):
        level = np.interp(time, np.linspace(0, seconds, 25), rng.random(25) / harmonic)
        sound += level * np.sin(harmonic * phase)
    rhythm = np.interp(time, np.linspace(0, seconds, 20), rng.uniform(0.05, 1, 20))
    return (0.3 * sound * rhythm / np.abs(sound).max()).astype(np.float32)


def coded(samples: np.ndarray, form: str, kind: str) -> np.ndarray:
    file = io.BytesIO()
    sf.write(file, samples, RATE, format=form, subtype=kind)
    file.seek(0)
    return sf.read(file, dtype="float32")[0]


CHANGES = {
    "quieter": lambda x: x * np.float32(0.1),
    "opus": lambda x: coded(x, "OGG", "OPUS"),
    "mp3": lambda x: coded(x, "MP3", "MPEG_LAYER_III"),
    "cut": lambda x: x[4013:-3000],
    "later": lambda x: np.pad(x, (7001, 0)),
    "noisy": lambda x: x + np.random.default_rng(0).normal(0, 0.003, len(x)).astype("f"),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_a_copy_may_have_gone_through(change: str) -> None:
    voices = [make_voice(seed) for seed in range(8)]
    prints = [sound_print(v) for v in [*voices, *(CHANGES[change](v) for v in voices)]]
    found = {(m.first, m.second) for m in near_sounds(prints)}
    assert found == {(i, i + 8) for i in range(8)}


def test_the_shift_is_told() -> None:
    voice = make_voice(1)
    (match,) = near_sounds([sound_print(voice), sound_print(voice[8000:])])
    assert match.shift_s == pytest.approx(0.5, abs=0.02)
    assert match.different < 0.1


def test_other_voices_differ_in_half_of_the_bits() -> None:
    prints = [sound_print(make_voice(seed)) for seed in range(6)]
    apart = [difference(a, b, 0) for i, a in enumerate(prints) for b in prints[:i]]
    assert min(apart) > 0.3


def test_too_little_to_compare() -> None:
    short = sound_print(make_voice(0, 0.3))
    assert near_sounds([short, short]) == []
    silence = sound_print(np.zeros(RATE, np.float32))
    assert near_sounds([silence, silence]) == []
    assert near_sounds([short]) == []
    assert near_sounds([]) == []
