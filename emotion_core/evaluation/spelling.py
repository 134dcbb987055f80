"""Labels as a file spells them, or carried to a label set when a person asks for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import LabelMismatch
from ..labels import LabelMapping, label_of, label_set, mapping


def alike(words: Iterable[str]) -> list[tuple[str, ...]]:
    """Labels that may be spellings of one, such as `Happy` and `joy`.

    Example:
        >>> alike(["Happy", "joy", "sad"])
        [('Happy', 'joy')]
    """
    found: dict[str, list[str]] = defaultdict(list)
    for word in sorted(set(words)):
        found[label_of(word).strip().lower()].append(word)
    return [tuple(spellings) for spellings in found.values() if len(spellings) > 1]


@dataclass(frozen=True)
class Carried:
    """Words of a file in the labels of a set.

    Attributes:
        target: ordered labels of the set
        table: word -> label; a word that has no place in the set is absent
        loss: what was merged and dropped, in words
    """

    target: tuple[str, ...]
    table: dict[str, str]
    loss: str

    def mapping_of(self, words: Sequence[str]) -> LabelMapping:
        """Carries probabilities of these words."""
        table = {w: self.table[w] for w in words if w in self.table}
        return LabelMapping(tuple(words), self.target, table)


def carry(words: Iterable[str], name: str) -> Carried:
    """Carry words to the label set of that name, whatever their spelling.

    Raises:
        InvalidInput: if there is no such set
        LabelMismatch: if no word has a place in it

    Example:
        >>> carry(["Happy", "joy", "smug"], "EKMAN7").table
        {'Happy': 'joy', 'joy': 'joy'}
    """
    target = label_set(name)
    spelt = {w: w if w in target else label_of(w) for w in sorted(set(words))}
    try:
        through = mapping(tuple(dict.fromkeys(spelt.values())), target)
    except LabelMismatch as error:
        raise LabelMismatch(f"--labels {name}: {error}; choose another set") from error
    table = {w: through.table[s] for w, s in spelt.items() if s in through.table}
    merged = [
        f"{label} stands for {', '.join(same)}"
        for label in target
        if (same := [repr(w) for w, t in table.items() if t == label]) and same != [repr(label)]
    ]
    dropped = [repr(w) for w in spelt if w not in table]
    if dropped:
        merged.append(f"{', '.join(dropped)} dropped")
    return Carried(target, table, "; ".join(merged) or "nothing")
