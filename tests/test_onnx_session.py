"""Where networks are opened."""

import onnxruntime
import pytest

from emotion_core.errors import InvalidInput, ModelUnavailable
from emotion_core.onnx_session import DEVICE, open_session, providers


def test_the_processor_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DEVICE, raising=False)
    assert providers() == ["CPUExecutionProvider"]


def test_an_accelerator_is_taken_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    assert providers() == ["CPUExecutionProvider"]
    monkeypatch.setenv(DEVICE, "cuda")
    assert providers() == both
    assert providers("cpu") == ["CPUExecutionProvider"]


def test_what_cannot_be_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEVICE, "cuda")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ModelUnavailable, match="exchange onnxruntime for onnxruntime-gpu"):
        open_session(b"", "any")
    monkeypatch.setenv(DEVICE, "abacus")
    with pytest.raises(InvalidInput, match="EMOTION_DEVICE: expected cpu or cuda, got 'abacus'"):
        open_session(b"", "any")
