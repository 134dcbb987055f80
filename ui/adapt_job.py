"""A shipped model adapted to a few examples, in a thread while the page stays usable."""

from emotion_core.adaptation.adapt import Adaptation, adapt
from emotion_core.datasets.labelled_items import (
    EVERY_SPLIT,
    LabelledChoice,
    LabelledModality,
)
from emotion_core.datasets.labelled_source import read_labelled
from emotion_core.errors import InvalidInput

from .jobs import Job
from .text_jobs import saved


class AdaptJob(Job):
    """Reads the examples, tries heads on a part of them, and fits one on all.

    Args:
        modality: of the examples
        base: id of the model
        name: of the upload
        content: table, or ZIP with a folder per class
        aligned: whether each picture is a face already

    Attributes:
        stage: what is being done
        found: the new head, once it is there
    """

    def __init__(
        self, modality: LabelledModality, base: str, name: str, content: bytes, aligned: bool
    ) -> None:
        self.modality: LabelledModality = modality
        self.base, self.aligned = base, aligned
        self.stage = "reading the examples"
        self.found: Adaptation | None = None
        self._name, self._content = name, content
        super().__init__(None)

    def _work(self) -> None:
        with saved(self._name, self._content) as path:
            # no files were given apart, so a table can name none of this computer
            items = read_labelled(self.modality, path, LabelledChoice(split=EVERY_SPLIT), files={})
            self.found = adapt(self.base, items, aligned=self.aligned, on_stage=self._tell)

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise InvalidInput("stopped before its end; start again when you like")
        self.stage, self.done, self.total = stage, done, total
