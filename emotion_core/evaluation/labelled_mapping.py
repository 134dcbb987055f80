"""Labels of a person's data in those of a model; what has no place is named and counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import InvalidInput, LabelMismatch
from ..labels import label_of, label_set, mapping
from .spelling import alike, carry

NAMED_LABELS = 12


@dataclass(frozen=True)
class LabelMap:
    """Labels as written -> labels that are scored.

    Attributes:
        target: ordered labels that answers are given in
        table: label as written -> member of `target`
        unmapped: label as written -> items that have it, of labels without a place
        notices: what was merged and lost, in words
    """

    target: tuple[str, ...]
    table: dict[str, str]
    unmapped: dict[str, int]
    notices: tuple[str, ...]


def parse_map(pairs: Iterable[str]) -> dict[str, str]:
    """`theirs=ours` as label as written -> label; nothing after the sign leaves its items out.

    Raises:
        InvalidInput: if one is no such pair, or a label is named twice

    Example:
        >>> parse_map(["Happy=joy", "smug="])
        {'Happy': 'joy', 'smug': ''}
    """
    table: dict[str, str] = {}
    for pair in pairs:
        theirs, sign, ours = (part.strip() for part in pair.rpartition("="))
        if not (theirs and sign):
            raise InvalidInput(f"--map {pair}: expected theirs=ours, such as --map Happy=joy")
        if table.get(theirs, ours) != ours:
            raise InvalidInput(f"--map {theirs}: named twice, {table[theirs]} and {ours}")
        table[theirs] = ours
    return table


def suggested(words: Iterable[str], target: tuple[str, ...]) -> dict[str, str]:
    """What each label most likely means in a label set, for a person to look over.

    Example:
        >>> suggested(["joy", "Happy", "smug", "amusement"], ("joy", "fear"))
        {'joy': 'joy', 'Happy': 'joy', 'amusement': 'joy'}
    """
    return {w: label for w in words if (label := _likely(w, target))}


def _likely(word: str, target: tuple[str, ...]) -> str:
    by_case = {label.lower(): label for label in target}
    for spelt in (word, label_of(word)):
        if spelt.strip().lower() in by_case:
            return by_case[spelt.strip().lower()]
    try:
        return mapping((label_of(word),), target).table.get(label_of(word), "")
    except LabelMismatch:
        return ""


def map_labels(
    counts: Mapping[str, int],
    own: tuple[str, ...],
    name: str = "",
    explicit: Mapping[str, str] | None = None,
) -> LabelMap:
    """Carry labels to those that answers are given in.

    Args:
        counts: label as written -> items
        own: ordered labels of the model
        name: of a label set that answers and labels are carried to; "" keeps the model's and
            takes only labels that are spelt alike
        explicit: label as written -> label, or "" to leave its items out; goes before
            everything else

    Raises:
        InvalidInput: if `explicit` names what is not there, or no label has a place
        LabelMismatch: if the model's labels have no place in the set
    """
    target = label_set(name) if name else own
    told = []
    if target != own:
        told.append(f"the model's answers in {name.upper()}: {mapping(own, target).loss()}")
    named = _checked(explicit or {}, counts, target)
    table = {theirs: ours for theirs, ours in named.items() if ours}
    rest = [w for w in counts if w not in named]
    if name and rest:
        found, loss = _carried(rest, name, bool(named))
        told.append(f"labels carried to {name.upper()}: {loss}")
        table |= found
    elif not name:
        table |= {w: w for w in rest if w in target}
    unmapped = {w: n for w, n in counts.items() if w not in table}
    if not any(counts[w] for w in table):
        raise InvalidInput(_no_place(unmapped, target))
    if unmapped:
        told.append(_left_out(unmapped, target))
    if renamed := [f"{theirs}={ours}" for theirs, ours in named.items() if theirs != ours]:
        told.append(f"labels as you mapped them: {', '.join(renamed)}")
    apart = [same for same in alike(counts) if len({table.get(w) for w in same}) > 1]
    told += [f"{' and '.join(map(repr, same))} may be one label" for same in apart]
    return LabelMap(target, table, unmapped, tuple(told))


def _checked(
    explicit: Mapping[str, str], counts: Mapping[str, int], target: tuple[str, ...]
) -> dict[str, str]:
    for theirs, ours in explicit.items():
        if theirs not in counts:
            raise InvalidInput(
                f"--map {theirs}={ours}: no item has the label {theirs!r}; there are "
                f"{_named(counts)}"
            )
        if ours and ours not in target:
            raise InvalidInput(f"--map {theirs}={ours}: expected one of {', '.join(target)}")
    return dict(explicit)


def _carried(words: list[str], name: str, others: bool) -> tuple[dict[str, str], str]:
    """Words in a label set, and what that loses; none where others have a place already."""
    try:
        carried = carry(words, name)
    except LabelMismatch:
        if others:
            return {}, "nothing"
        raise
    return carried.table, carried.loss


def _named(counts: Mapping[str, int]) -> str:
    most = sorted(counts.items(), key=lambda one: -one[1])
    more = f" and {len(most) - NAMED_LABELS} more" if len(most) > NAMED_LABELS else ""
    return ", ".join(f"{word!r} ({n:,})" for word, n in most[:NAMED_LABELS]) + more


def _remedy(unmapped: Mapping[str, int], target: tuple[str, ...]) -> str:
    meant = suggested(unmapped, target)
    example = next(iter(meant.items()), (next(iter(unmapped)), target[0]))
    return f"--map {example[0]}={example[1]}" + (" or --labels EKMAN7" if meant else "")


def _left_out(unmapped: Mapping[str, int], target: tuple[str, ...]) -> str:
    return (
        f"labels without a place, whose items are left out unless they have another label: "
        f"{_named(unmapped)}; name their place with {_remedy(unmapped, target)}"
    )


def _no_place(unmapped: Mapping[str, int], target: tuple[str, ...]) -> str:
    return (
        f"expected labels of {', '.join(target)}, got {_named(unmapped)}; name their place with "
        f"{_remedy(unmapped, target)}"
    )
