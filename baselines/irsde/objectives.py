"""Training objectives of IR-SDE's noise predictor, at a random time for each image.

Luo et al., arXiv 2301.11699, section 3.3, compare two: maximum likelihood, which they propose, and noise matching. Both
are mean absolute errors, as in the official configuration (`loss_type: l1`).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .denoising import DenoisingProcess
from .process import MeanRevertingProcess

__all__ = [
    "DenoisingPredictor",
    "TimedNoisePredictor",
    "denoising_likelihood_loss",
    "denoising_matching_loss",
    "likelihood_loss",
    "matching_loss",
    "random_times",
]

TimedNoisePredictor = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Predicts the noise in states x_t (N, C, H, W) from them, the degraded images and their times (N,) on the CPU."""

DenoisingPredictor = Callable[[Tensor, Tensor], Tensor]
"""Predicts the noise in states x_t (N, C, H, W) of a denoising process from them and their times (N,) on the CPU."""


def random_times(process: MeanRevertingProcess, clean: Tensor) -> tuple[Tensor, Tensor]:
    """Draw a time from 1 to T for each image of (N, C, H, W), (N,), and then standard normal noise of their shape.

    Both come from torch's global generator on the CPU, whatever the device.
    """
    times = torch.randint(1, process.steps + 1, (len(clean),), device="cpu")
    return times, torch.randn(clean.shape, device="cpu").to(clean)


def likelihood_loss(
    process: MeanRevertingProcess, predict: TimedNoisePredictor, degraded: Tensor, clean: Tensor
) -> Tensor:
    """Distance between the reverse SDE's expected x_{t-1} and the most likely one (eq. 15), a scalar.

    The expected one is x_t - [theta_t (mu - x_t) - sigma_t^2 score] dt with the predicted score; the most likely one
    is `MeanRevertingProcess.optimal_step`.

    Args:
        process: the process of the training.
        predict: the noise predictor in training.
        degraded: mean mu of the process, (N, C, H, W) in [0, 1].
        clean: its starting point x_0, of the same shape.
    """
    t, noise = random_times(process, clean)
    x = process.state(clean, degraded, t, noise)
    score = process.score(predict(x, degraded, t), t)
    theta, sigma = (table[t].to(x).view(-1, 1, 1, 1) for table in (process.thetas, process.sigmas))
    expected = x - (theta * (degraded - x) - sigma**2 * score) * process.dt
    return (expected - process.optimal_step(x, clean, degraded, t)).abs().mean()


def matching_loss(
    process: MeanRevertingProcess, predict: TimedNoisePredictor, degraded: Tensor, clean: Tensor
) -> Tensor:
    """Distance between predicted and true noise, alike at all times (eq. 9 with weights of 1), a scalar.

    Arguments are those of `likelihood_loss`.
    """
    t, noise = random_times(process, clean)
    x = process.state(clean, degraded, t, noise)
    return (predict(x, degraded, t) - noise).abs().mean()


def denoising_likelihood_loss(process: DenoisingProcess, predict: DenoisingPredictor, clean: Tensor) -> Tensor:
    """Distance between the reverse SDE's expected x_{t-1} and the most likely one, a scalar, as in `likelihood_loss`.

    The noise is that of the process, whose mean is the clean image.

    Args:
        process: the process of the training.
        predict: the noise predictor in training.
        clean: x_0 and mu of the process, (N, C, H, W) in [0, 1].
    """
    t, noise = random_times(process, clean)
    x = process.state(clean, clean, t, noise)
    return (process.expected_step(x, predict(x, t), t) - process.optimal_step(x, clean, clean, t)).abs().mean()


def denoising_matching_loss(process: DenoisingProcess, predict: DenoisingPredictor, clean: Tensor) -> Tensor:
    """Distance between predicted and true noise, a scalar; arguments are those of `denoising_likelihood_loss`."""
    t, noise = random_times(process, clean)
    return (predict(process.state(clean, clean, t, noise), t) - noise).abs().mean()
