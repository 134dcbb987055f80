"""What is known of public data sets: where to get one, its licence, its traps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import InvalidInput

FOLDER = Path(__file__).resolve().parent / "cards"


@dataclass(frozen=True)
class DataCard:
    """One data set.

    Attributes:
        id: short name
        name: full name
        modality: text, audio, image or video, joined by +
        classes: labels as its authors name them
        size: what it holds
        where: address of its authors' page
        licence: theirs
        layout: how it lies on disk when it is downloaded, as this package reads it
        split: how to divide it honestly
        traps: what flatters or misleads
        source: the paper
    """

    id: str
    name: str
    modality: str
    classes: tuple[str, ...]
    size: str
    where: str
    licence: str
    layout: str
    split: str
    traps: tuple[str, ...]
    source: str

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "DataCard":
        """From a card's file."""
        lists = {name: tuple(content[name]) for name in ("classes", "traps")}
        return cls(**{**content, **lists})

    def as_text(self) -> str:
        """For a terminal."""
        lines = [
            f"{self.name} ({self.id})",
            f"  holds     {self.size}; {self.modality}",
            f"  classes   {', '.join(self.classes)}",
            f"  get it    {self.where}",
            f"  licence   {self.licence}",
            f"  layout    {self.layout}",
            f"  split     {self.split}",
            *(f"  trap      {trap}" for trap in self.traps),
            f"  source    {self.source}",
        ]
        return "\n".join(lines)


@lru_cache(maxsize=1)
def data_cards() -> Mapping[str, DataCard]:
    """Every card, by id, sorted."""
    import yaml

    cards = [
        DataCard.of(yaml.safe_load(p.read_text(encoding="utf-8")))
        for p in sorted(FOLDER.glob("*.yaml"))
    ]
    return {card.id: card for card in cards}


def data_card(name: str) -> DataCard:
    """One card.

    Raises:
        InvalidInput: if there is none of that name

    Example:
        >>> data_card("ravdess").modality
        'audio+video'
    """
    cards = data_cards()
    if name.lower() not in cards:
        raise InvalidInput(f"no data card {name!r}; there are: {', '.join(cards)}")
    return cards[name.lower()]


def cards_of(names: Iterable[str]) -> dict[str, DataCard]:
    """Short name -> card of those data sets that have one.

    Args:
        names: as bundles give them, with or without the paper in brackets

    Example:
        >>> cards_of(["CREMA-D (Cao et al., 2014)", "mine.csv"])["CREMA-D"].id
        'crema-d'
    """
    cards = {_plain(name): card for name, card in data_cards().items()}
    short = [name.partition("(")[0].strip() for name in names]
    return {name: cards[_plain(name)] for name in short if _plain(name) in cards}


def _plain(name: str) -> str:
    """Small letters and digits of a name."""
    return "".join(c for c in name.lower() if c.isalnum())
