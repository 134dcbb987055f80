"""Whisper through transformers, by hub name or folder."""

import re
from collections.abc import Callable

import numpy as np

from ...audio.decode import SAMPLE_RATE
from ...errors import ModelUnavailable
from ...hub import CheckpointKind, load_checkpoint
from ...types import OnSeconds
from ..transcript import Cue
from .pieces import Piece, one_by_one, package_errors, speech_pieces

LONGEST_S = 28.0
"""of a piece; Whisper reads 30 s at once"""
RELIABILITY = 0.8
"""assumed, not measured here: of its larger models some 5 to 20 % of the words are wrong

Source: Radford et al., Robust speech recognition via large-scale weak supervision, ICML 2023.
"""
RECOGNISED = "the words were recognised by {name}: some will be wrong, so look through them"
_SPECIAL = re.compile(r"<\|[^|]*\|>")
"""tokens that are no words"""
KIND = CheckpointKind(
    "WhisperForConditionalGeneration", "WhisperProcessor", "a speech-recognition",
    "a Whisper processor",
)  # fmt: skip


class WhisperRecogniser:
    """A Whisper checkpoint in the hub's format.

    Args:
        model: name of the hub, or folder

    Raises:
        MissingDependency: without torch and transformers
        ModelUnavailable: if neither the hub nor the folder has it
    """

    reliability = RELIABILITY

    def __init__(self, model: str) -> None:
        self.name = f"whisper:{model}"
        self.notices = (RECOGNISED.format(name=self.name),)
        self._model, self._processor = load_checkpoint(model, KIND)
        if self._model.config.model_type != "whisper":
            raise ModelUnavailable(
                f"{model!r} is a {self._model.config.model_type} model; expected Whisper"
            )

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
        with package_errors(self.name):
            return [cue for piece in said for cue in self._cues(piece)]

    def _cues(self, piece: Piece) -> list[Cue]:
        """The segments of one piece as Whisper times them."""
        import torch

        inputs = self._processor.feature_extractor(
            piece.samples,
            sampling_rate=SAMPLE_RATE,
            return_tensors="pt",
            return_attention_mask=True,
        )
        with torch.inference_mode():
            tokens = self._model.generate(**inputs, return_timestamps=True)[0].numpy()
        found = self._processor.tokenizer.decode(
            tokens, output_offsets=True, skip_special_tokens=True
        )
        offsets = found["offsets"] or [{"text": found["text"], "timestamp": (0.0, None)}]
        return timed_cues(piece, [(*o["timestamp"], o["text"]) for o in offsets])


def timed_cues(piece: Piece, segments: list[tuple[float, float | None, str]]) -> list[Cue]:
    """Segments (start, end, text) of a piece as cues that do not leave it.

    Args:
        piece: what was recognised
        segments: in seconds from the start of the piece; one without an end lasts to its end, and
            one that starts there was not said
    """
    cues = []
    for start, end, text in segments:
        start_s = piece.start_s + start
        end_s = piece.end_s if end is None else min(piece.start_s + end, piece.end_s)
        said = " ".join(_SPECIAL.sub("", text).split())
        if said and start_s < piece.end_s:
            cues.append(Cue(start_s, max(start_s, end_s), said))
    return cues
