"""A tiny BERT and a tiny data set, made on the spot."""

import json
from pathlib import Path

import pytest

WORDS = "i feel so very happy glad sad down angry mad today about the day it is was".split()


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random two-layer BERT in the hub's format, with its tokenizer."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = {
        w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])
    }
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    transformers.BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def tiny_data(tmp_path: Path) -> Path:
    """Three classes that one word tells apart, as JSONL with splits."""
    rows = []
    for split, repeats in (("train", 8), ("validation", 3), ("test", 3)):
        for i in range(repeats):
            for label, words in {
                "joy": ("happy", "glad"),
                "sadness": ("sad", "down"),
                "anger": ("angry", "mad"),
            }.items():
                for j, word in enumerate(words):
                    text = f"i feel {'so ' * (i % 3)}{word} about the day {'today' * ((i + j) % 2)}"
                    rows.append({"text": text.strip(), "label": label, "split": split})
    path = tmp_path / "tiny.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path
