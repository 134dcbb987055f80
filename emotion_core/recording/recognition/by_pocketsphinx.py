"""PocketSphinx: small, fast and rough, with an English model of its own."""

import re
from collections.abc import Callable
from threading import Lock

import numpy as np

from ...errors import MissingDependency, ModelUnavailable
from ...types import OnSeconds
from ..transcript import Cue
from .pieces import Piece, Word, cues_of, one_by_one, package_errors, speech_pieces

LONGEST_S = 15.0
FRAMES_PER_S = 100
ROUGH = (
    "the words were recognised by PocketSphinx, which knows English only and gets many of them "
    "wrong: correct them, or read what they express with caution"
)
_NO_WORD = re.compile(r"[<\[+]")
_VARIANT = re.compile(r"\(\d+\)$")
"""of how a word is pronounced"""


class PocketsphinxRecogniser:
    """The package's own acoustic and language model.

    Source: Huggins-Daines et al., Pocketsphinx: a free, real-time continuous speech recognition
    system for hand-held devices, ICASSP 2006.

    Raises:
        MissingDependency: without its package
        ModelUnavailable: if its model cannot be opened
    """

    name = "pocketsphinx"
    reliability = 0.3
    """low: it got 64 % of the words of 30 acted sentences (RAVDESS) right, and 18 % of 11 made-up
    ones (GRID), which its language model does not expect"""
    notices = (ROUGH,)

    def __init__(self) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise MissingDependency("pocketsphinx", "asr") from error
        try:
            self._decoder = Decoder(loglevel="FATAL")
        except (RuntimeError, OSError) as error:
            raise ModelUnavailable(
                f"the model of pocketsphinx cannot be opened: {error}; reinstall the package"
            ) from error
        self._lock = Lock()

    def recognise(
        self,
        samples: np.ndarray,
        spans_s: np.ndarray,
        on_progress: OnSeconds | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Cue]:
        """As of `Recogniser`."""
        pieces = speech_pieces(samples, spans_s, LONGEST_S)
        said = one_by_one(pieces, on_progress, should_stop)
        return cues_of([word for piece in said for word in self._words(piece)])

    def _words(self, piece: Piece) -> list[Word]:
        """The words of one piece, read as a whole: what was heard before does not change them."""
        sound = (piece.samples.clip(-1, 1) * 32767).astype("<i2").tobytes()
        with self._lock, package_errors(self.name):
            self._decoder.start_utt()
            self._decoder.process_raw(sound, full_utt=True)
            self._decoder.end_utt()
            segments = [(s.word, s.start_frame, s.end_frame) for s in self._decoder.seg() or ()]
        return [
            Word(
                piece.start_s + start / FRAMES_PER_S,
                min(piece.start_s + (end + 1) / FRAMES_PER_S, piece.end_s),
                _VARIANT.sub("", word),
            )
            for word, start, end in segments
            if not _NO_WORD.match(word)
        ]
