"""The encoder reads texts of the field with some words masked, before it learns any label.

Source: Gururangan et al., Don't stop pretraining, ACL 2020; Devlin et al., BERT, NAACL 2019.
"""

import dataclasses
import logging
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import lightning
import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from ..errors import InvalidInput, ModelUnavailable
from ..text.clean import clean
from .config import PretrainingConfig, TextConfig
from .loop import LAST, EpochOrder, OnProgress, make_trainer, scheduled, usual_warnings_left_out
from .running import Places, RankShare
from .sources import data_path, read_source, require_columns
from .text_data import SimilarLengthBatches, TextDataset
from .text_network import encoder_source
from .text_trainer import load_tokenizer
from .watching import FINISHED

log = logging.getLogger(__name__)

MASKS = ("[MASK]", "<mask>")
REPLACED, RANDOM = 0.8, 0.1
"""shares of the chosen tokens that become the mask, or any token; the rest stay as they are"""
NOT_ASKED = -100
"""target of a token that is not to be guessed, as `cross_entropy` ignores it"""


class MaskedBatch(NamedTuple):
    """Tokens with some hidden, (item, token) each."""

    ids: Tensor
    mask: Tensor
    targets: Tensor
    """the hidden token, or `NOT_ASKED`"""


def field_texts(config: TextConfig, dataset: TextDataset) -> list[str]:
    """Distinct texts to read, without those of any validation or test split.

    Args:
        config: names the sources, and the column of their texts
        dataset: whose validation and test texts are left out wherever they lie

    Raises:
        InvalidInput: if a source cannot be read
    """
    held_out = {
        text.lower() for side in ("validation", "test") for text in dataset.splits[side].texts
    }
    found: dict[str, str] = {}
    for name in config.pretraining.data.split(","):
        path = data_path(name.strip())
        frame = read_source(path, _refuse_classes)
        require_columns(frame, [config.text_column], path)
        if "split" in frame:
            frame = frame[frame["split"] == "train"]
        for raw in frame[config.text_column]:
            if not isinstance(raw, str) or not raw.strip():
                continue
            text = clean(raw).text
            if text.lower() not in held_out:
                found.setdefault(text.lower(), text)
    return list(found.values())


def _refuse_classes(folder: Path) -> Any:
    raise InvalidInput(f"pretraining.data: {folder} holds no table with a column of texts")


class MaskedBatches(Dataset[MaskedBatch]):
    """The batches of an epoch, each masked from a seed of its own, so that a resume repeats them.

    Args:
        texts: to read
        tokenizer: of the encoder; its `no_padding` form
        config: share of masked tokens, batch size
        seed: of order and masks
    """

    def __init__(
        self, texts: list[str], tokenizer: Tokenizer, config: PretrainingConfig, seed: int
    ) -> None:
        encodings = tokenizer.encode_batch(texts)
        self.tokens = [np.array(e.ids) for e in encodings]
        self.special = [np.array(e.special_tokens_mask, bool) for e in encodings]
        self.mask_id = mask_token(tokenizer)
        self.size, self.share, self.seed = tokenizer.get_vocab_size(), config.masked, seed
        self.order = SimilarLengthBatches([len(t) for t in self.tokens], config.batch_size, seed)
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given."""
        self.epoch = epoch
        self.order.set_epoch(epoch)
        self.batches = list(self.order)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> MaskedBatch:
        rows = self.batches[place]
        rng = np.random.default_rng((self.seed, self.epoch, place))
        shape = len(rows), max(len(self.tokens[row]) for row in rows)
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        words = np.zeros(shape, bool)
        for i, row in enumerate(rows):
            length = len(self.tokens[row])
            ids[i, :length], mask[i, :length] = self.tokens[row], 1
            words[i, :length] = ~self.special[row]
        chosen = words & (rng.random(shape) < self.share)
        how = rng.random(shape)
        hidden = np.where(chosen & (how < REPLACED), self.mask_id, ids)
        other = chosen & (how >= REPLACED) & (how < REPLACED + RANDOM)
        hidden = np.where(other, rng.integers(self.size, size=shape), hidden)
        targets = np.where(chosen, ids, NOT_ASKED)
        return MaskedBatch(*(torch.from_numpy(x) for x in (hidden, mask, targets)))


def mask_token(tokenizer: Tokenizer) -> int:
    """Number of the token that hides others.

    Raises:
        ModelUnavailable: if the vocabulary has none
    """
    for token in MASKS:
        if (number := tokenizer.token_to_id(token)) is not None:
            return number
    raise ModelUnavailable(f"pretraining: the encoder's vocabulary has none of {', '.join(MASKS)}")


class MaskedModule(lightning.LightningModule):
    """A transformer that guesses hidden tokens."""

    def __init__(self, network: Any, config: PretrainingConfig) -> None:
        super().__init__()
        self.network, self.config = network, config
        self.history: list[dict[str, float]] = []
        self._losses: list[float] = []

    def training_step(self, batch: MaskedBatch, _index: int) -> Tensor:
        asked = batch.targets != NOT_ASKED
        logits = self._guesses(batch, asked)
        loss = F.cross_entropy(logits.float(), batch.targets[asked], reduction="sum")
        loss = loss / asked.sum().clamp_min(1)
        self._losses.append(float(loss.detach()))
        return loss

    def _guesses(self, batch: MaskedBatch, asked: Tensor) -> Tensor:
        """(hidden token, word) logits; a single head over the wide vocabulary reads only those."""
        inner = self.network.base_model_prefix
        heads = [part for name, part in self.network.named_children() if name != inner]
        if len(heads) > 1:
            return self.network(batch.ids, attention_mask=batch.mask).logits[asked]
        return heads[0](self.network.base_model(batch.ids, attention_mask=batch.mask)[0][asked])

    def on_train_epoch_end(self) -> None:
        row = {"epoch": len(self.history) + 1, "train_loss": float(np.mean(self._losses))}
        self.history.append(row)
        self._losses.clear()
        log.info("pretraining, epoch %d: loss %.3f", row["epoch"], row["train_loss"])

    def configure_optimizers(self) -> Any:
        optimiser = torch.optim.AdamW(
            [p for p in self.network.parameters() if p.requires_grad],
            lr=self.config.learning_rate,
            weight_decay=0.01,
        )
        return scheduled(optimiser, int(self.trainer.estimated_stepping_batches), 0.06, "linear")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]


def pretrained_encoder(
    config: TextConfig, dataset: TextDataset, folder: Path, on_progress: OnProgress | None = None
) -> TextConfig:
    """Train the encoder on the texts that the settings name, and take it from now on.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings; without `pretraining.data` nothing is done
        dataset: whose held-out texts are not read
        folder: where checkpoints and the encoder go
        on_progress: called with (step, steps)

    Returns:
        the settings, with the encoder in `folder`

    Raises:
        InvalidInput: for sources that cannot be read
        ModelUnavailable: for an encoder without a mask or a head over words
    """
    if not config.pretraining.data:
        return config
    encoder = folder / "encoder"
    if not (folder / FINISHED).is_file():
        _pretrain(config, field_texts(config, dataset), folder, encoder, on_progress)
        (folder / FINISHED).touch()
    return dataclasses.replace(
        config, encoder=dataclasses.replace(config.encoder, name=str(encoder))
    )


def _pretrain(
    config: TextConfig,
    texts: list[str],
    folder: Path,
    encoder: Path,
    on_progress: OnProgress | None,
) -> None:
    from transformers import AutoModelForMaskedLM

    settings, last = config.pretraining, folder / f"{LAST}.ckpt"
    lightning.seed_everything(config.seed, verbose=False)
    tokenizer = load_tokenizer(config.encoder.name, config.max_length)
    log.info("the encoder reads %d texts first", len(texts))
    batches = MaskedBatches(texts, tokenizer, settings, config.seed)
    network = AutoModelForMaskedLM.from_pretrained(
        encoder_source(config.encoder.name), attn_implementation="eager", use_safetensors=True
    )
    module = MaskedModule(network, settings)
    trainer = make_trainer(
        folder,
        epochs=settings.epochs,
        precision=config.precision,
        gradient_clip=1.0,
        callbacks=[EpochOrder(batches, on_progress)],
        run=config.run,
    )
    module.train()
    loader = DataLoader(batches, batch_size=None, sampler=RankShare(Places(batches)))
    with usual_warnings_left_out():
        trainer.fit(module, loader, ckpt_path=str(last) if last.is_file() else None)
    draft = encoder.with_name("encoder.new")
    module.network.cpu().base_model.save_pretrained(draft)
    tokenizer.save(str(draft / "tokenizer.json"))
    shutil.rmtree(encoder, ignore_errors=True)
    draft.rename(encoder)
