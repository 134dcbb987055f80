"""What encoders say of utterances: missing modalities, faulty files, runs that were stopped."""

import logging
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile

from emotion_core.datasets.paired_clip import PairedClip, PairedSet
from emotion_core.errors import ModelUnavailable
from emotion_core.labels import EKMAN7, IEMOCAP4
from emotion_core.text.pipeline import load_text_model
from emotion_core.training import paired_embeddings
from emotion_core.training.paired_embeddings import NONE, embed_all, embed_paired
from emotion_core.training.paired_encoders import Answer, open_encoder
from tests.bundles import write_audio_bundle, write_face_bundle, write_naive_bayes_bundle
from tests.face.moving import BrightDetector, bright_frame
from tests.training.utterances import write_talk
from tests.training.voices import spoken

RATE = 16_000


@pytest.fixture
def models(own_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle of each modality; what is bright is a face."""
    write_naive_bayes_bundle(own_models / "words")
    write_audio_bundle(own_models / "voice")
    write_face_bundle(own_models / "face")
    monkeypatch.setattr("emotion_core.face.pipeline.open_detector", BrightDetector)
    return own_models


@pytest.fixture
def talk(tmp_path: Path) -> PairedClip:
    """A clip of two seconds with all three modalities."""
    path = write_talk(tmp_path / "talk.mp4", level=240, pitch_hz=150.0)
    return PairedClip("talk", "what joy", path, path, "joy", span_s=(10.0, 12.0))


def set_of(*clips: PairedClip) -> PairedSet:
    return PairedSet("own", EKMAN7, clips)


@pytest.mark.usefixtures("models")
def test_all_modalities_of_a_clip(talk: PairedClip, tmp_path: Path):
    names = {"text": "words", "audio": "voice", "face": "face"}
    answers = embed_all(set_of(talk), names, tmp_path / "cache")  # type: ignore[arg-type]
    assert [a.spec.id for a in answers.values()] == ["words", "voice", "face"]
    assert all(a.present.all() for a in answers.values())
    text, audio, face = answers.values()
    assert EKMAN7[text.said.logits[0].argmax()] == "joy"
    assert face.said.logits[0].argmax() > 3  # bright
    widths = [a.said.embedding.shape[1] for a in (text, audio, face)]
    assert widths == [0, 4 * len(EKMAN7), 36]
    assert len(list((tmp_path / "cache").iterdir())) == 3


@pytest.mark.usefixtures("models")
def test_what_cannot_be_read_is_missing(
    talk: PairedClip, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    silence, dark = tmp_path / "silence.wav", tmp_path / "dark.png"
    soundfile.write(silence, np.zeros(2 * RATE), RATE)
    cv2.imwrite(str(dark), np.zeros((64, 64, 3), np.uint8))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    clips = (
        talk,
        replace(talk, name="silent", text="", sound=silence, picture=dark),
        replace(talk, name="broken", text="¸", sound=broken, picture=broken),
        replace(talk, name="alone", sound=None, picture=None),
    )
    names = {"text": "words", "audio": "voice", "face": "face"}
    answers = embed_all(set_of(*clips), names, tmp_path / "cache")  # type: ignore[arg-type]
    assert answers["text"].present.tolist() == [True, False, False, True]
    assert answers["audio"].present.tolist() == [True, False, False, False]
    assert answers["face"].present.tolist() == [True, False, False, False]
    assert not answers["face"].said.embedding[1:].any()
    for reason in ("no speech was found", "silent: no face was found", "alone has no picture"):
        assert reason in caplog.text


@pytest.mark.usefixtures("models")
def test_a_photo_of_two_faces_shows_the_larger_one(tmp_path: Path):
    frame = bright_frame(40, level=140)
    frame[10:110, 200:300] = 250
    cv2.imwrite(str(tmp_path / "two.png"), frame)
    frame[:, :100] = 0
    cv2.imwrite(str(tmp_path / "one.png"), frame)
    encoder = open_encoder("face", "face", EKMAN7)
    one, two = (
        encoder.read(PairedClip(name, "", None, tmp_path / f"{name}.png", "joy"))
        for name in ("one", "two")
    )
    assert (one.logits == two.logits).all()
    assert one.logits.argmax() > 3


@pytest.mark.usefixtures("models")
def test_a_clip_that_was_cut_wrongly_is_missing(talk: PairedClip, tmp_path: Path):
    long = tmp_path / "long.wav"
    soundfile.write(long, np.resize(spoken(150.0), 20 * RATE), RATE)
    clip = replace(talk, sound=long)
    encoder = open_encoder("audio", "voice", EKMAN7)
    with pytest.raises(Exception, match=r"expected 2.0 s by its table, got a file of 20.0 s"):
        encoder.read(clip)
    assert encoder.read(replace(clip, span_s=None)).logits.shape == (7,)


def test_a_modality_that_nobody_has(talk: PairedClip, tmp_path: Path):
    clip = replace(talk, picture=None)
    for name in ("", "face-cnn"):
        answers = embed_paired(set_of(clip), "face", name, tmp_path / "cache")
        assert (answers.spec.id, answers.present.tolist()) == (NONE, [False])
    assert not (tmp_path / "cache").exists()


class Counting:
    """Answers with the number of the clip, and counts."""

    def __init__(self, stop_at: int = 1000) -> None:
        self.spec = load_text_model("words").spec
        self.read_so_far, self.stop_at = [], stop_at

    def read(self, clip: PairedClip) -> Answer:
        if len(self.read_so_far) == self.stop_at:
            raise KeyboardInterrupt
        self.read_so_far.append(clip.name)
        return Answer(np.full(7, float(clip.name)), np.ones(3))


@pytest.mark.usefixtures("models")
def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paired_embeddings, "PART_CLIPS", 4)
    clips = tuple(PairedClip(str(i), "word", None, None, "joy") for i in range(10))
    stopped, resumed, again = Counting(stop_at=6), Counting(), Counting()
    runs = iter((stopped, resumed, again))
    monkeypatch.setattr(paired_embeddings, "open_encoder", lambda *_: next(runs))
    seen = []
    with pytest.raises(KeyboardInterrupt):
        embed_paired(set_of(*clips), "text", "words", tmp_path, lambda *x: seen.append(x))
    assert seen == [(4, 10)]
    answers = embed_paired(set_of(*clips), "text", "words", tmp_path)
    assert resumed.read_so_far == [str(i) for i in range(4, 10)]
    assert answers.said.logits[:, 0].tolist() == list(range(10))
    assert [p.suffix for p in tmp_path.glob("*.npz")] == [".npz"]
    same = embed_paired(set_of(*clips), "text", "words", tmp_path)
    assert (same.said.logits == answers.said.logits).all()
    assert same.spec.labels == EKMAN7
    changed = (replace(clips[0], text="another"), *clips[1:])
    embed_paired(set_of(*changed), "text", "words", tmp_path)
    assert again.read_so_far == [str(i) for i in range(10)]


def test_a_transformer_without_a_head_has_an_embedding_alone(tiny_encoder: Path, tmp_path: Path):
    clips = tuple(
        PairedClip(text, text, None, None, "sad") for text in ("i feel so sad", "very happy")
    )
    paired = PairedSet("own", IEMOCAP4, clips)
    answers = embed_paired(paired, "text", f"hub:{tiny_encoder}", tmp_path)
    assert answers.spec.labels == IEMOCAP4
    assert not answers.said.logits.any()
    first, second = answers.said.embedding
    assert first.shape == (32,)
    assert np.abs(first - second).max() > 0.1


def test_a_hub_classifier_has_both(tiny_encoder: Path, tmp_path: Path):
    transformers = pytest.importorskip("transformers")
    model = transformers.BertForSequenceClassification.from_pretrained(tiny_encoder, num_labels=3)
    model.config.id2label = dict(enumerate(("anger", "joy", "sadness")))
    folder = tmp_path / "classifier"
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((tiny_encoder / "tokenizer.json").read_bytes())
    clip = PairedClip("a", "i feel so sad", None, None, "sadness")
    answer = open_encoder("text", str(folder), EKMAN7).read(clip)
    assert answer.logits.shape == (3,)
    bare = open_encoder("text", f"hub:{tiny_encoder}", EKMAN7).read(clip)
    assert answer.embedding == pytest.approx(bare.embedding, abs=1e-5)


def test_a_model_that_is_not_there(talk: PairedClip, tmp_path: Path):
    with pytest.raises(ModelUnavailable):
        embed_paired(set_of(talk), "audio", "no-such-model", tmp_path)
