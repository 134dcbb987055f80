"""What a step of training asks of the network."""

from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from emotion_core.training.config import TextConfig
from emotion_core.training.losses import divergence
from emotion_core.training.text_distillation import teacher_config
from emotion_core.training.text_network import TextNetwork, TextOutput
from emotion_core.training.text_trainer import TextModule

FIRST, SECOND = torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.5], [3.0, 0.0]])
TARGETS = torch.eye(2)


class InTurn(nn.Module):
    """Gives one answer after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.ModuleList([nn.Identity()]))
        self.answers = [FIRST, SECOND]

    def forward(self, _ids: Tensor, mask: Tensor) -> TextOutput:
        logits = self.answers.pop(0)
        return TextOutput(logits, logits, mask)


@pytest.mark.parametrize("weight", [0.0, 0.7])
def test_two_answers_to_one_text_are_drawn_together(weight: float):
    config = TextConfig()
    config.loss.consistency = weight
    network = InTurn()
    module = TextModule(cast("TextNetwork", network), config, torch.ones(2))
    ids = torch.ones(2, 3, dtype=torch.long)
    loss = module.training_step((ids, ids, TARGETS), 0)
    first, second = (F.cross_entropy(x, TARGETS) for x in (FIRST, SECOND))
    apart = divergence(FIRST, SECOND, multi_label=False)
    expected = (first + second) / 2 + weight * apart if weight else first
    assert torch.allclose(loss, expected)
    assert len(network.answers) == (0 if weight else 1)


def test_teachers_are_asked_once():
    config = TextConfig()
    config.loss.consistency, config.loss.gamma = 1.0, 2.0
    teacher = teacher_config(config, 0)
    assert (teacher.loss.consistency, teacher.loss.gamma) == (0.0, 2.0)
