"""What the shipped models answer stays what it was when they were measured."""

import json
from pathlib import Path

import numpy as np
import pytest

from emotion_core import load, registry
from emotion_core.audio.pipeline import load_audio_model
from emotion_core.face.pipeline import load_face_model
from emotion_core.fusion.evidence import FUSED
from emotion_core.fusion.pipeline import load_fusion_model
from emotion_core.registry import check_files, read_spec
from emotion_core.testing import made_up_moments
from ui.face_example import example_film, example_picture
from ui.voice_example import example_recording

SHIPPED = Path(registry.__file__).resolve().parent.parent / "models"
DATA = Path(__file__).parent / "data"
TEXT = json.loads((DATA / "golden_text.json").read_text("utf-8"))
AUDIO = json.loads((DATA / "golden_audio.json").read_text("utf-8"))
FACE = json.loads((DATA / "golden_face.json").read_text("utf-8"))
FUSION = json.loads((DATA / "golden_fusion.json").read_text("utf-8"))
CLOSE = 0.03
"""in probability; kernels of other processors round otherwise"""


@pytest.mark.parametrize("name", sorted(p.parent.name for p in SHIPPED.glob("*/manifest.json")))
def test_a_shipped_bundle_is_whole(name: str):
    spec = read_spec(SHIPPED / name)
    check_files(spec)
    assert spec.id == name
    assert spec.metrics
    assert "once" in spec.protocol
    assert (spec.folder / "card.md").is_file()
    assert (spec.folder / "evaluation" / "test.parquet").is_file()
    assert not any(b".py" in path.read_bytes() for path in spec.folder.glob("*.onnx"))
    assert sum(f.stat().st_size for f in spec.folder.rglob("*") if f.is_file()) < 50 * 2**20


@pytest.mark.parametrize("name", sorted(TEXT))
def test_golden_answers_to_texts(name: str):
    model = load(SHIPPED / name)
    found = np.array([model.predict(text).probabilities for text in TEXT[name]])
    np.testing.assert_allclose(found, np.array(list(TEXT[name].values())), atol=CLOSE)


@pytest.mark.parametrize("name", sorted(AUDIO))
def test_golden_answers_to_a_voice(name: str):
    analysis = load_audio_model(SHIPPED / name).analyse(example_recording())
    assert analysis.scores is not None
    found = np.array([analysis.scores.probabilities, *analysis.timeline.probabilities])
    np.testing.assert_allclose(found, np.array(list(AUDIO[name].values())), atol=CLOSE)


@pytest.mark.parametrize("name", sorted(FACE))
def test_golden_answers_to_faces(name: str):
    model = load_face_model(SHIPPED / name)
    scores = [*model.predict(example_picture()).scores]
    scores += [person.scores for person in model.analyse(example_film()).people]
    found = np.array([s.probabilities for s in scores])
    np.testing.assert_allclose(found, np.array(list(FACE[name].values())), atol=CLOSE)


@pytest.mark.parametrize("name", sorted(FUSION))
def test_golden_answers_to_moments(name: str):
    model = load_fusion_model(SHIPPED / name)
    (moment,) = made_up_moments(model, 1)
    parts = [moment, *({k: v for k, v in moment.items() if k != m} for m in FUSED)]
    found = np.array([answer.scores.probabilities for answer in model.fuse(parts)])
    np.testing.assert_allclose(found, np.array(list(FUSION[name].values())), atol=CLOSE)
