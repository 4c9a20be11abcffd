"""The mean-reverting stochastic differential equation of IR-SDE, and the quantities needed to reverse it.

Luo, Gustafsson, Zhao, Sjölund, Schön, "Image Restoration with Mean-Reverting Stochastic Differential
Equations", ICML 2023, arXiv 2301.11699: dx = theta_t (mu - x) dt + sigma_t dw, with the degraded image mu as
the mean and sigma_t^2 = 2 lambda^2 theta_t, where lambda is the stationary standard deviation.
"""

from __future__ import annotations

import copy
import math
from typing import Literal, Self

import torch
from torch import Tensor

from ...bench.errors import UsageError

__all__ = ["MeanRevertingProcess", "ScheduleName", "check_steps", "evenly", "theta_schedule"]

ScheduleName = Literal["cosine", "linear", "constant"]
"""Schedule of the mean-reversion speed theta_t over time."""


def theta_schedule(name: ScheduleName, steps: int) -> Tensor:
    """Compute theta_0 to theta_T as float32 on the CPU, (steps + 1,).

    - `cosine`: theta_i = 1 - a_{i+1} / a_0 with a_j = cos^2(((j / (T+2)) + 0.008) / 1.008 * pi / 2), which is
      one minus the signal rate of Nichol and Dhariwal (2021), not its decrement;
    - `linear`: linear from 0.1 / (T+1) to 20 / (T+1);
    - `constant`: ones.
    """
    if name == "constant":
        return torch.ones(steps + 1, device="cpu")
    if name == "linear":
        return torch.linspace(0.1 / (steps + 1), 20 / (steps + 1), steps + 1, device="cpu")
    position = torch.linspace(0, steps + 2, steps + 3, device="cpu") / (steps + 2)
    signal = torch.cos((position + 0.008) / 1.008 * math.pi * 0.5) ** 2
    return 1 - (signal / signal[0])[1:-1]


def check_steps(steps: int | None, last: int) -> None:
    """Refuse numbers of time steps and of steps taken among them, `None` for all, that no process has.

    Raises:
        UsageError: T = `last` is below 1, or `steps` is not from 1 to T.
    """
    if last < 1 or not 1 <= (last if steps is None else steps) <= last:
        raise UsageError(f"T={last} must be at least 1, and steps={steps} from 1 to T.")


def evenly(last: int, steps: int) -> Tensor:
    """Spread `steps` + 1 times evenly, up to rounding, from 0 to `last`."""
    return (torch.arange(steps + 1, device="cpu") * last / steps).round().long()


class MeanRevertingProcess:
    """The discretised process, with time indices from t = 0 (clean) to `steps` (degraded and noisy).

    Methods take `t` as an integer or as a tensor (N,) of integers, one per image.

    Args:
        steps: number of time steps T.
        max_sigma: stationary standard deviation lambda in grey levels of 255; values below 1 are fractions.
        schedule: schedule of theta over time.
        eps: share of the clean image left at time T, exp(-Theta_T dt), which determines dt.
    """

    def __init__(
        self, *, steps: int = 100, max_sigma: float = 10, schedule: ScheduleName = "cosine", eps: float = 0.005
    ) -> None:
        self.steps = steps
        self.times = torch.arange(steps + 1, device="cpu")
        """Time index of every step for the network; not consecutive in a thinned process."""

        self.max_sigma = self.fraction(max_sigma)
        self.thetas = theta_schedule(schedule, steps)
        self.theta_sums = self.thetas.cumsum(0) - self.thetas[0]
        """Theta_t, the integral of theta over time in units of dt."""

        self.dt = float(-math.log(eps) / self.theta_sums[-1])
        self.sigmas = self.max_sigma * torch.sqrt(2 * self.thetas)
        self.sigma_bars = self.max_sigma * torch.sqrt(-torch.expm1(-2 * self.theta_sums * self.dt))
        """Standard deviation of x_t around its mean `mu_bar`."""

    def thinned(self, steps: int) -> Self:
        """The same process seen at `steps` of its times, evenly spaced by index from 0 to T: at most T.

        The states at these times have the same distribution; theta_t is the mean between two of them, in units of dt.
        """
        return self if steps == self.steps else self.visiting(evenly(self.steps, steps))

    def visiting(self, times: Tensor) -> Self:
        """The same process seen at some of its times only, increasing integers from 0, (steps + 1,); see `thinned`."""
        process = copy.copy(self)
        process.steps = len(times) - 1
        process.times = self.times[times]
        process.theta_sums = self.theta_sums[times]
        process.thetas = torch.cat((self.thetas[:1], process.theta_sums.diff()))
        process.sigmas = self.max_sigma * torch.sqrt(2 * process.thetas)
        process.sigma_bars = self.sigma_bars[times]
        return process

    @staticmethod
    def fraction(sigma: float) -> float:
        """Convert a standard deviation in grey levels to a fraction of the range; values below 1 are fractions."""
        return sigma / 255 if sigma >= 1 else sigma

    def decay(self, t: int | Tensor, like: Tensor) -> Tensor:
        """Share of the clean image left at time `t`, exp(-Theta_t dt): (1 or N, 1, 1, 1) for images (N, C, H, W)."""
        return self._decay(self.theta_sums, t, like)

    def spread(self, t: int | Tensor, like: Tensor) -> Tensor:
        """Standard deviation sigma_bar at time `t`, shaped as in `decay`."""
        return self._at(self.sigma_bars, t, like)

    def mu_bar(self, clean: Tensor, degraded: Tensor, t: int | Tensor) -> Tensor:
        """Mean of x_t given clean and degraded image: mu + (x_0 - mu) exp(-Theta_t dt) (Proposition 3.1)."""
        return torch.lerp(degraded, clean, self.decay(t, clean))

    def state(self, clean: Tensor, degraded: Tensor, t: int | Tensor, noise: Tensor) -> Tensor:
        """Compute x_t in closed form for standard normal `noise`."""
        return self.mu_bar(clean, degraded, t) + self.spread(t, clean) * noise

    def forward_step(self, x: Tensor, degraded: Tensor, t: int, noise: Tensor) -> Tensor:
        """Compute x_t from x_{t-1} by an Euler-Maruyama step of the degradation."""
        theta, sigma = float(self.thetas[t]), float(self.sigmas[t])
        return x + theta * self.dt * (degraded - x) + sigma * math.sqrt(self.dt) * noise

    def true_noise(self, x: Tensor, clean: Tensor, degraded: Tensor, t: int | Tensor) -> Tensor:
        """Standard normal noise in `x` given clean and degraded image: the network's training target."""
        return (x - self.mu_bar(clean, degraded, t)) / self.spread(t, x)

    def clean_estimate(self, x: Tensor, degraded: Tensor, noise: Tensor, t: int | Tensor) -> Tensor:
        """Estimate x_0 from `x` and its `noise`; errors of `noise` are amplified by up to 1 / eps."""
        spread = self.spread(t, x) * noise
        return (x - degraded - spread) / self.decay(t, x) + degraded

    def score(self, noise: Tensor, t: int | Tensor) -> Tensor:
        """Gradient of the log density of x_t, -noise / sigma_bar_t."""
        return -noise / self.spread(t, noise)

    def optimal_step(self, x: Tensor, clean: Tensor, degraded: Tensor, t: int | Tensor) -> Tensor:
        """Most likely x_{t-1} given x_t, clean and degraded image (Proposition 3.2): the target of training."""
        from_state, from_clean, _ = self.posterior(t, x)
        return from_state * (x - degraded) + from_clean * (clean - degraded) + degraded

    def posterior(self, t: int | Tensor, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights of x_t - mu and x_0 - mu in the mean of p(x_{t-1} | x_t, x_0), and its variance.

        With A = exp(-theta_t dt), B = exp(-Theta_t dt), C = exp(-Theta_{t-1} dt) they are A (1 - C^2) / (1 - B^2),
        C (1 - A^2) / (1 - B^2) and lambda^2 (1 - A^2) (1 - C^2) / (1 - B^2). In float32 the differences lose
        digits where A is near 1, as in the official code and therefore in recorded trajectories.
        """
        step, whole, before = (
            self._decay(table, index, like)
            for table, index in ((self.thetas, t), (self.theta_sums, t), (self.theta_sums, t - 1))
        )
        rest = 1 - whole**2
        from_state = step * (1 - before**2) / rest
        from_clean = before * (1 - step**2) / rest
        return from_state, from_clean, self.max_sigma**2 * ((1 - step**2) * (1 - before**2) / rest)

    def _decay(self, table: Tensor, t: int | Tensor, like: Tensor) -> Tensor:
        return torch.exp(-self.dt * self._at(table, t, like))

    @staticmethod
    def _at(table: Tensor, t: int | Tensor, like: Tensor) -> Tensor:
        """Look up entries of a table for images like (N, C, H, W): shape (1 or N, 1, 1, 1)."""
        return table.to(like)[t].view(-1, 1, 1, 1)
