"""Tell emotions from text, voice and faces.

>>> from emotion_core import load
>>> model = load("text-emotion6")
>>> model.predict("I am so happy today").label
'joy'
>>> [answer.label for answer in model.predict(["what a joy", "I am afraid"])]
['joy', 'fear']

`load("audio")`, `load("image")`, `load("video")`, `load("recording")` and `load("fusion")` open the
default models of these; `docs/python.md` has examples of each.
"""

import os

from .errors import (
    EmotionCoreError,
    InvalidInput,
    LabelMismatch,
    MissingDependency,
    ModelUnavailable,
)
from .labels import EKMAN7, EMOTION6, GOEMOTIONS28, IEMOCAP4, LabelMapping, mapping
from .loading import load
from .types import Calibration, EmotionScores, EmotionTimeline, ModelSpec, Waveform, WordWeights

__version__ = "0.1.0"

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
"""nothing leaves the computer; ONNX Runtime, which is imported later, asks for it"""

__all__ = [
    "EKMAN7",
    "EMOTION6",
    "GOEMOTIONS28",
    "IEMOCAP4",
    "Calibration",
    "EmotionCoreError",
    "EmotionScores",
    "EmotionTimeline",
    "InvalidInput",
    "LabelMapping",
    "LabelMismatch",
    "MissingDependency",
    "ModelSpec",
    "ModelUnavailable",
    "Waveform",
    "WordWeights",
    "load",
    "mapping",
]
