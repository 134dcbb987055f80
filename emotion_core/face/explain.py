"""Which regions of a face drove its answer."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

PATCHES = 7
"""along each side, of the occlusion"""
ROUNDING = 1e-6
"""weights that are no larger are none"""


def class_map_weights(maps: np.ndarray, label: int, size: int) -> np.ndarray:
    """Grad-CAM from class maps.

    Behind global average pooling and a linear head, the gradient of a label's logit by the last
    feature maps is the head's weight, so Grad-CAM is that label's class map. What all labels
    share moves no probability and is taken out.

    Args:
        maps: (label, y, x)
        label: the one explained
        size: px of the result

    Returns:
        (size, size) in [-1, 1], positive where the region speaks for the label

    Source: Selvaraju et al., Grad-CAM, ICCV 2017; Zhou et al., CVPR 2016.
    """
    import cv2

    weights = np.asarray(maps[label] - maps.mean(0), np.float32)
    resized = cv2.resize(weights, (size, size), interpolation=cv2.INTER_CUBIC)
    return _normalised(resized)


def occlusion_weights(
    crop: np.ndarray, probability: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """How far the answer falls when a patch of the face is hidden.

    Args:
        crop: (size, size) or (size, size, 3) uint8
        probability: crops to the probability (crop,) of the label explained

    Returns:
        (size, size) in [-1, 1], positive where the patch speaks for the label

    Source: Zeiler and Fergus, ECCV 2014.
    """
    edges = np.linspace(0, len(crop), PATCHES + 1).round().astype(int)
    parts = [slice(a, b) for a, b in pairwise(edges)]
    changed = np.repeat(crop[None], PATCHES**2 + 1, axis=0)
    grey = blank_level(crop)
    for patch, copy in enumerate(changed[1:]):
        copy[parts[patch // PATCHES], parts[patch % PATCHES]] = grey
    values = probability(changed)
    weights = np.zeros(crop.shape[:2], np.float32)
    for patch, value in enumerate(values[1:]):
        weights[parts[patch // PATCHES], parts[patch % PATCHES]] = values[0] - value
    return _normalised(weights)


def blank_level(crop: np.ndarray) -> np.ndarray:
    """What a hidden region looks like: the mean colour of a crop."""
    return crop.reshape(-1, *crop.shape[2:]).mean(0).round().astype(np.uint8)


def _normalised(weights: np.ndarray) -> np.ndarray:
    largest = float(np.abs(weights).max())
    return weights / largest if largest > ROUNDING else np.zeros_like(weights)
