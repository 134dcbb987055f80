"""Fit one text network with Lightning: warm-up, averaging of weights, best epoch by validation."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from tokenizers import Tokenizer
from torch.utils.data import DataLoader

from ..errors import InvalidInput
from .divergence import require_finite
from .limits import require_valid
from .loop import (
    BEST,
    LAST,
    EpochOrder,
    OnProgress,
    make_trainer,
    own_checkpoints,
    scheduled,
    usual_warnings_left_out,
)
from .losses import class_weights, softmax_focal
from .running import (
    RankShare,
    ends_told,
    found_rate,
    leave_to_first_machine,
    require_batch_each,
    require_one_process,
)
from .sampling import Draw
from .selection import validation_scores
from .text_config import TextConfig
from .text_data import SimilarLengthBatches, TextSplit, TokenisedTexts, pad_batch
from .text_labels import asked, asked_loss
from .text_network import (
    TextNetwork,
    build_network,
    encoder_source,
    layer_learning_rates,
    learning_parts,
)
from .watching import FINISHED


@dataclass(frozen=True, eq=False)
class FittedText:
    """A trained network and its history, one row per epoch."""

    network: TextNetwork
    tokenizer: Tokenizer
    history: list[dict[str, float]]


def load_tokenizer(encoder_name: str, max_length: int) -> Tokenizer:
    """The encoder's fast tokenizer, without padding, cut at `max_length` tokens."""
    source = encoder_source(encoder_name)
    local = Path(source) / "tokenizer.json"
    if local.is_file():
        tokenizer = Tokenizer.from_file(str(local))
    else:
        from transformers import AutoTokenizer

        fast = AutoTokenizer.from_pretrained(source, use_fast=True)
        if not fast.is_fast:
            raise InvalidInput(f"encoder {encoder_name!r} has no fast tokenizer")
        tokenizer = fast.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer


class TextModule(lightning.LightningModule):
    """The network, its loss and its schedule."""

    def __init__(self, network: TextNetwork, config: TextConfig, weights: torch.Tensor) -> None:
        super().__init__()
        self.network, self.config = network, config
        self.weights: torch.Tensor
        self.register_buffer("weights", weights)
        self.history: list[dict[str, float]] = []
        self._train_losses: list[float] = []
        self._validation: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._started = time.monotonic()
        self._parts = learning_parts(network.encoder)

    def _loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if self.config.multi_label:
            return asked_loss(logits, targets, self.weights, self.config.loss)
        return softmax_focal(logits, targets, self.weights, self.config.loss)

    def training_step(self, batch: tuple[torch.Tensor, ...], _index: int) -> torch.Tensor:
        ids, mask, targets = batch
        loss = self._loss(self.network(ids, mask).logits, targets)
        self._train_losses.append(float(loss.detach()))
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, ...], _index: int) -> None:
        ids, mask, targets = batch
        self._validation.append((self.network(ids, mask).logits.float(), targets))

    def on_train_epoch_start(self) -> None:
        self._started = time.monotonic()
        self._train_losses.clear()
        if every := self.config.encoder.unfreeze_every:
            for place, part in enumerate(self._parts):
                for parameter in part:
                    parameter.requires_grad_(place < self.current_epoch // every)

    def on_validation_epoch_end(self) -> None:
        logits = torch.cat([x for x, _ in self._validation])
        targets = torch.cat([y for _, y in self._validation])
        self._validation.clear()
        require_finite(logits, self.trainer)
        answered = asked(targets.cpu().numpy(), logits.cpu().numpy())
        scores = validation_scores(*answered, self.config.multi_label)
        self.log_dict(scores)
        if self._train_losses:
            self.history.append(
                {
                    "epoch": len(self.history) + 1,
                    "train_loss": float(np.mean(self._train_losses)),
                    "validation_loss": float(self._loss(logits, targets)),
                    **{f"validation_{name}": value for name, value in scores.items()},
                    "seconds": round(time.monotonic() - self._started, 1),
                }
            )

    def configure_gradient_clipping(self, *_: object, **__: object) -> None:
        """Clip here: Lightning refuses fused optimisers, whose unscaling bf16 does not need."""
        torch.nn.utils.clip_grad_norm_(
            self.network.parameters(), self.config.optimiser.gradient_clip
        )

    def configure_optimizers(self) -> Any:
        o = self.config.optimiser
        groups = layer_learning_rates(
            self.network, o.learning_rate, o.head_learning_rate, o.layer_decay
        )
        optimiser = torch.optim.AdamW(groups, weight_decay=o.weight_decay, fused=True)
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        return scheduled(optimiser, steps, o.warmup, o.schedule, self.config.monitor)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = checkpoint["history"]


def _loader(dataset: TokenisedTexts, batch_size: int) -> DataLoader[Any]:
    return DataLoader(dataset, batch_size, collate_fn=pad_batch)


def predict_logits(fitted: FittedText, split: TextSplit, batch_size: int = 64) -> np.ndarray:
    """Logits (item, label) of the network in evaluation mode, in the order of the texts."""
    dataset = TokenisedTexts(split, fitted.tokenizer)
    order = np.argsort([len(t) for t in dataset.tokens], kind="stable")
    logits = np.zeros(split.targets.shape, np.float32)
    fitted.network.eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            ids, mask, _ = pad_batch([dataset[int(i)] for i in rows])
            logits[rows] = fitted.network(ids, mask).logits.numpy()
    return logits


def _take_rate(config: TextConfig, rate: float | None) -> None:
    """Let the encoder's top layer learn at a rate, and the head faster by as much as before."""
    if rate is not None:
        optimiser = config.optimiser
        optimiser.head_learning_rate *= rate / optimiser.learning_rate
        optimiser.learning_rate = rate


def _learn(
    module: TextModule,
    texts: TokenisedTexts,
    sampler: SimilarLengthBatches,
    checked: TokenisedTexts,
    folder: Path,
    callbacks: Sequence[Callback],
) -> None:
    """Train to the last epoch, from where an interrupted run stopped."""
    config, last = module.config, folder / f"{LAST}.ckpt"
    require_batch_each(config.run, len(sampler))
    trainer = make_trainer(
        folder,
        epochs=config.epochs,
        precision=config.precision,
        ema_decay=config.optimiser.ema_decay,
        monitor=config.monitor,
        patience=config.patience,
        callbacks=callbacks,
        run=config.run,
    )
    module.train()  # a network that goes on learning was left in evaluation mode
    loader = DataLoader(texts, batch_sampler=RankShare(sampler), collate_fn=pad_batch)
    with usual_warnings_left_out(), ends_told():
        if config.run.find_rate:
            _take_rate(config, found_rate(module, loader, config.precision, folder))
        trainer.fit(
            module,
            loader,
            _loader(checked, config.batch_size),
            ckpt_path=str(last) if last.is_file() else None,
        )


def fit_text(
    config: TextConfig,
    train: TextSplit,
    validation: TextSplit,
    folder: Path,
    on_progress: OnProgress | None = None,
    run: int = 0,
    trained: TextNetwork | None = None,
    callbacks: Sequence[Callback] = (),
) -> FittedText:
    """Train one network and return it with the weights of its best epoch.

    An interrupted run in the same folder goes on from its last epoch; a finished one is read.

    Args:
        config: all settings
        train: targets may be soft
        validation: picks the epoch
        folder: where checkpoints go
        on_progress: called with (step, steps)
        run: runs of one seed start from the same weights and see the texts in another order
        trained: network that goes on learning; None builds a new one
        callbacks: further ones of Lightning

    Raises:
        InvalidInput: for an unknown monitor or schedule, or a folder of another training
        PartDone: on every machine but the first
    """
    require_valid(config)
    if config.encoder.unfreeze_every:
        require_one_process(config.run, "encoder.unfreeze_every")
    lightning.seed_everything(config.seed, verbose=False)
    tokenizer = load_tokenizer(config.encoder.name, config.max_length)
    network = trained or build_network(config.encoder, config.head, train.targets.shape[1])
    if run:
        torch.manual_seed(config.seed + run)
    targets = torch.from_numpy(train.targets).nanmean(0, keepdim=True)
    module = TextModule(network, config, class_weights(targets, config.loss.class_weight_power))
    order = config.seed + run
    dataset = TokenisedTexts(train, tokenizer, config.synonyms, order)
    lengths = [len(t) for t in dataset.tokens]
    draw = Draw(train.targets, config.balance)
    sampler = SimilarLengthBatches(lengths, config.batch_size, order, draw=draw)
    with own_checkpoints(folder):
        if not (finished := folder / FINISHED).is_file():
            checked = TokenisedTexts(validation, tokenizer)
            marked = [EpochOrder([sampler, dataset], on_progress), *callbacks]
            _learn(module, dataset, sampler, checked, folder, marked)
            leave_to_first_machine(config.run)
            finished.touch()
        module.load_state_dict(
            torch.load(folder / f"{BEST}.ckpt", "cpu", weights_only=True)["state_dict"]
        )
        history = torch.load(folder / f"{LAST}.ckpt", "cpu", weights_only=True)["history"]
    return FittedText(module.network.cpu(), tokenizer, history)
