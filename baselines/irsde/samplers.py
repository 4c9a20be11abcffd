"""Samplers that reverse the process, each with steps linear in its inputs.

x_{t-1} = a x_t + b mu + c predicted_noise + d fresh_noise: a sampler provides the four coefficients for each t, so a
step reads each image once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor

from .process import MeanRevertingProcess

__all__ = ["SAMPLERS", "SamplerName", "Step", "reverse"]

SamplerName = Literal["posterior", "sde", "ode"]


@dataclass(frozen=True, slots=True)
class Step:
    """Coefficients of one reverse step."""

    state: float
    mean: float
    predicted: float
    fresh: float
    """Coefficient of new standard normal noise; 0 for a deterministic step."""

    def __call__(self, x: Tensor, degraded: Tensor, predicted: Tensor, fresh: Tensor | None) -> Tensor:
        """Compute x_{t-1}; `fresh` may be `None` if its coefficient is 0."""
        x = (x * self.state).add(degraded, alpha=self.mean).add(predicted, alpha=self.predicted)
        return x if fresh is None else x.add(fresh, alpha=self.fresh)


def sde_step(process: MeanRevertingProcess, t: int) -> Step:
    """Euler-Maruyama step of the reverse-time SDE (eq. 3).

    x_{t-1} = x_t - [theta (mu - x_t) - sigma^2 score] dt - sigma sqrt(dt) z, score = -noise / sigma_bar. The
    sign of z follows the official code, so that recorded trajectories can be replayed.
    """
    theta, sigma, spread, dt = _coefficients(process, t)
    return Step(1 + theta * dt, -theta * dt, -(sigma**2) * dt / spread, -sigma * math.sqrt(dt))


def ode_step(process: MeanRevertingProcess, t: int) -> Step:
    """Euler step of the probability-flow ODE, with half the score and no noise."""
    theta, sigma, spread, dt = _coefficients(process, t)
    return Step(1 + theta * dt, -theta * dt, -0.5 * sigma**2 * dt / spread, 0)


def posterior_step(process: MeanRevertingProcess, t: int) -> Step:
    """Sample of p(x_{t-1} | x_t, x_0), with x_0 - mu estimated as (x_t - mu - sigma_bar noise) exp(Theta_t dt).

    The variance is bounded below as in the official code.
    """
    weight, from_clean, variance = (float(value) for value in process.posterior(t, process.thetas))
    _, _, spread, dt = _coefficients(process, t)
    growth = from_clean * math.exp(float(process.theta_sums[t]) * dt)
    floor = process.max_sigma**2 * 1e-20 * dt
    return Step(weight + growth, 1 - weight - growth, -growth * spread, math.sqrt(max(variance, floor)))


def _coefficients(process: MeanRevertingProcess, t: int) -> tuple[float, float, float, float]:
    return float(process.thetas[t]), float(process.sigmas[t]), float(process.sigma_bars[t]), process.dt


SAMPLERS: dict[SamplerName, Callable[[MeanRevertingProcess, int], Step]] = {
    "posterior": posterior_step,
    "sde": sde_step,
    "ode": ode_step,
}


class NoisePredictor(Protocol):
    """A network that predicts the noise from the state, the degraded image and the time index."""

    def __call__(self, x: Tensor, degraded: Tensor, t: int, /) -> Tensor: ...


def reverse(
    process: MeanRevertingProcess,
    sampler: SamplerName,
    predict: NoisePredictor,
    *,
    start: Tensor,
    degraded: Tensor,
    draw: Callable[[int], Tensor],
) -> Iterator[Tensor]:
    """Yield the states x_{T-1}, ..., x_0 from the noisy start x_T, each (N, C, H, W).

    Args:
        process: the process to reverse.
        sampler: the reverse step.
        predict: the noise predictor.
        start: x_T.
        degraded: the mean mu.
        draw: draws standard normal noise for step t; not called by `ode`.
    """
    x = start
    for t in range(process.steps, 0, -1):
        step = SAMPLERS[sampler](process, t)
        x = step(x, degraded, predict(x, degraded, t), draw(t) if step.fresh else None)
        yield x
