"""The denoising process: a mean-reverting process whose mean is the clean image.

A noisy image is a state of the process at the time at which the spread equals its noise, so restoration starts there
instead of at T (Luo et al., arXiv 2301.11699, denoising experiments).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Literal, Self

import torch
from torch import Tensor

from .process import MeanRevertingProcess, ScheduleName, evenly

__all__ = ["DenoisingProcess", "DenoisingSampler"]

DenoisingSampler = Literal["sde", "ode", "posterior"]
"""The paper's reverse-time SDE and probability-flow ODE, and the posterior."""


class DenoisingProcess(MeanRevertingProcess):
    """Reversal without a known mean, which is expressed by the score: mu - x = sigma_bar^2 score.

    Args:
        steps: number of time steps T.
        max_sigma: as in `MeanRevertingProcess`, except that 1 counts as a fraction.
        schedule: schedule of theta over time.
        eps: remainder at time T; the official value differs from the other tasks.
    """

    def __init__(
        self, *, steps: int = 100, max_sigma: float = 75, schedule: ScheduleName = "cosine", eps: float = 0.04
    ) -> None:
        super().__init__(steps=steps, max_sigma=max_sigma, schedule=schedule, eps=eps)

    @staticmethod
    def fraction(sigma: float) -> float:
        """Convert a standard deviation in grey levels to a fraction of the range; values up to 1 are fractions."""
        return sigma / 255 if sigma > 1 else sigma

    def start_step(self, sigma: float) -> int:
        """Find the step t at which the spread is closest to noise of standard deviation `sigma`.

        Solves sigma^2 = lambda^2 (1 - exp(-2 Theta dt)) for Theta and takes the nearest Theta_t.

        Args:
            sigma: fraction if at most 1, otherwise grey levels of 255; at most the process's lambda.

        Raises:
            ValueError: `sigma` exceeds lambda.
        """
        remaining = 1 - (self.fraction(sigma) / self.max_sigma) ** 2 + 1e-6
        if remaining <= 0:
            raise ValueError(f"noise of sigma {sigma} is above the maximum of the process")
        theta_sum = -math.log(remaining) / (2 * self.dt)
        return int((self.theta_sums - theta_sum).abs().argmin())

    def from_noise(self, sigma: float, steps: int | None = None) -> Self:
        """The process from the clean image to noise of `sigma`, in `steps` even steps; `None` or too many for all.

        Raises:
            ValueError: `sigma` exceeds lambda.
        """
        start = self.start_step(sigma)
        return self.visiting(evenly(start, min(steps or start, start)))

    def reverse(
        self,
        predict: Callable[[Tensor, int], Tensor],
        noisy: Tensor,
        *,
        kind: DenoisingSampler = "sde",
        draw: Callable[[int], Tensor],
    ) -> Iterator[Tensor]:
        """Yield the states from `noisy` (N, C, H, W), a state at the last time, to the clean image.

        With mu - x = sigma_bar^2 score and A = exp(-2 Theta_t dt), the drift of the reverse SDE becomes
        -sigma^2 / 2 (1 + A) score, and that of the probability-flow ODE -sigma^2 / 2 A score. `posterior` samples
        p(x_{t-1} | x_t, x_0) with the estimate x_t - sigma_bar noise for x_0, which has no error of discretisation.

        Args:
            predict: predicts the noise in a state at time t.
            noisy: image with the noise of the last time.
            kind: stochastic, deterministic, or stochastic by the posterior.
            draw: draws standard normal noise for step t; not called by `ode`.
        """
        x = noisy
        for t in range(self.steps, 0, -1):
            predicted = predict(x, t) * float(self.sigma_bars[t])
            if kind == "posterior":
                weight, _, variance = (float(value) for value in self.posterior(t, self.thetas))
                x, deviation = x - (1 - weight) * predicted, math.sqrt(max(variance, 0))
            else:
                x = x - self._drift(t, stochastic=kind == "sde") * predicted
                deviation = -float(self.sigmas[t]) * math.sqrt(self.dt)
            yield (x := x if kind == "ode" else x + deviation * draw(t))

    def expected_step(self, x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Mean of x_{t-1} by the reverse SDE for images (N, C, H, W) and their times (N,)."""
        drift = torch.tensor([self._drift(int(time), stochastic=True) for time in t]).to(x).view(-1, 1, 1, 1)
        return x - drift * self.spread(t, x) * noise

    def _drift(self, t: int, *, stochastic: bool) -> float:
        """Share of the noise that a step removes."""
        left = math.exp(-2 * float(self.theta_sums[t]) * self.dt)
        diffusion, spread = float(self.sigmas[t]), float(self.sigma_bars[t])
        return 0.5 * diffusion**2 * (left + stochastic) * self.dt / spread**2
