"""Labelled items answered in a thread while the page stays usable."""

from pathlib import Path

from emotion_core.datasets.labelled_items import LabelledItems
from emotion_core.evaluation.labelled_mapping import LabelMap
from emotion_core.evaluation.labelled_report import LabelledReport, evaluate_labelled
from emotion_core.loading import load

from .jobs import Job


class LabelledJob(Job):
    """Opens a model and measures it on labelled items.

    Attributes:
        asked: what was chosen, to see whether it still is
        items: to answer
        report: None until it has ended without an error
    """

    def __init__(
        self, asked: object, model: Path, items: LabelledItems, labels: LabelMap, aligned: bool
    ) -> None:
        self.asked, self.items = asked, items
        self.report: LabelledReport | None = None
        self._model, self._labels, self._aligned = model, labels, aligned
        super().__init__(len(items))

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def _work(self) -> None:
        model = load(self._model, self.items.modality)
        self.report = evaluate_labelled(
            model, self.items, self._labels, aligned=self._aligned,
            on_progress=self._progress, should_stop=self._cancelled.is_set,
        )  # fmt: skip
