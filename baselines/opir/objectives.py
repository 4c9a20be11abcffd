"""What OPIR is trained on: both images, the likelihood of the first one's error, and the task."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional

from ...bench.training.losses import charbonnier
from .stages import Stages

__all__ = ["laplace_nll", "task_loss", "two_stage_loss"]

FIRST_WEIGHT = 0.5
"""Weight of the first image beside the second."""

TASK_WEIGHT = 0.02
"""Weight of the classification of the task, whose loss is far larger than that of an image."""


def laplace_nll(error: Tensor, scale: Tensor, *, balance: float = 0.0) -> Tensor:
    """Negative log-likelihood of errors under Laplace distributions, the mean of |e|/b + log 2b.

    It is least where b is the mean absolute error of pixels with that b, which makes b calibrated. Its gradient with
    respect to the error is 1/b, so that pixels that are right already dominate. The weight b^balance, which carries no
    gradient, counters that and leaves the best b unchanged: at 1, the error has the gradient of the L1 loss (Seitzer,
    Tavakoli, Antic, Martius: On the Pitfalls of Heteroscedastic Uncertainty Estimation with Probabilistic Neural
    Networks, ICLR 2022, for the Gaussian).

    Args:
        error: errors of any shape.
        scale: positive scales b; any shape that broadcasts to that of the errors.
        balance: exponent of the weight. Neutral value: `0`, the likelihood itself.
    """
    likelihood = error.abs() / scale + scale.log() + math.log(2)
    return (likelihood * scale.detach() ** balance).mean()


def two_stage_loss(stages: Stages, target: Tensor, *, guided: bool) -> Tensor:
    """Charbonnier loss of the second image plus `FIRST_WEIGHT` times the loss of the first, a scalar in float32.

    Args:
        stages: images and logits in any precision.
        target: (N, 3, H, W) in [0, 1].
        guided: whether the loss of the first image is the likelihood of its error under the predicted one; its
            Charbonnier loss otherwise.
    """
    stages = Stages(*(each.float() for each in stages))
    if guided:
        first = laplace_nll(stages.first - target, stages.expected_error, balance=1)
    else:
        first = charbonnier(stages.first, target)
    return charbonnier(stages.second, target) + FIRST_WEIGHT * first


def task_loss(logits: Tensor, rows: Tensor) -> Tensor:
    """`TASK_WEIGHT` times the cross-entropy of tasks, (N, tasks) logits for (N,) rows, a scalar; 0 for no images.

    Rows of -1 are images whose task is not known; they are left out.
    """
    known = rows >= 0
    total = functional.cross_entropy(logits.float()[known], rows[known], reduction="sum")
    return TASK_WEIGHT * total / known.sum().clamp(min=1)
