"""Published results, each with its protocol and source, to stand beside our own.

A figure holds only under its protocol. Figures that could not be read at their source are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

EMOTION, TWEETS, GOEMOTIONS, MELD, BRIGHTER = (
    "emotion", "tweet_emotions", "GoEmotions", "MELD", "BRIGHTER",
)  # fmt: skip
RAVDESS, PAIRED = "RAVDESS", "RAVDESS, voice and face"
IEMOCAP, FER, UNNAMED = "IEMOCAP", "FER-2013", "no data set named"


class Standing(StrEnum):
    """How far a published figure can be held against ours."""

    SAME = "same protocol"
    DIFFERENT = "protocol differs"
    LEAK = "test items known in training"
    UNKNOWN = "no protocol stated"
    ALONE = "no model of ours on this data set"


@dataclass(frozen=True)
class Published:
    """One published result.

    Attributes:
        system: what was scored
        data_set: on what, by its short name
        scores: measure -> value in [0, 1]
        protocol: how it was measured, in words
        standing: whether our protocol is the same
        source: where it was published
        origin: whether its architecture is rebuilt here; known from its authors' report alone
    """

    system: str
    data_set: str
    scores: Mapping[str, float]
    protocol: str
    standing: Standing
    source: str
    origin: bool = False


def _origin(
    system: str,
    data_set: str,
    scores: Mapping[str, float],
    protocol: str,
    standing: Standing,
    source: str,
) -> Published:
    return Published(system, data_set, scores, protocol, standing, source, origin=True)


_A = "report of its authors (BERT-RNN on text, 2025); no public address known"
_B = "report of its authors (speech and text on IEMOCAP, 2023); no public address known"
_C = "description by its authors (hybrid CNN-RNN, 2024); no public address known"
_E = "report of its authors (text and images apart, 2022); no public address known"
_CLIPS = "4 classes, random 90/10 split of clips: speakers on both sides"
_KNOWN = (
    "4 classes, random split of clips; the frozen encoders had been trained on other random "
    "splits, so most test clips were known to them"
)

ORIGINS = (
    _origin("Frozen BERT + BiLSTM + attention", EMOTION,
            {"accuracy": 0.69, "macro_f1": 0.61, "weighted_f1": 0.70},
            "official test split, 2,000 texts", Standing.SAME, _A),
    _origin("Naive Bayes", TWEETS, {"accuracy": 0.39},
            "13 classes merged to 5, split not stated", Standing.UNKNOWN, _E),
    _origin("Plain CNN, 4.5 million parameters", FER, {"accuracy": 0.67},
            "test part of the version in folders, 7,178 faces", Standing.DIFFERENT, _E),
    _origin("BERT fine-tuned, text", IEMOCAP, {"accuracy": 0.71, "macro_f1": 0.72}, _CLIPS,
            Standing.ALONE, _B),
    _origin("AlexNet on spectrograms, audio", IEMOCAP, {"accuracy": 0.55, "macro_f1": 0.56},
            _CLIPS, Standing.ALONE, _B),
    _origin("BERT + AlexNet joined", IEMOCAP, {"accuracy": 0.95}, _KNOWN, Standing.LEAK, _B),
    _origin("BERT + ResNet-34 joined", IEMOCAP, {"accuracy": 0.85}, _KNOWN, Standing.LEAK, _B),
    _origin("DistilBERT, text (claim)", UNNAMED, {"accuracy": 0.95}, "none stated",
            Standing.UNKNOWN, _C),
    _origin("CNN-GRU, audio (claim)", UNNAMED, {"accuracy": 0.92}, "none stated",
            Standing.UNKNOWN, _C),
    _origin("CNN-GRU, video (claim)", UNNAMED, {"accuracy": 0.89}, "none stated",
            Standing.UNKNOWN, _C),
)  # fmt: skip

_HUB = "evaluation on the model's hub page"
_PAPER = "Demszky et al., ACL 2020"
_BRIGHTER = "BRIGHTER (Muhammad et al., 2025)"
_EMOBOX = "EmoBox (Ma et al., Interspeech 2024)"
_FOLDS = "8 classes, 6 folds without a speaker on both sides, frozen encoder and a trained head"
_PRIVATE = "official private test, 3,589 faces, original labels"

TEXT = (
    Published("DistilBERT fine-tuned", EMOTION, {"accuracy": 0.927, "macro_f1": 0.8825},
              "official test split, 2,000 texts", Standing.SAME, _HUB),
    Published("BERT fine-tuned", EMOTION, {"accuracy": 0.9265},
              "official test split, 2,000 texts", Standing.SAME, _HUB),
    Published("RoBERTa fine-tuned", EMOTION, {"accuracy": 0.931},
              "official test split, 2,000 texts", Standing.SAME, _HUB),
    Published("BERT of the data set's paper", GOEMOTIONS, {"macro_f1": 0.46},
              "official test split, 28 labels", Standing.SAME, _PAPER),
    Published("BERT (monologg)", GOEMOTIONS, {"macro_f1": 0.503},
              "official test split, 28 labels", Standing.SAME, "the model's repository"),
    Published("roberta-base-go_emotions", GOEMOTIONS, {"accuracy": 0.474},
              "official test split, 28 labels, one threshold of 0.5; accuracy of whole answers",
              Standing.DIFFERENT, "the model's card"),
    Published("RoBERTa, text", MELD, {"weighted_f1": 0.620}, "official test split, 7 classes",
              Standing.ALONE, "COSMIC (Ghosal et al., 2020)"),
    Published("RoBERTa-DialogueRNN, text", MELD, {"weighted_f1": 0.636},
              "official test split, 7 classes", Standing.ALONE, "COSMIC (Ghosal et al., 2020)"),
    Published("COSMIC, text", MELD, {"weighted_f1": 0.652}, "official test split, 7 classes",
              Standing.ALONE, "COSMIC (Ghosal et al., 2020)"),
    *(
        Published(f"RemBERT, {name}", BRIGHTER, {"macro_f1": value}, "official test split",
                  Standing.SAME, _BRIGHTER)
        for name, value in (("English", 0.708), ("Hindi", 0.855), ("Spanish", 0.774),
                            ("Russian", 0.838))
    ),
    Published("XLM-R, English", BRIGHTER, {"macro_f1": 0.673}, "official test split",
              Standing.SAME, _BRIGHTER),
)  # fmt: skip

VOICE = (
    *(
        Published(f"{name}, frozen, with a head", RAVDESS, {"uar": value}, _FOLDS,
                  Standing.SAME, _EMOBOX)
        for name, value in (
            ("wav2vec2 base", 0.543), ("WavLM base", 0.616), ("HuBERT base", 0.654),
            ("HuBERT large", 0.700), ("WavLM large", 0.720), ("Whisper large-v3", 0.753),
        )
    ),
    Published("eGeMAPS + SVM", RAVDESS, {"uar": 0.490},
              "8 classes, 6 folds without a speaker on both sides", Standing.SAME,
              "not published; computed on the folds of EmoBox"),
    Published("emotion2vec+ large", RAVDESS, {"uar": 0.86},
              "4 of the classes; what it heard in training is not all published",
              Standing.DIFFERENT, "the model's card"),
    Published("wav2vec2, random split", IEMOCAP, {"accuracy": 0.796}, _CLIPS, Standing.ALONE,
              "a study of splits of IEMOCAP"),
    Published("wav2vec2, independent split", IEMOCAP, {"accuracy": 0.730},
              "4 classes, no speaker on both sides", Standing.ALONE,
              "a study of splits of IEMOCAP"),
    Published("SpeechBrain wav2vec2", IEMOCAP, {"accuracy": 0.753},
              "4 classes, mean of several runs (the best: 0.787)", Standing.ALONE,
              "the model's card"),
    Published("emotion2vec, linear head", IEMOCAP, {"accuracy": 0.718},
              "4 classes, leave one session out", Standing.ALONE,
              "emotion2vec (Ma et al., 2023)"),
    Published("emotion2vec+ large", MELD, {"uar": 0.473}, "voice alone", Standing.ALONE,
              "the model's card"),
)  # fmt: skip

FACE = (
    Published("people", FER, {"accuracy": 0.65}, "a small sample, plus or minus 0.05",
              Standing.DIFFERENT, "Goodfellow et al., ICONIP 2013"),
    Published("VGG19", FER, {"accuracy": 0.731}, _PRIVATE, Standing.SAME,
              "the model's repository"),
    Published("ResNet18", FER, {"accuracy": 0.730}, _PRIVATE, Standing.SAME,
              "the model's repository"),
    Published("VGG", FER, {"accuracy": 0.733}, _PRIVATE, Standing.SAME,
              "the model's repository"),
    Published("ResNet18, another training", FER, {"accuracy": 0.737}, _PRIVATE, Standing.SAME,
              "the model's repository"),
    Published("ResMaskingNet", FER, {"accuracy": 0.741}, _PRIVATE, Standing.SAME,
              "the model's repository"),
    Published("ResMaskingNet, ensemble", FER, {"accuracy": 0.768}, _PRIVATE, Standing.SAME,
              "the model's repository"),
    Published("deepface's bundled model", FER, {"accuracy": 0.574}, "test split",
              Standing.DIFFERENT, "the model's repository"),
)  # fmt: skip

FUSION = (
    Published("wav2vec2 + action units", PAIRED, {"accuracy": 0.867},
              "8 classes, 5 folds without a speaker on both sides", Standing.SAME,
              "Luna-Jiménez et al., Applied Sciences 2022"),
    Published("speaker left out", PAIRED, {"accuracy": 0.481},
              "8 classes, leave one speaker out", Standing.DIFFERENT,
              "a paper that gives both splits"),
    Published("random split", PAIRED, {"accuracy": 0.958},
              "the same system with speakers on both sides", Standing.LEAK,
              "a paper that gives both splits"),
    Published("MM-DFN, 4 classes", IEMOCAP, {"weighted_f1": 0.808},
              "4 classes, text, voice and face", Standing.ALONE, "Hu et al., ICASSP 2022"),
    Published("MM-DFN, 6 classes", IEMOCAP, {"weighted_f1": 0.682},
              "6 classes, text, voice and face", Standing.ALONE, "Hu et al., ICASSP 2022"),
    Published("MM-DFN", MELD, {"weighted_f1": 0.595}, "official test split, text, voice and face",
              Standing.ALONE, "Hu et al., ICASSP 2022"),
)  # fmt: skip

PUBLISHED: tuple[Published, ...] = (*ORIGINS, *TEXT, *VOICE, *FACE, *FUSION)


def published_on(data_set: str) -> tuple[Published, ...]:
    """The results on one data set, those whose architectures are rebuilt here first.

    Example:
        >>> [p.system for p in published_on("tweet_emotions")]
        ['Naive Bayes']
    """
    return tuple(p for p in PUBLISHED if p.data_set == data_set)


def data_sets() -> tuple[str, ...]:
    """Names of the data sets, each once."""
    return tuple(dict.fromkeys(p.data_set for p in PUBLISHED))
