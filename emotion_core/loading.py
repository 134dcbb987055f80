"""`load`: one door to the models of every modality."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .text.pipeline import TextModel

DEFAULT_TEXT_MODEL = "text-goemotions28"


def load(model: str | Path = DEFAULT_TEXT_MODEL) -> "TextModel":
    """A model by bundle id, bundle folder, hub name (`hub:owner/name`) or hub folder.

    Raises:
        ModelUnavailable: if there is none, or it is damaged
        MissingDependency: if a hub model is asked for without transformers and torch

    Example:
        >>> load("text-emotion6").predict("I am so happy today").label
        'joy'
    """
    from .text.pipeline import load_text_model

    return load_text_model(model)
