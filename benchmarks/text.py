"""Text: latency, throughput, memory and cold start: `python -m benchmarks.text`."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emotion_core import load
from emotion_core.loading import DEFAULT_TEXT_MODEL
from emotion_core.text.pipeline import TextModel

from .processes import cold_start, worker
from .record import latency, time_over_ours, write_record
from .sentences import sentence, write_csv

TOKENS = 20
RUNS, WARM_UP = 300, 20
FEW_ROWS, MANY_ROWS = 10_000, 100_000
ROUNDS, TEXTS_PER_ROUND = 15, 20
PEER_VOCABULARY = 30_522
"""of bert-base-uncased and distilbert-base-uncased"""


def one_text(model: TextModel) -> dict[str, float]:
    """Time for one text at a time, every text another one."""
    texts = iter([sentence(TOKENS, k) for k in range(WARM_UP + RUNS)])
    return latency("one_text", lambda: model.predict(next(texts)), WARM_UP, RUNS)


def throughput(model_id: str, rows: int) -> dict[str, float]:
    """Speed on a CSV file and how much more memory it takes than one ten times shorter."""
    few_rows = min(FEW_ROWS, rows // 10)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {}
        for count in (few_rows, rows):
            write_csv(folder / "in.csv", count, TOKENS)
            paths = str(folder / "in.csv"), str(folder / "out.csv")
            found[count] = worker("text", "file", model_id, *paths)
    growth = found[rows]["peak_mb"] - found[few_rows]["peak_mb"]
    return {
        "file_rows": rows,
        "file_rows_per_s": found[rows]["rows_per_s"],
        "file_peak_mb": found[rows]["peak_mb"],
        "file_peak_growth_mb": growth,
    }


def peer_pipeline(model: TextModel) -> Callable[[str], Any]:
    """`transformers`' pipeline on a DistilBERT-sized model with random weights."""
    import torch
    from tokenizers import Tokenizer
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        PreTrainedTokenizerFast,
        pipeline,
    )

    words = Tokenizer.from_file(str(model.spec.folder / "tokenizer.json"))
    words.no_padding()
    words.no_truncation()
    torch.manual_seed(0)
    config = DistilBertConfig(vocab_size=PEER_VOCABULARY, id2label=dict(enumerate(model.labels)))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", model_input_names=["input_ids", "attention_mask"]
    )
    network = DistilBertForSequenceClassification(config).eval()
    return pipeline("text-classification", model=network, tokenizer=tokenizer, top_k=None)


def against_transformers(model: TextModel) -> dict[str, float]:
    """The peer's time over ours: the same texts, one by one, every round others."""
    texts = [sentence(TOKENS, k) for k in range((ROUNDS + 1) * TEXTS_PER_ROUND)]
    pairs = [(text, text) for text in texts]
    rounds = [pairs[i : i + TEXTS_PER_ROUND] for i in range(0, len(pairs), TEXTS_PER_ROUND)]
    ratio = time_over_ours(peer_pipeline(model), model.predict, rounds)
    return {"transformers_pipeline_distilbert": ratio}


def main() -> None:
    """Measure and write `benchmarks/results/text.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=DEFAULT_TEXT_MODEL, help="bundle id or folder")
    parser.add_argument("--rows", type=int, default=MANY_ROWS, help="rows of the file")
    chosen = parser.parse_args()
    model = load(chosen.model)
    figures = one_text(model)
    figures |= throughput(chosen.model, chosen.rows)
    figures |= cold_start("text", sentence(TOKENS, 0), chosen.model)
    figures["text_process_peak_mb"] = worker("text", "one", chosen.model)["peak_mb"]
    has_tokens = (model.spec.folder / "tokenizer.json").is_file()
    write_record("text", figures, against_transformers(model) if has_tokens else {})


if __name__ == "__main__":
    main()
