"""Changes to training faces that leave the expression as it is; a whole batch at once."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from .face_config import FaceAugmentConfig

ERASED = (0.15, 0.5)
"""smallest and largest side of a hidden rectangle, of the picture's side"""


def _symmetric(count: int, largest: float, source: torch.Generator) -> Tensor:
    """(count,) drawn evenly from -largest to largest."""
    return (torch.rand(count, generator=source) * 2 - 1) * largest


def moved(faces: Tensor, size: int, config: FaceAugmentConfig, source: torch.Generator) -> Tensor:
    """Mirror, turn, scale and shift faces (face, 1, y, x) and resample them at another size."""
    count = len(faces)
    angle = _symmetric(count, math.radians(config.rotation), source)
    scale = _symmetric(count, config.scale, source).exp()
    mirror = torch.randint(0, 2, (count,), generator=source) * 2.0 - 1
    shift = torch.stack([_symmetric(count, 2 * config.shift, source) for _ in range(2)], 1)
    cosine, sine = angle.cos() * scale, angle.sin() * scale
    rows = [torch.stack([cosine * mirror, -sine], 1), torch.stack([sine * mirror, cosine], 1)]
    theta = torch.cat([torch.stack(rows, 1), shift[:, :, None]], 2)
    grid = F.affine_grid(theta, [count, 1, size, size], align_corners=False)
    return F.grid_sample(faces, grid, padding_mode="border", align_corners=False)


def relit(faces: Tensor, config: FaceAugmentConfig, source: torch.Generator) -> Tensor:
    """Another gamma and contrast for each of the faces (face, 1, y, x) in [0, 1]."""
    gamma, contrast = (
        _symmetric(len(faces), largest, source).exp()[:, None, None, None]
        for largest in (config.gamma, config.contrast)
    )
    curved = faces.clamp(1e-4, 1) ** gamma
    mean = curved.mean((1, 2, 3), keepdim=True)
    return ((curved - mean) * contrast + mean).clamp(0, 1)


def erased(faces: Tensor, share: float, source: torch.Generator) -> Tensor:
    """Hide a rectangle of some of the faces (face, 1, y, x) behind one random grey.

    Source: Zhong et al., Random Erasing, AAAI 2020.
    """
    count, side = len(faces), faces.shape[-1]
    low, high = (round(x * side) for x in ERASED)
    lengths = torch.randint(low, high + 1, (2, count, 1), generator=source)
    starts = (torch.rand((2, count, 1), generator=source) * (side - lengths + 1)).long()
    places = torch.arange(side)
    down, across = ((places >= s) & (places < s + n) for s, n in zip(starts, lengths, strict=True))
    chosen = torch.rand((count, 1, 1), generator=source) < share
    hidden = (down[:, :, None] & across[:, None, :] & chosen)[:, None]
    grey = torch.rand((count, 1, 1, 1), generator=source)
    return torch.where(hidden, grey, faces)


def augmented(
    faces: Tensor, size: int, config: FaceAugmentConfig, source: torch.Generator
) -> Tensor:
    """All of it.

    Args:
        faces: (face, y, x) uint8 grey
        size: px of the result
        config: how much
        source: of the random numbers

    Returns:
        (face, 1, size, size) float in [0, 1]
    """
    whole = faces[:, None].float() / 255
    return erased(relit(moved(whole, size, config, source), config, source), config.erasing, source)


def mixed(
    faces: Tensor, targets: list[Tensor], alpha: float, source: torch.Generator
) -> tuple[Tensor, list[Tensor]]:
    """Blend each face and its targets with another one of the batch.

    Args:
        faces: (face, 1, y, x)
        targets: each (face, label)
        alpha: parameter of the beta distribution; 0 blends nothing
        source: of the random numbers

    Source: Zhang et al., mixup, ICLR 2018.
    """
    if alpha <= 0:
        return faces, targets
    count = len(faces)
    # Beta(a, a) from two gammas; torch's sampler takes no generator, numpy's would be a second one
    seed = int(torch.randint(2**31, (1,), generator=source))
    share = torch.distributions.Beta(alpha, alpha)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        weight = share.sample((count,))
    weight = torch.maximum(weight, 1 - weight)
    other = torch.randperm(count, generator=source)

    def blend(values: Tensor) -> Tensor:
        w = weight.view(-1, *[1] * (values.dim() - 1))
        return w * values + (1 - w) * values[other]

    return blend(faces), [blend(t) for t in targets]
