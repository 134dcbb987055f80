"""Labelled texts: reading, splitting, and batches of similar length."""

import hashlib
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch.utils.data import Sampler

from ..datasets.labelled_items import labels_in
from ..datasets.sources import (
    GROUP_COLUMNS,
    SPLITS,
    class_files,
    data_path,
    given_splits,
    require_columns,
    require_one_spelling,
    tell_left_out,
)
from ..datasets.text_corpora import read_texts
from ..errors import InvalidInput
from ..labels import label_set, mapping, ordered
from ..text.clean import clean
from .sampling import Draw
from .synonyms import Synonyms, load_synonyms, replace_words
from .text_config import SynonymConfig, TextConfig
from .text_labels import column_targets

log = logging.getLogger(__name__)

VALIDATION_SHARE = 0.1
CLEANED = "text as it is read"
"""column beside those of a table"""


@dataclass(frozen=True, eq=False)
class TextSplit:
    """Texts with targets (item, label): one-hot, several 1 for multi-label, or soft.

    A label that was not asked of a text is NaN. `languages` is (item,), or empty where nothing
    says them.
    """

    ids: np.ndarray
    texts: list[str]
    targets: np.ndarray
    languages: np.ndarray = field(default_factory=lambda: np.zeros(0, str))

    def take(self, index: np.ndarray) -> "TextSplit":
        """The items at these places."""
        languages = self.languages[index] if len(self.languages) else self.languages
        texts = [self.texts[i] for i in index]
        return TextSplit(self.ids[index], texts, self.targets[index], languages)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, eq=False)
class TextDataset:
    """Ordered labels and one `TextSplit` per split name."""

    labels: tuple[str, ...]
    splits: dict[str, TextSplit]


def _read_class_folders(root: Path, config: TextConfig) -> pd.DataFrame:
    """`root/<class>/*.txt`, one text a file."""
    rows = [
        {config.text_column: path.read_text(errors="replace"), config.label_column: label}
        for label, path in class_files(root, {".txt"})
    ]
    if not rows:
        raise InvalidInput(f"{root}: expected a folder per class with .txt files in it")
    return pd.DataFrame(rows)


def _map_labels(lists: list[list[str]], name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    source = tuple(sorted({label for labels in lists for label in labels}))
    carry = mapping(source, label_set(name))
    log.info("labels mapped to %s: %s", name, carry.loss())
    return [
        sorted({carry.table[x] for x in labels if x in carry.table}) for labels in lists
    ], carry.target


def _random_validation(frame: pd.DataFrame, config: TextConfig) -> pd.DataFrame:
    """Give a tenth of the training rows, whole groups or else all equal texts, to validation."""
    frame = frame.copy()
    if "split" not in frame or not frame["split"].any():
        frame["split"] = "train"
    train = frame.index[frame["split"] == "train"]
    texts = frame.loc[train, config.text_column]
    group = next((c for c in GROUP_COLUMNS if c in frame), "")
    groups = frame.loc[train, group] if group else pd.Series("", train)
    unit = groups.where(groups != "", "text " + texts)
    units = np.random.default_rng(config.seed).permutation(unit.unique())
    chosen = units[: max(1, round(len(units) * VALIDATION_SHARE))]
    frame.loc[train[unit.isin(chosen)], "split"] = "validation"
    return frame


def _borrowed(frame: pd.DataFrame, config: TextConfig) -> pd.DataFrame:
    """Give validation texts of the languages that training lacks to training; equal texts go along.

    The first `borrowed_share` of a language's texts in the order of their hashes are given.
    """
    language = frame[config.language_column].astype(str)
    lacking = ~language.isin(language[frame["split"] == "train"])
    frame, validation = frame.copy(), lacking & (frame["split"] == "validation")
    for name in language[validation].unique():
        rows = frame.index[validation & (language == name)]
        keys = frame.loc[rows, config.text_column].map(_digest)
        if wanted := round(len(keys) * config.borrowed_share):
            given = keys <= keys.sort_values().iloc[wanted - 1]
            frame.loc[rows[given.to_numpy()], "split"] = "train"
    return frame


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().lower().encode()).hexdigest()


def _labelled(
    frame: pd.DataFrame, config: TextConfig
) -> tuple[pd.DataFrame, np.ndarray, tuple[str, ...]]:
    """Rows that have a label, their targets (item, label), and the ordered labels."""
    if config.label_columns:
        return frame, *column_targets(frame, config)
    lists = [list(labels_in(cell)) for cell in frame[config.label_column]]
    if config.label_set:
        lists, labels = _map_labels(lists, config.label_set)
    else:
        labels = ordered(name for names in lists for name in names)
        require_one_spelling(labels, config.data)
    kept = np.array([bool(names) for names in lists], bool)
    frame, lists = frame[kept], [names for names in lists if names]
    targets = np.zeros((len(frame), len(labels)), np.float32)
    for row, names in enumerate(lists):
        targets[row, [labels.index(n) for n in names]] = 1
    return frame, targets, labels


def _read_rows(config: TextConfig) -> pd.DataFrame:
    """Rows with a text, each in a split, and the text cleaned."""
    path = data_path(config.data)
    frame = read_texts(path, lambda root: _read_class_folders(root, config))
    labelled = config.label_columns.replace(" ", "").split(",") if config.label_columns else []
    named = [config.text_column, *(labelled or [config.label_column])]
    require_columns(frame, [*named, *filter(None, [config.language_column])], path)
    frame[CLEANED] = [_cleaned(text) for text in frame[config.text_column]]
    frame = _without(frame, frame[CLEANED] == "", "without a text", config)
    if not config.label_columns:
        nothing = frame[config.label_column].map(lambda cell: not labels_in(cell))
        frame = _without(frame, nothing, "without a label", config)
    given = given_splits(frame["split"], config.data) if "split" in frame else set()
    return frame if "validation" in given else _random_validation(frame, config)


def _without(frame: pd.DataFrame, rows: pd.Series, why: str, config: TextConfig) -> pd.DataFrame:
    """The other rows; how many these are is told.

    Raises:
        InvalidInput: if none is left
    """
    tell_left_out(config.data, [why] * int(rows.sum()))
    if rows.all():
        raise InvalidInput(
            f"{config.data}: expected rows with a text and a label, got none ({len(rows)} {why})"
        )
    return frame[~rows]


def _cleaned(text: str) -> str:
    """As for serving; empty where nothing is left to read."""
    try:
        return clean(text).text
    except InvalidInput:
        return ""


def _splits(frame: pd.DataFrame, targets: np.ndarray, config: TextConfig) -> dict[str, TextSplit]:
    """Cleaned texts by their split."""
    splits = {}
    for split in SPLITS:
        rows = np.flatnonzero((frame["split"] == split).to_numpy())
        texts = frame[CLEANED].iloc[rows].tolist()
        languages = np.zeros(0, str)
        if config.language_column:
            languages = frame[config.language_column].iloc[rows].to_numpy(str)
        splits[split] = TextSplit(frame.index.to_numpy()[rows], texts, targets[rows], languages)
    return splits


def read_dataset(config: TextConfig) -> TextDataset:
    """Read the data that a configuration names; texts are cleaned as for serving.

    Args:
        config: `data`, and which columns hold texts, labels and languages

    Raises:
        InvalidInput: if nothing is readable, a class is alone or in several spellings, splits
            are unknown or partly missing, or test holds a class that training lacks
    """
    frame = _read_rows(config)
    if config.borrowed_share and config.language_column:
        frame = _borrowed(frame, config)
    frame, targets, labels = _labelled(frame, config)
    if len(labels) < 2:
        raise InvalidInput(f"{config.data}: expected two classes or more, got {list(labels)}")
    if not config.multi_label and (targets.sum(1) != 1).any():
        raise InvalidInput(f"{config.data}: some texts have several labels; set multi_label=true")
    splits = _splits(frame, targets, config)
    present = (splits["train"].targets > 0).any(0)
    if missing := [labels[k] for k in np.flatnonzero(~present)]:
        raise InvalidInput(f"{config.data}: no training example of {', '.join(missing)}")
    return TextDataset(labels, splits)


class TokenisedTexts(torch.utils.data.Dataset[tuple[list[int], torch.Tensor]]):
    """Token ids and targets; with synonyms, each epoch reads other words."""

    def __init__(
        self,
        split: TextSplit,
        tokenizer: Tokenizer,
        synonyms: SynonymConfig | None = None,
        seed: int = 0,
    ) -> None:
        self.split, self.tokenizer = split, tokenizer
        self.targets = torch.from_numpy(split.targets.astype(np.float32))
        self.tokens = [e.ids for e in tokenizer.encode_batch(split.texts)]
        self.seed, self.epoch = seed, 0
        self.synonyms: Synonyms = {}
        self.chance = np.zeros(len(split))
        if synonyms is not None and synonyms.wordnet:
            self.synonyms = load_synonyms(
                "nltk" if synonyms.wordnet == "nltk" else str(data_path(synonyms.wordnet))
            )
            self.max_words = synonyms.max_words
            self.chance = replacement_chance(np.nan_to_num(split.targets), synonyms)

    def __len__(self) -> int:
        return len(self.split)

    def set_epoch(self, epoch: int) -> None:
        """Other words in each epoch, the same after a resume."""
        self.epoch = epoch

    def __getitem__(self, index: int) -> tuple[list[int], torch.Tensor]:
        rng = np.random.default_rng((self.seed, self.epoch, index))
        if rng.random() < self.chance[index]:
            text = replace_words(self.split.texts[index], self.synonyms, self.max_words, rng)
            return self.tokenizer.encode(text).ids, self.targets[index]
        return self.tokens[index], self.targets[index]


def replacement_chance(targets: np.ndarray, config: SynonymConfig) -> np.ndarray:
    """(item,) chance of synonyms: by the rarest label of each item, linear in its frequency."""
    frequency = targets.mean(0)
    scale = (frequency.max() - frequency) / max(np.ptp(frequency), 1e-9)
    rarity = (targets * scale).max(1)
    return config.probability + rarity * (config.minority_probability - config.probability)


def pad_batch(rows: list[tuple[list[int], torch.Tensor]]) -> tuple[torch.Tensor, ...]:
    """Pad to the longest of the batch: ids, mask (item, token), targets (item, label)."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for i, (tokens, _) in enumerate(rows):
        ids[i, : len(tokens)] = torch.tensor(tokens)
        mask[i, : len(tokens)] = 1
    return ids, mask, torch.stack([target for _, target in rows])


class SimilarLengthBatches(Sampler[list[int]]):
    """Random batches of texts of similar length, so that little is padding.

    Args:
        lengths: (text,) tokens
        batch_size: texts
        seed: of the order
        pool: batches that are drawn together and then sorted by length
        draw: which texts an epoch sees; None: each once
    """

    def __init__(
        self,
        lengths: Sequence[int],
        batch_size: int,
        seed: int,
        pool: int = 50,
        draw: Draw | None = None,
    ) -> None:
        self.lengths, self.batch_size, self.pool = np.asarray(lengths), batch_size, pool
        self.seed, self.epoch, self.draw = seed, 0, draw

    def __len__(self) -> int:
        return math.ceil(len(self.lengths) / self.batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Another order in each epoch, the same after a resume."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng((self.seed, self.epoch))
        order = rng.permutation(len(self.lengths))
        if self.draw is not None:
            order = self.draw.rows(rng)[order]
        size = self.batch_size * self.pool
        batches = []
        for start in range(0, len(order), size):
            part = order[start : start + size]
            part = part[np.argsort(self.lengths[part], kind="stable")]
            batches += [
                part[i : i + self.batch_size].tolist() for i in range(0, len(part), self.batch_size)
            ]
        for i in rng.permutation(len(batches)):
            yield batches[i]
