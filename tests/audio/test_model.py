from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_core.audio.analysis import VoiceProfile
from emotion_core.audio.model import BATCH_FRAMES, OnnxAudioClassifier, open_audio_classifier
from emotion_core.errors import InvalidInput, LabelMismatch, ModelUnavailable
from emotion_core.labels import EKMAN7
from emotion_core.registry import find, read_spec
from tests.audio.rewriting import change_manifest, rewrite, write_profile
from tests.audio.sounds import RATE, noise, tone
from tests.bundles import write_audio_bundle

BINS = 4 * len(EKMAN7)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory) -> OnnxAudioClassifier:
    folder = write_audio_bundle(tmp_path_factory.mktemp("bundles") / "voice")
    return open_audio_classifier(find(folder))


@pytest.fixture
def folder(tmp_path) -> Path:
    """A bundle, free to be damaged."""
    return write_audio_bundle(tmp_path / "voice")


def expected_embedding(levels: np.ndarray) -> np.ndarray:
    """What the bundle's network answers: the mean level of each bin."""
    return levels.mean(0, dtype=np.float64)


def test_answers_are_those_of_the_network(classifier):
    sound = noise(2)
    (reading,) = classifier.read(sound, np.array([[0.5, 1.5]]))
    frames = slice(32, 92)  # from sample 8,192 on, to where a frame ends by sample 24,000
    embedding = expected_embedding(classifier.levels(sound)[frames])
    np.testing.assert_allclose(reading.embedding, embedding, atol=1e-5)
    np.testing.assert_allclose(reading.logits, embedding.reshape(7, 4).mean(1), atol=1e-5)


@pytest.mark.parametrize("place", range(7))
def test_the_height_of_a_sound_is_the_answer(classifier, place):
    hertz = classifier.extractor.frequencies_hz.reshape(7, 4).mean(1)[place]
    (reading,) = classifier.read(tone(hertz, 1) + noise(1, 1e-3), np.array([[0, 1]]))
    assert reading.logits.argmax() == place


@given(st.lists(st.tuples(st.floats(0, 2.5), st.floats(0.05, 2)), min_size=1, max_size=9))
def test_a_window_has_the_same_answer_in_any_company(classifier, spans):
    sound = noise(4.6)
    spans_s = np.array([(start, start + length) for start, length in spans])
    together = classifier.read(sound, spans_s)
    for span, reading in zip(spans_s, together, strict=True):
        (alone,) = classifier.read(sound, span[None])
        np.testing.assert_allclose(reading.logits, alone.logits, atol=1e-6)
        np.testing.assert_allclose(reading.embedding, alone.embedding, atol=1e-6)


def test_more_windows_than_one_run_takes(classifier):
    heights = np.arange(BATCH_FRAMES // 20 + 5, dtype=np.float32)
    windows = [np.full((20, BINS), height, np.float32) for height in heights]
    found = [r.logits[0] for r in classifier.read_levels(windows)]
    np.testing.assert_allclose(found, heights, rtol=1e-6)


def test_windows_of_many_lengths_keep_their_order(classifier):
    lengths = [30, 10, 30, 9, 10, 3000]
    windows = [np.full((n, BINS), i, np.float32) for i, n in enumerate(lengths)]
    found = [r.logits[0] for r in classifier.read_levels(windows)]
    np.testing.assert_allclose(found, np.arange(6), rtol=1e-5)


@pytest.mark.parametrize(("frames", "least"), [(1, 8), (3, 8), (7, 8), (8, 8), (3, 20)])
def test_short_windows_are_said_again(folder, frames, least):
    change_manifest(folder, input=dict(read_spec(folder).input) | {"least_frames": least})
    levels = np.random.default_rng(0).standard_normal((frames, BINS)).astype(np.float32)
    repeated = np.concatenate([levels] * least)[: max(frames, least)]
    (found,) = open_audio_classifier(find(folder)).read_levels([levels])
    np.testing.assert_allclose(found.embedding, expected_embedding(repeated), atol=1e-6)


def test_no_windows(classifier):
    assert classifier.read(noise(1), np.zeros((0, 2))) == []


def test_a_window_without_a_frame(classifier):
    with pytest.raises(InvalidInput, match="windows of one frame or more, got an empty one"):
        classifier.read(noise(1), np.array([[0.2, 0.8], [0.1, 0.12]]))


def test_the_bundles_profile_is_taken_out(folder):
    mean, deviation = np.linspace(-3, 3, BINS), np.linspace(1, 2, BINS)
    classifier = open_audio_classifier(find(write_profile(folder, mean=mean, deviation=deviation)))
    sound, span = noise(1), np.array([[0, 1]])
    embedding = expected_embedding(classifier.levels(sound))
    (found,) = classifier.read(sound, span)
    np.testing.assert_allclose(found.embedding, (embedding - mean) / deviation, atol=1e-5)
    own = VoiceProfile(np.full(BINS, 2.0), np.full(BINS, 4.0))
    (found,) = classifier.read(sound, span, own)
    np.testing.assert_allclose(found.embedding, (embedding - 2) / 4, atol=1e-5)


def test_a_bundle_without_a_profile_needs_that_of_a_person(folder):
    (folder / "profile.safetensors").unlink()
    change_manifest(folder, files={"model.onnx": read_spec(folder).files["model.onnx"]})
    classifier = open_audio_classifier(find(folder))
    with pytest.raises(InvalidInput, match="log-mel features need a voice profile"):
        classifier.read(noise(1), np.array([[0, 1]]))
    own = VoiceProfile(np.zeros(BINS), np.ones(BINS))
    assert len(classifier.read(noise(1), np.array([[0, 1]]), own)) == 1


def test_labels_of_another_number(folder):
    change_manifest(folder, labels=EKMAN7[:6])
    with pytest.raises(LabelMismatch, match="voice: the network has 7 outputs for 6 labels"):
        open_audio_classifier(find(folder))


def test_features_of_another_size(folder):
    change_manifest(folder, input={"features": {"bins": 64}})
    message = "the network reads 1 channels of 28 bins, its features have 1 of 64"
    with pytest.raises(ModelUnavailable, match=message):
        open_audio_classifier(find(folder))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.onnx", "voice: the network cannot be opened"),
        ("profile.safetensors", r"voice: profile\.safetensors cannot be read"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"damaged", bytes(1000)])
def test_files_that_cannot_be_opened(folder, name, message, content):
    rewrite(folder, name, content)
    with pytest.raises(ModelUnavailable, match=message):
        open_audio_classifier(find(folder))


def test_a_network_that_is_cut_off(folder):
    graph = (folder / "model.onnx").read_bytes()
    rewrite(folder, "model.onnx", graph[: len(graph) // 2])
    with pytest.raises(ModelUnavailable, match="the network cannot be opened"):
        open_audio_classifier(find(folder))


def test_profiles_with_other_tensors(folder):
    write_profile(folder, mean=np.zeros(BINS))
    with pytest.raises(ModelUnavailable, match=r"cannot be read: .*deviation"):
        open_audio_classifier(find(folder))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"input": {}}, "voice: the manifest's input lacks features"),
        ({"input": {"features": {"kind": "mfcc"}}}, "unknown kind 'mfcc'"),
        ({"input": {"features": {"bands": 3}}}, "features of the bundle: .*bands"),
        ({"architecture": {"kind": "oracle"}}, "unknown voice architecture 'oracle'; update"),
        ({"architecture": {}}, "unknown voice architecture None"),
    ],
)
def test_manifests_that_name_something_unknown(folder, entries, message):
    change_manifest(folder, **entries)
    with pytest.raises(ModelUnavailable, match=message):
        open_audio_classifier(find(folder))


def test_a_span_beyond_the_end_takes_what_is_there(classifier):
    (beyond,) = classifier.read(noise(1), np.array([[0, 1 + 1 / RATE]]))
    (whole,) = classifier.read(noise(1), np.array([[0, 1]]))
    np.testing.assert_array_equal(beyond.logits, whole.logits)
