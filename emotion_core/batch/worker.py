"""What runs inside Ray: the reader of portions, and the workers that answer them."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .answering import open_answerer
from .asked import Asked, ModelIdentity
from .attempts import Attempts
from .parts import Parts
from .source import Portion, Source
from .storage import Place

if TYPE_CHECKING:
    import pyarrow as pa

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""a worker is as many threads as it has cores: one"""


class PartReport(NamedTuple):
    """What became of a portion."""

    number: int
    items: int
    failed: int


def portion_tables(source: Source, size: int, finished: frozenset[int]) -> Iterator["pa.Table"]:
    """Portions as tables of one row, which Ray never cuts.

    Texts are bytes, since a JSON text may hold what UTF-8 does not.
    """
    import pyarrow as pa

    kind = pa.list_(pa.binary())
    schema = pa.schema(
        [("number", pa.int64()), ("first", pa.int64()), ("items", kind), ("errors", kind)]
    )
    for portion in source.portions(size, finished):
        row = portion._asdict() | {
            name: [text.encode("utf-8", "surrogatepass") for text in getattr(portion, name)]
            for name in ("items", "errors")
        }
        yield pa.Table.from_pylist([row], schema=schema)


def _portion(row: Mapping[str, Any]) -> Portion:
    items, errors = (
        [text.decode("utf-8", "surrogatepass") for text in row[name]]
        for name in ("items", "errors")
    )
    return Portion(row["number"], row["first"], items, errors)


class Worker:
    """Opens the model once, answers portions and writes each as a part.

    Args:
        asked: how items are answered
        expected: the model that it has to be
        out: address of the folder of answers
        environment: where models lie, as where the run was started
    """

    def __init__(
        self, asked: Asked, expected: ModelIdentity, out: str, environment: Mapping[str, str]
    ) -> None:
        os.environ.update({**ONE_THREAD, **environment})
        self.names = expected.names
        self.answerer = open_answerer(asked, expected)
        self.parts = Parts(Place(out))

    def __call__(self, table: "pa.Table") -> "pa.Table":
        """Tables of portions in, a row of `PartReport` for each out."""
        import pyarrow as pa

        reports = [self.finish(_portion(row)) for row in table.to_pylist()]
        return pa.Table.from_pylist([report._asdict() for report in reports])

    def finish(self, portion: Portion) -> PartReport:
        """Answer a portion and put its part there."""
        attempts = Attempts(self.parts.attempts(portion.number))
        rows = self.answerer.rows(portion, attempts)
        self.parts.write(portion.number, rows, self.names)
        attempts.end()
        failed = {row["source"] for row in rows if row["error"]}
        return PartReport(portion.number, len(portion.items), len(failed))
