"""The classical baseline: word counts and multinomial Naive Bayes, by scikit-learn."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from ..errors import InvalidInput
from ..text.naive_bayes import TOKEN, VOCABULARY, WEIGHTS
from .text_config import TextConfig
from .text_data import TextDataset


def fit_naive_bayes(config: TextConfig, dataset: TextDataset, out: Path) -> dict[str, Any]:
    """Fit on the training split and write weights and vocabulary.

    Returns:
        settings for the manifest's `architecture`

    Raises:
        InvalidInput: if no word occurs in as many texts as it must
    """
    train = dataset.splits["train"]
    settings = config.naive_bayes
    counter = CountVectorizer(token_pattern=TOKEN.pattern, min_df=settings.min_count)
    try:
        counts = counter.fit_transform(train.texts)
    except ValueError as error:  # no word is left
        raise InvalidInput(
            f"naive_bayes.min_count: no word occurs in {settings.min_count} of {len(train)} texts; "
            "lower it"
        ) from error
    model = MultinomialNB(alpha=settings.alpha)
    model.fit(counts, train.targets.argmax(1))
    save_file(
        {
            "log_prior": model.class_log_prior_.astype(np.float32),
            "log_likelihood": np.ascontiguousarray(model.feature_log_prob_, dtype=np.float32),
        },
        out / WEIGHTS,
    )
    words = counter.get_feature_names_out().tolist()
    (out / VOCABULARY).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    return {"alpha": settings.alpha, "min_count": settings.min_count, "words": len(words)}
