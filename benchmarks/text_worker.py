"""One measurement of text in a process of its own: `python -m benchmarks.text_worker ...`.

Prints JSON. `one MODEL` answers one text; `file MODEL CSV OUT` answers a file, as
`emotion_core predict text --file` does.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

from emotion_core import load
from emotion_core.rows import RowFile, columns
from emotion_core.text.table import inspect_table, predict_rows, read_table, table_rows

from .record import peak_mb
from .sentences import sentence


def answer_file(model_id: str, source: Path, out: Path) -> dict[str, float]:
    """Rows per second, the model's loading not counted, and the peak memory."""
    model = load(model_id)
    model.predict(sentence(20, 0))
    start = perf_counter()
    table = inspect_table(source)
    multi_label = model.spec.multi_label
    with RowFile(out, columns(model.labels, multi_label)) as writer:
        for paired in predict_rows(model, read_table(table, "text"), table.rows):
            writer.write(table_rows(paired, model.labels, multi_label))
    return {"rows_per_s": table.rows / (perf_counter() - start), "peak_mb": peak_mb()}


def answer_one(model_id: str) -> dict[str, float]:
    """Peak memory of a process that answers one text."""
    load(model_id).predict(sentence(20, 0))
    return {"peak_mb": peak_mb()}


if __name__ == "__main__":
    kind, model, *paths = sys.argv[1:]
    found = answer_file(model, *map(Path, paths)) if kind == "file" else answer_one(model)
    print(json.dumps(found))
