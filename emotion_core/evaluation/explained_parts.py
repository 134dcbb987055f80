"""Items as parts that can be taken away: words, patches of a spectrogram, patches of a face."""

import numpy as np

from ..audio.decode import AudioSource
from ..audio.explain import BANDS, MOST_STEPS, PATCH_FRAMES
from ..audio.explain import blank_level as blank_sound
from ..audio.pipeline import AudioModel, cut_span
from ..face.explain import PATCHES
from ..face.explain import blank_level as blank_face
from ..face.pipeline import FaceModel
from ..scoring import softmax
from ..text.pipeline import TextModel
from .explanation_curves import ExplainedItem

NOTHING = "."
"""what is left of a text without its words; a model refuses an empty one"""


def words_left(text: str, spans: np.ndarray, there: np.ndarray) -> str:
    """A text of which some words are left.

    Args:
        text: cleaned
        spans: (word, 2) first and past-the-last character
        there: (word,) bool

    Example:
        >>> words_left("so very sad", np.array([[0, 2], [3, 7], [8, 11]]), np.array([1, 0, 1]))
        'so sad'
    """
    kept = (text[a:b] for (a, b), stays in zip(spans, there, strict=True) if stays)
    return " ".join(kept) or NOTHING


def explained_text(model: TextModel, text: str, method: str) -> ExplainedItem:
    """A text as its words.

    Args:
        model: explained
        text: as typed
        method: one of the model's

    Raises:
        InvalidInput: if the text is empty or the model has no such method
    """
    found = model.explain(text, method)
    place = model.labels.index(found.label)

    def answer(there: np.ndarray) -> np.ndarray:
        texts = [
            found.text if row.all() else words_left(found.text, found.spans, row) for row in there
        ]
        logits = np.stack([r.logits for r in model.classifier.read(texts)]).astype(np.float64)
        return softmax(logits / model.spec.calibration.temperature)[:, place]

    return ExplainedItem(found.weights, answer)


def patch_numbers(shape: tuple[int, int], rows: int, columns: int) -> np.ndarray:
    """(row, column) number of the patch of each cell, in a grid of about equal patches.

    Args:
        shape: of the cells
        rows: patches along the first axis
        columns: patches along the second

    Example:
        >>> patch_numbers((2, 3), 1, 2).tolist()
        [[0, 0, 1], [0, 0, 1]]
    """
    down, across = (
        np.repeat(np.arange(parts), np.diff(np.linspace(0, size, parts + 1).round().astype(int)))
        for size, parts in zip(shape, (min(rows, shape[0]), min(columns, shape[1])), strict=True)
    )
    return down[:, None] * (across.max() + 1) + across


def _mean_weights(weights: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """(patch,) mean of the weights of its cells."""
    return np.bincount(numbers.ravel(), weights.ravel()) / np.bincount(numbers.ravel())


def explained_sound(
    model: AudioModel, source: AudioSource, span_s: tuple[float, float]
) -> ExplainedItem:
    """A span of a recording as the patches of its spectrogram that an occlusion tries.

    A patch that is not there has the median level of each bin.

    Args:
        model: explained
        source: path, bytes or `Waveform`
        span_s: start and end

    Raises:
        InvalidInput: if the span is empty, too long or outside the recording
    """
    found = model.explain(source, span_s)
    levels = model.frame_classifier.levels(cut_span(source, span_s))
    place, blank = model.labels.index(found.label), blank_sound(levels)
    steps = max(1, min(MOST_STEPS, round(len(levels) / PATCH_FRAMES)))
    numbers = patch_numbers((len(levels), levels.shape[1]), steps, BANDS)

    def answer(there: np.ndarray) -> np.ndarray:
        windows = [np.where(row[numbers], levels, blank) for row in there]
        return model.probabilities(windows)[:, place]

    return ExplainedItem(_mean_weights(found.weights.T, numbers), answer)


def explained_face(model: FaceModel, crop: np.ndarray) -> ExplainedItem:
    """A face as patches of its crop; one that is not there has the mean colour.

    Args:
        model: explained
        crop: (size, size) or (size, size, 3) uint8, as the classifier reads it
    """
    found = model.explain_crop(crop)
    place, blank = model.labels.index(found.label), blank_face(crop)
    numbers = patch_numbers((len(crop), len(crop)), PATCHES, PATCHES)

    def answer(there: np.ndarray) -> np.ndarray:
        hidden = np.repeat(crop[None], len(there), axis=0)
        hidden[~there[:, numbers]] = blank
        return model.probabilities(hidden)[:, place]

    return ExplainedItem(_mean_weights(found.weights, numbers), answer)
