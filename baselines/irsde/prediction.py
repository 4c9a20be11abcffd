"""What a network of IR-SDE predicts: the noise in the state, or a mixture of it and the clean image.

The official networks predict the noise, from which the clean image follows with an error that grows with time, up to
1 / eps. A balanced output has an error of the same size at all times (Karras et al., "Elucidating the Design Space of
Diffusion-Based Generative Models", NeurIPS 2022, arXiv 2206.00364, section 5), which small networks learn faster.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from .process import MeanRevertingProcess

__all__ = ["PredictionKind", "balanced_estimate"]

PredictionKind = Literal["noise", "balanced"]
"""Output of a network; `noise` in the official weights."""

RESIDUAL = 0.1
"""Standard deviation of the clean image minus the degraded one that a balanced output assumes."""


def balanced_estimate(
    process: MeanRevertingProcess, output: Tensor, x: Tensor, degraded: Tensor, t: int | Tensor
) -> Tensor:
    """Estimate x_0 from the state `x` and the output of a network, each (N, C, H, W).

    With x - mu = D (x_0 - mu) + sigma_bar noise and a prior of standard deviation s for x_0 - mu, the best linear
    estimate of x_0 - mu is D s^2 / v (x - mu), v = D^2 s^2 + sigma_bar^2, and its error has the standard deviation
    s sigma_bar / sqrt(v). The output is that error in units of its standard deviation.
    """
    left, spread = process.decay(t, x), process.spread(t, x)
    variance = (left * RESIDUAL) ** 2 + spread**2
    linear = left * RESIDUAL**2 / variance * (x - degraded)
    return degraded + linear + RESIDUAL * spread / torch.sqrt(variance) * output
