"""Synonym replacement from WordNet, as the BERT-BiLSTM system's authors describe it."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from ..errors import InvalidInput, MissingDependency

Synonyms = dict[str, tuple[str, ...]]


def _from_synsets(folder: Path) -> Synonyms:
    import pandas as pd

    path = folder / "synsets.parquet"
    if not path.is_file():
        raise InvalidInput(
            f"{path} not found; synonyms.wordnet names a folder with synsets.parquet"
        )
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for members in pd.read_parquet(path, columns=["members"])["members"]:
        words = [m.lower() for m in members if m.isalpha()]
        for word in words:
            found[word].update(dict.fromkeys(w for w in words if w != word))
    return {word: tuple(others) for word, others in found.items() if others}


def _from_nltk() -> Synonyms:
    try:
        from nltk.corpus import wordnet  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise MissingDependency("nltk", "train") from error
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for synset in wordnet.all_synsets():
        words = [n.lower() for n in synset.lemma_names() if n.isalpha()]
        for word in words:
            found[word].update(dict.fromkeys(w for w in words if w != word))
    return {word: tuple(others) for word, others in found.items() if others}


def load_synonyms(source: str) -> Synonyms:
    """Word -> other members of its synsets, from a folder or from NLTK (`nltk`)."""
    return _from_nltk() if source == "nltk" else _from_synsets(Path(source))


def replace_words(text: str, synonyms: Synonyms, max_words: int, rng: np.random.Generator) -> str:
    """Replace up to `max_words` words of four letters or more by a synonym.

    Example:
        >>> replace_words("a happy day", {"happy": ("glad",)}, 2, np.random.default_rng(0))
        'a glad day'
    """
    words = text.split()
    places = [i for i, w in enumerate(words) if len(w) > 3 and w.lower() in synonyms]
    for i in rng.permutation(places)[:max_words]:
        words[i] = str(rng.choice(synonyms[words[i].lower()]))
    return " ".join(words)
