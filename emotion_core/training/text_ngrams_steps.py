"""The steps of the network over hashed n-grams, compiled: one text at a time, by Adagrad.

A text touches a few hundred of some hundred thousand vectors. One step a text, with one
accumulated square per vector, both learns better here than batches do and takes a sixth of the
time of torch's sparse gradients on one core.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

SMALL = np.float32(1e-8)


class Layer(NamedTuple):
    """Weights (output, width), bias (output,), and their accumulated squares."""

    weight: np.ndarray
    bias: np.ndarray
    weight_squares: np.ndarray
    bias_squares: np.ndarray


class Table(NamedTuple):
    """Vectors (n-gram, width) and the accumulated mean square of each one's gradients."""

    vectors: np.ndarray
    squares: np.ndarray


class Bags(NamedTuple):
    """Texts: `starts` (text + 1,), and `places` and `values` (entry,) of their n-grams."""

    starts: np.ndarray
    places: np.ndarray
    values: np.ndarray


class Network(NamedTuple):
    """Vectors of n-grams, added up and rectified, and the layers of labels and languages."""

    table: Table
    out: Layer
    tongue: Layer


class Texts(NamedTuple):
    """What is learnt.

    Attributes:
        bags: the texts
        targets: (text, label) in [0, 1]; below 0 where a label was not asked
        languages: (text,) places in the layer of languages
        share: weight of the language's loss
    """

    bags: Bags
    targets: np.ndarray
    languages: np.ndarray
    share: np.float32


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _add_up(table: Table, bags: Bags, text: int, kept: np.ndarray, hidden: np.ndarray) -> None:
    hidden[:] = 0
    for entry in range(bags.starts[text], bags.starts[text + 1]):
        value = bags.values[entry] * kept[entry - bags.starts[text]]
        if value:
            place = bags.places[entry]
            for j in range(len(hidden)):
                hidden[j] += value * table.vectors[place, j]


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _learn_layer(
    layer: Layer, errors: np.ndarray, hidden: np.ndarray, back: np.ndarray, rate: np.float32
) -> None:
    """Learn from (output,) errors; adds to `back`, the gradient of the rectified hidden."""
    for k in range(len(errors)):
        error = errors[k]
        if error == 0:
            continue
        for j in range(len(hidden)):
            if hidden[j] > 0:
                back[j] += error * layer.weight[k, j]
                gradient = error * hidden[j]
                layer.weight_squares[k, j] += gradient * gradient
                layer.weight[k, j] -= rate * gradient / np.sqrt(layer.weight_squares[k, j] + SMALL)
        layer.bias_squares[k] += error * error
        layer.bias[k] -= rate * error / np.sqrt(layer.bias_squares[k] + SMALL)


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _learn_table(
    table: Table, bags: Bags, text: int, kept: np.ndarray, back: np.ndarray, rate: np.float32
) -> None:
    mean = np.float32(0)
    for j in range(len(back)):
        mean += back[j] * back[j]
    mean /= len(back)
    for entry in range(bags.starts[text], bags.starts[text + 1]):
        value = bags.values[entry] * kept[entry - bags.starts[text]]
        if value:
            place = bags.places[entry]
            table.squares[place] += mean * value * value
            step = rate * value / np.sqrt(table.squares[place] + SMALL)
            for j in range(len(back)):
                table.vectors[place, j] -= step * back[j]


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _scores(layer: Layer, hidden: np.ndarray, scores: np.ndarray) -> None:
    for k in range(len(scores)):
        scores[k] = layer.bias[k]
        for j in range(len(hidden)):
            if hidden[j] > 0:
                scores[k] += hidden[j] * layer.weight[k, j]


@njit(cache=True, error_model="numpy")
def _label_errors(scores: np.ndarray, targets: np.ndarray) -> float:
    """Turn (label,) scores into the errors of their sigmoids; the loss of those asked."""
    loss = 0.0
    for k in range(len(scores)):
        target = targets[k]
        if target < 0:
            scores[k] = 0
            continue
        p = 1 / (1 + np.exp(-scores[k]))
        loss -= target * np.log(p + 1e-7) + (1 - target) * np.log(1 - p + 1e-7)
        scores[k] = p - target
    return loss


@njit(cache=True, error_model="numpy")
def _language_errors(
    scores: np.ndarray, languages: np.ndarray, text: int, share: np.float32
) -> None:
    """Turn (language,) scores into the errors of their softmax."""
    scores[:] = np.exp(scores - scores.max())
    scores *= share / scores.sum()
    scores[languages[text]] -= share


@njit(cache=True, error_model="numpy")
def learn_epoch(
    network: Network, texts: Texts, order: np.ndarray, kept: np.ndarray, rate: np.float32
) -> float:
    """One pass: each text's labels (sigmoid) and language (softmax) are learnt.

    Args:
        network: changed in place
        texts: of training
        order: (text,) in which they are taken
        kept: (pattern, longest) 0 for an n-gram that is left out, else what makes up for those;
            the patterns take turns
        rate: of learning

    Returns:
        mean loss of the labels
    """
    width, loss = network.table.vectors.shape[1], 0.0
    hidden, back = np.zeros(width, np.float32), np.zeros(width, np.float32)
    labels = np.zeros(len(network.out.bias), np.float32)
    languages = np.zeros(len(network.tongue.bias), np.float32)
    for turn in range(len(order)):
        text, keep = order[turn], kept[turn % len(kept)]
        _add_up(network.table, texts.bags, text, keep, hidden)
        _scores(network.out, hidden, labels)
        loss += _label_errors(labels, texts.targets[text])
        back[:] = 0
        if texts.share > 0:
            _scores(network.tongue, hidden, languages)
            _language_errors(languages, texts.languages, text, texts.share)
            _learn_layer(network.tongue, languages, hidden, back, rate)
        _learn_layer(network.out, labels, hidden, back, rate)
        _learn_table(network.table, texts.bags, text, keep, back, rate)
    return loss / len(order)
