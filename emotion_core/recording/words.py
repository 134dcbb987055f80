"""What the words of a transcript express."""

import numpy as np

from ..errors import EmotionCoreError, InvalidInput
from ..text.pipeline import TextModel
from ..types import EmotionScores
from .analysis import NOBODY, WordsAnalysis
from .transcript import Transcript


def read_words(model: TextModel, transcript: Transcript) -> WordsAnalysis:
    """Answer each cue; who is seen speaking it is not known yet.

    Args:
        model: of texts
        transcript: what is said
    """
    answers = model.predict_each([cue.text for cue in transcript.cues])
    scores = tuple(None if isinstance(a, EmotionCoreError) else a for a in answers)
    return WordsAnalysis(
        transcript=transcript,
        scores=scores,
        embeddings=_embeddings(model, transcript, scores),
        person=np.full(len(transcript), NOBODY),
    )


def _embeddings(
    model: TextModel, transcript: Transcript, scores: tuple[EmotionScores | None, ...]
) -> np.ndarray:
    """(cue, width), or (cue, 0) of a model that has none."""
    readable = np.array([s is not None for s in scores], bool)
    texts = [c.text for c, r in zip(transcript.cues, readable, strict=True) if r]
    try:
        found = model.embed(texts) if texts else np.zeros((0, 0))
    except InvalidInput:
        found = np.zeros((len(texts), 0))
    embeddings = np.zeros((len(transcript), found.shape[1]), np.float32)
    embeddings[readable] = found
    return embeddings
