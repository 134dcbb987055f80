"""Recognisers: speech in, cues out; PocketSphinx on real speech, Whisper with random weights."""

import builtins
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.audio.decode import read_audio
from emotion_core.audio.vad import speech_spans
from emotion_core.audio.windows import phrases
from emotion_core.errors import InvalidInput, MissingDependency, ModelUnavailable
from emotion_core.recording.recognition import recogniser as recognition
from emotion_core.recording.recognition.by_whisper import timed_cues
from emotion_core.recording.recognition.pieces import (
    Piece,
    Word,
    cues_of,
    one_by_one,
    package_errors,
    speech_pieces,
)
from emotion_core.recording.recognition.recogniser import (
    Recogniser,
    available_recognisers,
    missing_recognisers,
    open_recogniser,
)
from emotion_core.recording.transcript import Cue
from tests.audio.sounds import CLIPS, RATE, noise, silence

WHOLE = np.array([[0.0, 3.0]])


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture(scope="module")
def sphinx() -> Recogniser:
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is not installed")
    return open_recogniser("pocketsphinx")


@pytest.fixture(scope="module")
def whisper(tiny_whisper) -> Recogniser:
    return open_recogniser(f"whisper:{tiny_whisper}")


@pytest.fixture(scope="module")
def faster_whisper(tiny_faster_whisper) -> Recogniser:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    return open_recogniser(f"faster-whisper:{tiny_faster_whisper}")


def test_pieces_are_the_spans():
    samples = noise(10)
    pieces = speech_pieces(samples, np.array([[1.0, 2.0], [4.0, 12.0]]), 10)
    assert [(p.start_s, p.end_s) for p in pieces] == [(1, 2), (4, 10)]
    np.testing.assert_array_equal(pieces[0].samples, samples[RATE : 2 * RATE])


def test_long_spans_are_cut_where_they_are_quiet():
    sound = np.concatenate([noise(8), silence(0.2), noise(9), silence(0.2), noise(3)])
    pieces = speech_pieces(sound, np.array([[0.0, len(sound) / RATE]]), 10)
    assert [p.start_s for p in pieces] == pytest.approx([0, 8.1, 17.3], abs=0.1)
    np.testing.assert_array_equal(np.concatenate([p.samples for p in pieces]), sound)


def test_no_piece_is_too_long():
    pieces = speech_pieces(noise(61), np.array([[0.0, 61.0]]), 10)
    assert max(len(p.samples) for p in pieces) <= 10 * RATE
    assert sum(len(p.samples) for p in pieces) == 61 * RATE


def test_nothing_to_recognise():
    assert speech_pieces(noise(1), np.zeros((0, 2)), 10) == []
    assert speech_pieces(noise(1), np.array([[2.0, 3.0]]), 10) == []


def test_progress_in_seconds_of_speech():
    pieces, done = [Piece(0, noise(1)), Piece(5, noise(2))], []
    assert list(one_by_one(pieces, lambda *s: done.append(s), None)) == pieces
    assert done == [(1, 3), (3, 3)]


def test_it_can_be_stopped():
    pieces, answers = [Piece(0, noise(1)), Piece(5, noise(2))], iter([False, True])
    assert list(one_by_one(pieces, None, lambda: next(answers))) == pieces[:1]


@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError("x"), IndexError("x")])
def test_failures_of_a_package_are_told(error):
    with (
        pytest.raises(ModelUnavailable, match="siri failed on this sound: x; choose"),
        package_errors("siri"),
    ):
        raise error


def test_words_become_cues():
    words = [Word(k, k + 0.9, f"w{k}") for k in range(10)]
    assert cues_of(words) == [
        Cue(0, 7.9, "w0 w1 w2 w3 w4 w5 w6 w7"),
        Cue(8, 9.9, "w8 w9"),
    ]
    assert cues_of([]) == []


def test_segments_stay_inside_their_piece():
    piece = Piece(10.0, noise(2))
    segments = [(0.0, 1.0, " a\nb "), (1.0, 9.0, "c<|en|>"), (1.5, None, "d"), (1.8, 1.2, "e"),
                (0, 1, " "), (2.5, 3.0, "beyond")]  # fmt: skip
    assert timed_cues(piece, segments) == [
        Cue(10, 11, "a b"),
        Cue(11, 12, "c"),
        Cue(11.5, 12, "d"),
        Cue(11.8, 11.8, "e"),
    ]


@pytest.mark.parametrize("name", ["", "whisper", "whisper:", "faster-whisper:", "siri", "a:b"])
def test_unknown_names(name):
    with pytest.raises(InvalidInput, match="expected pocketsphinx, faster-whisper:MODEL"):
        open_recogniser(name)


@pytest.mark.parametrize(
    ("package", "name", "remedy"),
    [
        ("pocketsphinx", "pocketsphinx", "asr"),
        ("faster_whisper", "faster-whisper:base", "asr"),
        ("transformers", "whisper:openai/whisper-base", "hub"),
    ],
)
def test_without_the_package(package, name, remedy, monkeypatch):
    real = builtins.__import__

    def without(wanted, names=None, local=None, imported=(), level=0):
        if level == 0 and wanted.split(".")[0] == package:
            raise ImportError(wanted)
        return real(wanted, names, local, imported, level)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=rf"pip install -e '\.\[{remedy}\]'"):
        open_recogniser(name)
    monkeypatch.setattr(recognition, "find_spec", lambda wanted: None)
    assert available_recognisers() == []
    assert missing_recognisers()[name] == f"pip install -e '.[{remedy}]'"


def test_what_is_available(monkeypatch, tmp_path):
    monkeypatch.setattr(recognition, "find_spec", lambda wanted: object())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert available_recognisers() == ["pocketsphinx"]
    assert list(missing_recognisers()) == ["faster-whisper:base", "whisper:openai/whisper-base"]
    for repository, file in (
        ("openai--whisper-tiny", "model.safetensors"),
        ("Systran--faster-whisper-tiny", "model.bin"),
        ("someone--bert", "model.safetensors"),
    ):
        weights = tmp_path / f"models--{repository}" / "snapshots" / "1" / file
        weights.parent.mkdir(parents=True)
        weights.touch()
    assert available_recognisers() == [
        "pocketsphinx",
        "faster-whisper:Systran/faster-whisper-tiny",
        "whisper:openai/whisper-tiny",
    ]
    assert missing_recognisers() == {}


def test_looking_for_recognisers_imports_none_of_them():
    before = set(sys.modules)
    available_recognisers()
    assert not {"pocketsphinx", "faster_whisper", "torch"} & (set(sys.modules) - before)


@pytest.mark.data
def test_pocketsphinx_hears_words(sphinx):
    clip = CLIPS / "03-01-02-01-01-01-03.opus"
    if not clip.is_file():
        pytest.skip("needs the data sets that $EMOTION_DATA names")
    samples = read_audio(clip)[0].samples[0]
    spans, done = phrases(speech_spans(samples)), []
    found = sphinx.recognise(samples, spans, lambda *seconds: done.append(seconds))
    assert "by the door" in " ".join(cue.text for cue in found)
    assert all(spans[0, 0] <= c.start_s < c.end_s <= spans[-1, 1] for c in found)
    assert done[-1][0] == pytest.approx(np.ptp(spans, axis=1).sum(), abs=0.01)
    assert sphinx.recognise(samples, spans) == found
    later = sphinx.recognise(np.concatenate([silence(2), samples]), spans + 2)
    assert [cue.text for cue in later] == [cue.text for cue in found]
    assert later[0].start_s == pytest.approx(found[0].start_s + 2)


def test_pocketsphinx_says_that_it_is_rough(sphinx):
    assert (sphinx.name, sphinx.reliability) == ("pocketsphinx", 0.3)
    assert "gets many of them wrong" in sphinx.notices[0]


@pytest.mark.parametrize("kind", ["sphinx", "whisper", "faster_whisper"])
def test_every_recogniser_keeps_to_the_spans(kind, request):
    recogniser = request.getfixturevalue(kind)
    assert recogniser.recognise(silence(1), np.zeros((0, 2))) == []
    assert recogniser.recognise(noise(3), WHOLE, should_stop=lambda: True) == []
    done = []
    found = recogniser.recognise(
        noise(5), np.array([[0.5, 2.0], [3.0, 4.5]]), lambda *seconds: done.append(seconds)
    )
    assert done == [(1.5, 3.0), (3.0, 3.0)]
    assert [c.start_s for c in found] == sorted(c.start_s for c in found)
    for cue in found:
        assert any(a <= cue.start_s <= cue.end_s <= b for a, b in ((0.5, 2.0), (3.0, 4.5)))
        assert cue.text.strip()
        assert "<|" not in cue.text
    assert 0 <= recogniser.reliability <= 1
    assert recogniser.notices


@pytest.mark.parametrize("kind", ["whisper", "faster_whisper"])
def test_whisper_is_named_after_its_folder(kind, request):
    recogniser = request.getfixturevalue(kind)
    assert recogniser.name.startswith(f"{kind.replace('_', '-')}:/")
    assert recogniser.name in recogniser.notices[0]


def test_whisper_gives_the_same_words_for_the_same_sound(whisper):
    assert whisper.recognise(noise(3), WHOLE) == whisper.recognise(noise(3), WHOLE)


@pytest.mark.parametrize("kind", ["whisper", "faster-whisper"])
@pytest.mark.parametrize("model", ["nobody/nothing", "no such size", "EMPTY"])
def test_whisper_without_weights(kind, model, tmp_path):
    if kind == "faster-whisper":
        pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    name = str(tmp_path) if model == "EMPTY" else model
    with pytest.raises(ModelUnavailable, match=r"(?s)Check the name"):
        open_recogniser(f"{kind}:{name}")


def test_damaged_weights(tiny_whisper: Path, tmp_path):
    folder = shutil.copytree(tiny_whisper, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        open_recogniser(f"whisper:{folder}")


def test_another_kind_of_model(tmp_path):
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(ModelUnavailable):
        open_recogniser(f"whisper:{tmp_path}")
