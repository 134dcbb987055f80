"""A random Whisper of half a megabyte in the hub's own format, and the same for faster-whisper."""

import json
from pathlib import Path

import pytest


def _characters() -> list[str]:
    """What stands for each byte in vocabularies of this kind."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in shown]
    return [*map(chr, shown), *(chr(256 + k) for k, _ in enumerate(others))]


@pytest.fixture(scope="session")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that transformers opens; says at most a few characters."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("hub") / "tiny-whisper"
    folder.mkdir()
    vocabulary = {c: k for k, c in enumerate((*_characters(), "<|endoftext|>"))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    files = (str(folder / name) for name in ("vocab.json", "merges.txt"))
    tokenizer = transformers.WhisperTokenizer(*files)
    names = "startoftranscript en de translate transcribe startoflm startofprev nospeech"
    special = [f"<|{name}|>" for name in f"{names} notimestamps".split()]
    tokenizer.add_special_tokens({"extra_special_tokens": special})
    tokenizer.add_tokens([f"<|{k * 0.02:.2f}|>" for k in range(1501)])
    number = {name[2:-2]: tokenizer.convert_tokens_to_ids(name) for name in special}
    tokens = {
        "decoder_start_token_id": number["startoftranscript"],
        "bos_token_id": 256,
        "eos_token_id": 256,
        "pad_token_id": 256,
        "begin_suppress_tokens": [256],
    }
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(
        transformers.WhisperConfig(
            vocab_size=len(tokenizer),
            d_model=32,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            **tokens,
        )
    )
    model.generation_config = transformers.GenerationConfig(
        is_multilingual=True,
        lang_to_id={f"<|{name}|>": number[name] for name in ("en", "de")},
        task_to_id={name: number[name] for name in ("translate", "transcribe")},
        no_timestamps_token_id=number["notimestamps"],
        prev_sot_token_id=number["startofprev"],
        max_initial_timestamp_index=50,
        max_length=24,
        alignment_heads=[[0, 0]],
        **tokens,
    )
    model.save_pretrained(folder)
    extractor = transformers.WhisperFeatureExtractor()
    transformers.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_faster_whisper(tiny_whisper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights converted."""
    ctranslate2 = pytest.importorskip("ctranslate2", reason="faster-whisper is not installed")
    folder = tmp_path_factory.mktemp("converted") / "tiny"
    ctranslate2.converters.TransformersConverter(str(tiny_whisper)).convert(str(folder))
    tokenizer = (tiny_whisper / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").write_bytes(tokenizer)
    return folder
