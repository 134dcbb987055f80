"""Whisper through faster-whisper, which reads converted weights and is quick on processors."""

from collections.abc import Callable
from threading import Lock

import numpy as np

from ...cores import available_cores
from ...errors import MissingDependency, ModelUnavailable
from ...types import OnSeconds
from ..transcript import Cue
from .by_whisper import LONGEST_S, RECOGNISED, RELIABILITY, timed_cues
from .pieces import one_by_one, package_errors, speech_pieces


class FasterWhisperRecogniser:
    """A Whisper model in the format of CTranslate2, in 8 bits.

    Args:
        model: a size such as `base`, a name of the hub, or a folder

    Raises:
        MissingDependency: without its package
        ModelUnavailable: if neither the hub nor the folder has it
    """

    reliability = RELIABILITY

    def __init__(self, model: str) -> None:
        try:
            from faster_whisper import WhisperModel  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise MissingDependency("faster-whisper", "asr") from error
        self.name = f"faster-whisper:{model}"
        self.notices = (RECOGNISED.format(name=self.name),)
        self._lock = Lock()
        try:
            self._model = WhisperModel(
                model, device="cpu", compute_type="int8", cpu_threads=available_cores()
            )
        except Exception as error:  # several packages below it raise classes of their own
            raise ModelUnavailable(
                f"the model {model!r} of faster-whisper cannot be opened: {error}. Check the name "
                "and the connection, or name a folder with converted weights"
            ) from error

    def recognise(
        self,
        samples: np.ndarray,
        spans_s: np.ndarray,
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Cue]:
        """As of `Recogniser`; the language is that of the first piece."""
        language: str | None = None
        cues = []
        pieces = speech_pieces(samples, spans_s, LONGEST_S)
        for piece in one_by_one(pieces, on_progress, should_stop):
            with self._lock, package_errors(self.name):
                segments, info = self._model.transcribe(
                    piece.samples, language=language, condition_on_previous_text=False
                )
                found = [(s.start, s.end, s.text) for s in segments]
            language = language or info.language
            cues += timed_cues(piece, found)
        return cues
