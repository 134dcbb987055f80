"""Speech to words: recognisers of several packages behind one interface."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

from ...errors import InvalidInput
from ...types import OnSeconds
from ..transcript import Cue

POCKETSPHINX, FASTER_WHISPER, WHISPER = "pocketsphinx", "faster-whisper", "whisper"
_PACKAGES = {
    POCKETSPHINX: (("pocketsphinx",), "asr"),
    FASTER_WHISPER: (("faster_whisper",), "asr"),
    WHISPER: (("torch", "transformers"), "hub"),
}
_WEIGHTS = {FASTER_WHISPER: "model.bin", WHISPER: "model.safetensors"}
"""file that only their checkpoints have"""
_EXAMPLES = {
    POCKETSPHINX: POCKETSPHINX,
    FASTER_WHISPER: f"{FASTER_WHISPER}:base",
    WHISPER: f"{WHISPER}:openai/whisper-base",
}


class Recogniser(Protocol):
    """Writes down what is said; thread-safe.

    Attributes:
        name: as `open_recogniser` takes it; the transcript's origin
        reliability: in [0, 1], how far its words are to be trusted
        notices: what a person should know of its words
    """

    @property
    def name(self) -> str: ...
    @property
    def reliability(self) -> float: ...
    @property
    def notices(self) -> tuple[str, ...]: ...

    def recognise(
        self,
        samples: np.ndarray,
        spans_s: np.ndarray,
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Cue]:
        """The words of a stretch of a recording, such as a chapter.

        Args:
            samples: (time,) float32, mono, 16 kHz
            spans_s: (span, 2) in which somebody speaks, in seconds from the first sample
            on_progress: called with seconds of speech done and seconds in all
            should_stop: asked now and then; yes ends it with what was recognised so far

        Returns:
            In order of time, in seconds from the first sample
        """
        ...


def _lacks_package(kind: str) -> str:
    packages, extra = _PACKAGES[kind]
    missing = [package for package in packages if find_spec(package) is None]
    return f"pip install -e '.[{extra}]'" if missing else ""


def _downloaded(kind: str) -> list[str]:
    """Names of the hub's Whisper models that lie on this machine."""
    from huggingface_hub.constants import HF_HUB_CACHE

    found = Path(HF_HUB_CACHE).glob(f"models--*whisper*/snapshots/*/{_WEIGHTS[kind]}")
    folders = {path.parents[2].name.removeprefix("models--") for path in found}
    return sorted(f"{kind}:{folder.replace('--', '/', 1)}" for folder in folders)


def available_recognisers() -> list[str]:
    """Names of the recognisers that can be opened here without downloading anything."""
    found = [POCKETSPHINX] if not _lacks_package(POCKETSPHINX) else []
    for kind in _WEIGHTS:
        if not _lacks_package(kind):
            found += _downloaded(kind)
    return found


def missing_recognisers() -> dict[str, str]:
    """What the other recognisers lack: an example of their names -> the remedy, in words."""
    missing = {_EXAMPLES[kind]: _lacks_package(kind) for kind in _PACKAGES}
    for kind in _WEIGHTS:
        name = _EXAMPLES[kind]
        if not missing[name] and not _downloaded(kind):
            missing[name] = "no weights are on this machine: name a folder, or download them"
    return {name: remedy for name, remedy in missing.items() if remedy}


def open_recogniser(name: str) -> Recogniser:
    """A recogniser by name.

    Args:
        name: `pocketsphinx`, `faster-whisper:MODEL` or `whisper:MODEL`, where the model is a name
            of the hub (or a size such as `base` for faster-whisper), or a folder

    Raises:
        InvalidInput: if there is no such recogniser
        MissingDependency: if its package is not installed
        ModelUnavailable: if its weights cannot be had or opened
    """
    kind, _, model = name.partition(":")
    if name == POCKETSPHINX:
        from .by_pocketsphinx import PocketsphinxRecogniser

        return PocketsphinxRecogniser()
    if kind == FASTER_WHISPER and model:
        from .by_faster_whisper import FasterWhisperRecogniser

        return FasterWhisperRecogniser(model)
    if kind == WHISPER and model:
        from .by_whisper import WhisperRecogniser

        return WhisperRecogniser(model)
    raise InvalidInput(
        f"expected {POCKETSPHINX}, {FASTER_WHISPER}:MODEL or {WHISPER}:MODEL, got {name!r}"
    )
