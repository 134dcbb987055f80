"""Fairness of a bundle of any modality."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import InvalidInput
from ..registry import find
from .fairness import FairnessPart

OWN_SENTENCES = (
    "{model} answers text, which is tested with sentences of the project's own; leave --data and "
    "--slice out, or measure a file of answers with `evaluate predictions --slice`"
)

OnProgress = Callable[[int, int], None]


def _needs_data(model: str | Path, modality: str, data: Sequence[str]) -> None:
    if not data:
        raise InvalidInput(
            f"{model} answers {modality}: name the data to compare people on with --data, "
            "such as a folder with a table of who is on each picture or recording"
        )


def _face_parts(
    model: str | Path, data: Sequence[str], columns: Sequence[str], on_progress: OnProgress | None
) -> list[FairnessPart]:
    from ..face.pipeline import load_face_model
    from .fairness_face import face_fairness
    from .fairness_pictures import read_people

    people = [read_people(name, columns) for name in data]
    opened = load_face_model(model)
    return [face_fairness(opened, each, on_progress) for each in people]


def measure_fairness(
    model: str | Path,
    data: Sequence[str] = (),
    columns: Sequence[str] = (),
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """What a bundle does to different people.

    Args:
        model: bundle id or folder
        data: of a voice model, the data set that it was tested on, with an index of who speaks; of
            a face model, pictures with a table of who is on them; a text model needs none
        columns: to compare by; none takes those that are known
        on_progress: called with (items done, items)

    Returns:
        `parts`, ready for JSON

    Raises:
        InvalidInput: if data are missing or cannot be used, or for a fusion
    """
    spec = find(model)
    if spec.modality == "text":
        if data or columns:
            raise InvalidInput(OWN_SENTENCES.format(model=spec.id))
        from ..text.pipeline import load_text_model
        from .fairness_text import text_fairness

        parts = [text_fairness(load_text_model(model), on_progress)]
    elif spec.modality == "audio":
        from .fairness_voice import voice_fairness

        _needs_data(model, "voices", data)
        parts = [voice_fairness(model, name, columns) for name in data]
    elif spec.modality == "face":
        _needs_data(model, "faces", data)
        parts = _face_parts(model, data, columns, on_progress)
    else:
        raise InvalidInput(
            f"{spec.id} fuses other models; measure the fairness of those that it fuses"
        )
    return {"parts": [part.as_dict() for part in parts]}
