"""Names of classes that stand beside their numbers in Parquet files of the Hugging Face hub."""

import json
from pathlib import Path

from .labelled_items import SEVERAL
from .prediction_file import WordColumn


def with_class_names(path: Path, column: str, numbers: WordColumn) -> WordColumn:
    """Labels in words, where the file says what its numbers mean; -1 is no label.

    Args:
        path: of the table
        column: of the labels
        numbers: what the column holds, several joined by `SEVERAL`
    """
    names = _class_names(path, column) if path.suffix.lower() == ".parquet" else []
    if not names:
        return numbers
    meant = {str(number): name for number, name in enumerate(names)} | {"-1": ""}
    words = [
        SEVERAL.join(meant.get(number, number) for number in cell.split(SEVERAL))
        for cell in numbers.words
    ]
    named = WordColumn.of(words)
    return WordColumn(named.numbers[numbers.numbers], named.words)


def _class_names(path: Path, column: str) -> list[str]:
    import pyarrow.parquet as pq

    said = (pq.read_schema(path).metadata or {}).get(b"huggingface", b"{}")
    feature = json.loads(said).get("info", {}).get("features", {}).get(column, {})
    inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
    is_class = isinstance(inner, dict) and inner.get("_type") == "ClassLabel"
    return list(inner["names"]) if is_class else []
