"""From a few examples to a bundle that answers by them."""

import errno
import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import soundfile
from PIL import Image

from emotion_core import load
from emotion_core.adaptation.adapt import adapt, write_adaptation
from emotion_core.adaptation.graph import Prior, write_adapted
from emotion_core.adaptation.head import Head, Seen
from emotion_core.cli import main
from emotion_core.datasets.labelled_items import LabelledModality
from emotion_core.datasets.labelled_source import read_labelled
from emotion_core.errors import InvalidInput
from emotion_core.registry import find
from emotion_core.scoring import softmax
from tests.audio.sounds import RATE, syllables
from tests.bundles import write_audio_bundle, write_face_bundle

CALM = "the {} was on the table near the window and nobody moved it today"
LOUD = "how wonderful, I love this {} so much, thank you, it made my day!"
THINGS = "cup book lamp plate chair clock radio jacket ticket letter garden bicycle".split()


def texts(folder: Path) -> Path:
    rows = [{"text": t.format(x), "label": n, "group": x}
            for x in THINGS for t, n in ((CALM, "Dull"), (LOUD, "Bright"))]  # fmt: skip
    path = folder / "few.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_text_model_learns_labels_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "mine"
    with pytest.raises(SystemExit) as ended:
        main(["adapt", "text", "--data", str(texts(tmp_path)), "--out", str(out)])
    assert not ended.value.code
    told = json.loads(capsys.readouterr().out)
    assert told["examples"] == 2 * len(THINGS)
    assert "whole groups apart" in told["protocol"]
    assert told["gain"] == {}  # the network's labels say nothing of these
    model = load(out)
    assert model.labels == ("Bright", "Dull")
    assert model.predict(LOUD.format("violin")).label == "Bright"
    assert model.predict(CALM.format("violin")).label == "Dull"
    table = pd.read_parquet(out / "evaluation" / "test.parquet")
    assert np.allclose(table[["p_Bright", "p_Dull"]].sum(axis=1), 1)
    assert not table.groupby("group")["fold"].nunique().gt(1).any()
    results = json.loads((out / "evaluation" / "results.json").read_text())
    assert results["scores"]["accuracy"] > 0.9
    assert "text-goemotions28 with a head of its own" in (out / "card.md").read_text()
    assert find(out).architecture["adapted_from"] == "text-goemotions28"


def test_a_text_with_nothing_to_read_is_named_and_left_out(tmp_path: Path):
    table = texts(tmp_path)
    with table.open("a") as file:
        file.write("\u200b,Dull,x\n")
    adapted = adapt("text-emotion6", read_labelled("text", table))
    assert adapted.report.scores.n == 2 * len(THINGS)
    assert adapted.report.errors[0].startswith(f"{2 * len(THINGS)}: the text is empty")


def test_known_labels_start_from_the_own_answers(tmp_path: Path):
    rows = [(LOUD, "joy"), ("I am furious about this {}, it is an outrage!", "anger")]
    frame = pd.DataFrame([{"text": t.format(x), "label": n} for x in THINGS[:6] for t, n in rows])
    frame.to_csv(tmp_path / "few.csv", index=False)
    stages: list[str] = []
    found = adapt(
        "text-goemotions28",
        read_labelled("text", tmp_path / "few.csv"),
        on_stage=lambda stage, *_: stages.append(stage),
    )
    assert found.prior is not None
    assert found.head.trust > 0
    assert set(found.report.gain) == {"accuracy", "uar", "macro_f1"}
    assert found.report.gain["accuracy"]["before"] > 0.9
    assert sorted(set(stages)) == ["reading the examples", "trying heads"]


def test_a_voice_model(tmp_path: Path):
    folder = tmp_path / "data"
    base = write_audio_bundle(tmp_path / "base")
    for label, pitch_hz in (("low", 100.0), ("high", 240.0)):
        (folder / label).mkdir(parents=True)
        for k in range(5):
            sound = syllables(10, pitch_hz=pitch_hz * (1 + k / 40))
            soundfile.write(folder / label / f"{k}.wav", sound, RATE)
    (folder / "low" / "broken.wav").write_bytes(b"RIFF")
    found = adapt(base, read_labelled("audio", folder))
    assert len(found.report.errors) == 1
    assert "broken.wav" in found.report.errors[0]
    write_adaptation(found, tmp_path / "mine")
    answer = load(tmp_path / "mine", "audio").predict(folder / "high" / "0.wav")
    assert answer.label == "high"


def test_a_face_model(tmp_path: Path):
    base = write_face_bundle(tmp_path / "base")
    folder = tmp_path / "data"
    for label, level in (("dim", 60), ("light", 190)):
        (folder / label).mkdir(parents=True)
        for k in range(5):
            picture = np.full((60, 60, 3), level + 4 * k, np.uint8)
            Image.fromarray(picture).save(folder / label / f"{k}.png")
    found = adapt(base, read_labelled("face", folder), aligned=True)
    write_adaptation(found, tmp_path / "mine")
    model = load(tmp_path / "mine", "face")
    picture = np.full((60, 60, 3), 200, np.uint8)
    assert model.predict(picture, aligned=True).scores[0].label == "light"
    assert model.explain_crop(np.full((48, 48), 200, np.uint8)).method == "occlusion"


@pytest.mark.parametrize("name", ["text-goemotions28", "audio-cnn-bigru", "face-cnn"])
def test_the_graph_answers_as_the_head_does(name: str, tmp_path: Path):
    spec, rng = find(name), np.random.default_rng(0)
    source = spec.folder / "model.onnx"
    before = onnxruntime.InferenceSession(source)
    feed = {}
    for value in before.get_inputs():
        shape = [2 if k == 0 else s if isinstance(s, int) else 40
                 for k, s in enumerate(value.shape)]  # fmt: skip
        kinds = {
            "tensor(uint8)": rng.integers(0, 255, shape).astype(np.uint8),
            "tensor(int64)": np.ones(shape, np.int64),
            "tensor(float)": rng.normal(size=shape).astype(np.float32),
        }
        feed[value.name] = kinds[value.type]
    logits, embedding = before.run(["logits", "embedding"], feed)
    width, labels = embedding.shape[1], len(spec.labels)
    head = Head(rng.normal(size=(3, width)) / width, rng.normal(size=3), 0.7)
    prior = Prior(np.eye(labels)[:, :3], 1.3, 1e-4)
    write_adapted(source, tmp_path / "model.onnx", head, prior)
    (tmp_path / "model.safetensors").write_bytes((spec.folder / "model.safetensors").read_bytes())
    after = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(["logits"], feed)[0]
    own = np.log(np.maximum(softmax(logits / 1.3) @ prior.carry, prior.least))
    assert np.allclose(after, head.logits(Seen(embedding, own)), atol=0.01)


@pytest.mark.parametrize(
    ("base", "modality", "message"),
    [
        ("text-naive-bayes", "text", "no embedding to build on"),
        ("face-cnn", "text", "answers face, the examples are text"),
    ],
)
def test_what_cannot_be_adapted(
    base: str, modality: LabelledModality, message: str, tmp_path: Path
):
    with pytest.raises(InvalidInput, match=message):
        adapt(base, read_labelled(modality, texts(tmp_path)))


def test_one_class_is_none(tmp_path: Path):
    pd.DataFrame({"text": ["a", "b"], "label": ["joy", "Joy"]}).to_csv(tmp_path / "few.csv")
    with pytest.raises(InvalidInput, match="expected two classes or more"):
        adapt("text-goemotions28", read_labelled("text", tmp_path / "few.csv"))


def test_a_full_disk_leaves_the_bundle_before_in_use(tmp_path: Path):
    found = adapt("text-goemotions28", read_labelled("text", texts(tmp_path)))
    write_adaptation(found, tmp_path / "mine")
    with pytest.raises(InvalidInput, match="adapt text-goemotions28 to all examples"):
        adapt(tmp_path / "mine", read_labelled("text", texts(tmp_path)))
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        patch("emotion_core.adaptation.adapt.write_manifest", side_effect=full),
        pytest.raises(InvalidInput, match="No space left on device; make room"),
    ):
        write_adaptation(found, tmp_path / "mine")
    assert load(tmp_path / "mine", "text").labels == found.labels
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["mine"]


def test_the_network_itself_is_not_overwritten(tmp_path: Path):
    found = adapt("text-goemotions28", read_labelled("text", texts(tmp_path)))
    with pytest.raises(InvalidInput, match="holds the network itself"):
        write_adaptation(found, find("text-goemotions28").folder)
