"""Text networks made smaller, if they stay good enough."""

import copy
import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import InvalidInput
from ..registry import read_spec
from ..text.model import open_classifier
from .begun import learnt_on
from .selection import validation_scores
from .shrinking import KeepPruned, compare_sizes, learning_on
from .text_config import TextConfig
from .text_data import TextSplit
from .text_export import export_text_network
from .text_labels import asked
from .text_network import TextNetwork, encoder_layers
from .text_trainer import FittedText, fit_text

INT8 = "int8"


def without_top_layers(network: TextNetwork, count: int) -> TextNetwork:
    """A copy whose encoder lacks its top layers.

    Args:
        network: trained
        count: of layers to leave out

    Raises:
        InvalidInput: if none would be left

    Source: Sajjad et al., On the effect of dropping layers of pre-trained transformer models,
    Computer Speech and Language 77, 2023 (the top ones cost least).
    """
    smaller = copy.deepcopy(network)
    layers = encoder_layers(smaller.encoder)
    if not 0 <= count < len(layers):
        raise InvalidInput(
            f"shrink.drop_layers: expected 0 to {len(layers) - 1} of {len(layers)}, got {count}"
        )
    del layers[len(layers) - count :]
    smaller.encoder.config.num_hidden_layers = len(layers)  # type: ignore[union-attr]
    return smaller


def made_smaller(
    config: TextConfig,
    train: TextSplit,
    validation: TextSplit,
    fitted: FittedText,
    out: Path,
    write: Callable[[Path], None],
    examples: Sequence[Sequence[int]],
) -> FittedText:
    """A network made smaller as the settings ask, if it stays good enough.

    Args:
        config: all settings
        train: what it learns on from
        validation: what it is judged on
        fitted: trained
        out: folder of the bundle that will be written
        write: writes tokenizer and manifest of a bundle into a folder
        examples: token ids of texts that show the ranges of the activations

    Raises:
        InvalidInput: if its validation score fell by more than is allowed
    """
    shrink, smaller = config.shrink, fitted
    if shrink.prune or shrink.drop_layers:
        optimiser = learning_on(shrink, config.optimiser)
        again = dataclasses.replace(config, epochs=shrink.epochs, optimiser=optimiser)
        smaller = fit_text(
            again,
            train,
            validation,
            out.with_name(f"shrunk-{learnt_on(shrink)}"),
            trained=without_top_layers(fitted.network, shrink.drop_layers),
            callbacks=[KeepPruned(shrink.prune)] if shrink.prune else [],
        )

    def write_bundle(folder: Path, small: bool, precision: str) -> None:
        chosen = smaller if small else fitted
        export_text_network(chosen.network, folder, examples, precision)
        fitted.tokenizer.save(str(folder / "tokenizer.json"))
        write(folder)

    def score(bundle: Path) -> float:
        readings = open_classifier(read_spec(bundle)).read(validation.texts)
        found = validation_scores(
            *asked(validation.targets, np.stack([r.logits for r in readings])), config.multi_label
        )
        return found[config.monitor]

    compare_sizes(
        shrink,
        out,
        INT8,
        write_bundle,
        score,
        lambda bundle: partial(open_classifier(read_spec(bundle)).read, validation.texts[:1]),
    )
    return smaller
