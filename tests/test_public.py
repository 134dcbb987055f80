"""The public names, and what importing and predicting must not pull in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import emotion_core
from tests.audio.sounds import syllables, wav_bytes
from tests.bundles import write_audio_bundle, write_face_bundle
from tests.text.tiny_network import write_onnx_bundle

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = {
    "EKMAN7", "EMOTION6", "GOEMOTIONS28", "IEMOCAP4", "Calibration", "EmotionCoreError",
    "EmotionScores", "EmotionTimeline", "InvalidInput", "LabelMapping", "LabelMismatch",
    "MissingDependency", "ModelSpec", "ModelUnavailable", "Waveform", "WordWeights", "load",
    "mapping",
}  # fmt: skip
HEAVY = {
    "torch", "transformers", "streamlit", "plotly", "sklearn", "pandas", "matplotlib", "librosa",
    "numba",
}  # fmt: skip


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after `code`."""
    tail = "\nimport sys, json; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_public_names_are_pinned():
    assert set(emotion_core.__all__) == PUBLIC
    assert len(emotion_core.__all__) == len(PUBLIC)
    assert all(hasattr(emotion_core, name) for name in PUBLIC)


def test_import_is_light():
    modules = loaded_after("import emotion_core")
    assert "emotion_core" in modules
    assert not modules & (HEAVY | {"onnxruntime", "tokenizers", "scipy", "av", "soxr"})


def test_predicting_with_naive_bayes_is_light(bundle):
    code = f"import emotion_core; emotion_core.load({str(bundle)!r}).predict('what a joy')"
    assert not loaded_after(code) & (HEAVY | {"onnxruntime"})


def test_predicting_with_a_network_is_light(tmp_path):
    folder = write_onnx_bundle(tmp_path / "text-tiny")
    modules = loaded_after(
        f"import emotion_core; m = emotion_core.load({str(folder)!r}); m.predict('what a joy');"
        "m.predict(['a joy', 'fear']); m.explain('what a joy')"
    )
    assert "onnxruntime" in modules
    assert not modules & HEAVY


def test_predicting_with_a_voice_is_light(tmp_path):
    folder = write_audio_bundle(tmp_path / "voice")
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(syllables(15)))
    modules = loaded_after(
        f"import emotion_core; m = emotion_core.load({str(folder)!r}); m.predict({str(path)!r});"
        f"m.analyse({str(path)!r}); m.explain({str(path)!r}, (0, 1))"
    )
    assert {"onnxruntime", "av"} <= modules
    assert not modules & (HEAVY | {"silero_vad", "tokenizers"})


def test_predicting_with_a_face_is_light(tmp_path):
    folder = write_face_bundle(tmp_path / "face")
    modules = loaded_after(
        f"import emotion_core, numpy; m = emotion_core.load({str(folder)!r}, 'face');"
        "picture = numpy.zeros((90, 120, 3), numpy.uint8); m.predict(picture);"
        "m.predict(picture, aligned=True); m.explain_crop(picture[:48, :48, 0])"
    )
    assert {"onnxruntime", "cv2"} <= modules
    assert not modules & (HEAVY | {"mtcnn", "tensorflow", "tokenizers"})


def test_files_are_answered_without_heavy_packages(bundle, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text\nwhat a joy\n", encoding="utf-8")
    modules = loaded_after(
        "from pathlib import Path; import emotion_core\n"
        "from emotion_core.text.table import inspect_table, predict_rows, read_table\n"
        f"table = inspect_table(Path({str(path)!r}))\n"
        f"list(predict_rows(emotion_core.load({str(bundle)!r}), read_table(table), 1))"
    )
    assert not modules & HEAVY


def test_no_source_file_of_the_package_imports_streamlit_or_unpickles():
    for path in (ROOT / "emotion_core").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert "import streamlit" not in source, path
        assert "pickle.load" not in source, path
        assert "import joblib" not in source, path
        # this reader admits arrays alone; its own test tries it with malicious files
        if path.name != "mtcnn_weights.py":
            assert "import pickle" not in source, path


INFERENCE = ("text", "audio", "face", "timeline", "fusion", "recording")


@pytest.mark.parametrize(
    ("folders", "above"),
    [
        (INFERENCE, ("datasets", "evaluation", "training", "adaptation")),
        (("datasets",), ("evaluation", "training", "adaptation")),
        (("evaluation",), ("training", "adaptation")),
        (("training",), ("adaptation",)),
    ],
)
def test_packages_import_in_one_direction(folders: tuple[str, ...], above: tuple[str, ...]):
    for folder in folders:
        for path in (ROOT / "emotion_core" / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            for name in above:
                assert f"from ..{name}" not in source, path
                assert f"import {name}" not in source, path
