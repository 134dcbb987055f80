"""Names of classes that stand beside their numbers in Parquet files of the Hugging Face hub."""

from pathlib import Path

from .columns import WordColumn
from .hub_data import class_names
from .labelled_items import SEVERAL


def with_class_names(path: Path, column: str, numbers: WordColumn) -> WordColumn:
    """Labels in words, where the file says what its numbers mean; -1 is no label.

    Args:
        path: of the table
        column: of the labels
        numbers: what the column holds, several joined by `SEVERAL`
    """
    names = class_names(path).get(column) if path.suffix.lower() == ".parquet" else None
    if not names:
        return numbers
    meant = {str(number): name for number, name in enumerate(names)} | {"-1": ""}
    words = [
        SEVERAL.join(meant.get(number, number) for number in cell.split(SEVERAL))
        for cell in numbers.words
    ]
    named = WordColumn.of(words)
    return WordColumn(named.numbers[numbers.numbers], named.words)
