"""A loaded model that answers portions as rows: what each worker holds one of."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..errors import InvalidInput, ModelUnavailable
from ..rows import Row, answer_row
from ..types import ModelSpec
from .asked import Asked, ModelIdentity
from .attempts import Attempts
from .source import Portion
from .storage import Place

DIED = "the process that read this file died, twice; it is damaged or too large for the memory"


class Answerer(Protocol):
    """Portions in, rows out; an item that fails is a row."""

    spec: ModelSpec

    def rows(self, portion: Portion, attempts: Attempts) -> list[Row]: ...


class TextAnswerer:
    """Answers texts, or files that hold one each.

    Args:
        asked: how
    """

    def __init__(self, asked: Asked) -> None:
        from ..text.pipeline import load_text_model

        self.asked, self.model = asked, load_text_model(asked.model)
        self.spec = self.model.spec
        self.identity = asked.identity(self.spec)

    def rows(self, portion: Portion, attempts: Attempts) -> list[Row]:  # noqa: ARG002
        """The answers to a portion, in order."""
        from ..text.table import TextRow, predict_rows, table_rows

        if self.asked.by_path:
            files = [Place(self.asked.root).below(name) for name in portion.items]
            texts = [_read_text(file) for file in files]
        else:
            files, texts = [], list(zip(portion.items, portion.errors, strict=True))
        numbered = (TextRow(portion.first + i, *text) for i, text in enumerate(texts))
        labels, multi_label = self.identity.labels, self.identity.multi_label
        answered = predict_rows(self.model, numbered, len(texts), labels)
        rows = [row for some in answered for row in table_rows(some, labels, multi_label)]
        for row, file in zip(rows, files, strict=False):
            row["source"] = file.address
        return rows


def _read_text(file: Place) -> tuple[str, str]:
    """The text of a file, and why there is none."""
    try:
        return file.read().decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return "", f"{file.address}: expected UTF-8; save the file as that"
    except Exception as error:  # noqa: BLE001  each store raises classes of its own
        return "", f"{file.address} cannot be read: {error!r}"


class FileAnswerer:
    """Answers files one by one; nothing that is wrong with one of them ends the run.

    Args:
        asked: how
    """

    def __init__(self, asked: Asked) -> None:
        opening = _open_recordings if asked.modality == "audio" else _open_pictures
        self.asked, (self.spec, self._answer) = asked, opening(asked)
        self._labels = asked.identity(self.spec).labels

    def rows(self, portion: Portion, attempts: Attempts) -> list[Row]:
        """The answers to a portion, in order; a picture has one for each face."""
        rows: list[Row] = []
        for place, (item, error) in enumerate(zip(portion.items, portion.errors, strict=True)):
            file = self._file(item)
            source = file.address if self.asked.by_path else portion.first + place
            why = error if attempts.may_read(place) else DIED
            rows += [row | {"source": source} for row in self._file_rows(file, item, why)]
        return rows

    def _file(self, item: str) -> Place:
        return Place(item) if "://" in item else Place(self.asked.root).below(item)

    def _file_rows(self, file: Place, item: str, error: str) -> Sequence[Row]:
        try:
            if error or not item:
                raise InvalidInput(error or "the row has no path")
            with file.local_file() as path:
                return self._answer(path)
        except Exception as failure:  # noqa: BLE001  decoders raise what they like
            return [answer_row("", failure, self._labels)]


Opened = tuple[ModelSpec, Callable[[Path], Sequence[Row]]]


def _open_recordings(asked: Asked) -> Opened:
    from ..audio.answers import whole_row
    from ..audio.pipeline import load_audio_model

    model = load_audio_model(asked.model)
    labels = asked.identity(model.spec).labels
    return model.spec, lambda path: [whole_row(model, path, labels)]


def _open_pictures(asked: Asked) -> Opened:
    from ..face.answers import picture_rows
    from ..face.pipeline import load_face_model

    model = load_face_model(asked.model)
    labels = asked.identity(model.spec).labels
    return model.spec, lambda path: picture_rows(model, path, labels, asked.aligned)


def open_answerer(asked: Asked, expected: ModelIdentity) -> Answerer:
    """The model, opened.

    Args:
        asked: how items are answered
        expected: the model that it has to be

    Raises:
        ModelUnavailable: if there is none, or another one than where the run was started
    """
    answerer = TextAnswerer(asked) if asked.modality == "text" else FileAnswerer(asked)
    if asked.identity(answerer.spec) != expected:
        raise ModelUnavailable(
            f"{asked.model} differs between the computers of the cluster; install the same version "
            "and the same models everywhere"
        )
    return answerer
