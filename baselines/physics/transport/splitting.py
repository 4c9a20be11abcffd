"""One equation from its parts: half a step of diffusion and source, a step of advection, and the halves mirrored.

A step D(dt/2) S(dt/2) A(dt) S(dt/2) D(dt/2) has an error of the order of dt^2 per unit of time if its parts have
(Strang: On the Construction and Comparison of Difference Schemes, SIAM Journal on Numerical Analysis, 1968). The source
is constant in time, so adding dt/2 f is exact; two halves of diffusion that follow each other are one whole.

Stability, for every v, D >= 0, T and K. `advective` with constant D: every part but the source replaces values by means
of values or limits them to their range, so

    max |h(T)| <= max |h(0)| + T max |f|,

and without a source all values stay between the least and the greatest of h(0), the maximum principle. `conservative`
with constant D: no part but the source increases the sum of |h| where nothing flows in, so sum |h(T)| <= sum |h(0)| +
T sum |f|; and the sum of h changes by T sum f exactly, with `zero-flux` and `periodic` borders. The same holds for
variable D with `weight` 1; with 1/2, the step of diffusion does not increase the sum of squares, and is of second
order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint  # pyright: ignore[reportUnknownVariableType] -- torch leaves it untyped

from .advection import advect
from .diffusion import diffuse_exactly, diffuse_implicitly
from .remapping import remap
from .sampling import Border, Interpolation

__all__ = ["Form", "Transport", "transport"]

Form = Literal["advective", "conservative"]


@dataclass(frozen=True, slots=True)
class Transport:
    """Coefficients, in pixels and time units."""

    u: Tensor
    """Velocity to the right, (N, G, H, W); C is a multiple of G, and neighbouring channels share a velocity."""

    v: Tensor
    """Velocity downwards, (N, G, H, W)."""

    dx: Tensor
    """Diffusivity along rows, non-negative: (N or 1, C, 1, 1) if constant over the map, or (N, C, H, W)."""

    dy: Tensor
    """Diffusivity along columns, likewise."""

    source: Tensor | None = None
    """f, (N, C, H, W)."""

    @property
    def constant_diffusion(self) -> bool:
        """Whether the diffusivities do not vary over the map."""
        return self.dx.shape[2:] == (1, 1) == self.dy.shape[2:]


def transport(
    state: Tensor,
    coefficients: Transport | Callable[[Tensor], Transport],
    *,
    steps: int,
    time: float,
    form: Form = "advective",
    interpolation: Interpolation = "bilinear",
    border: Border = "zero-flux",
    weight: float = 0.5,
) -> Tensor:
    """Solve for the state at `time`.

    Without gradients, memory does not grow with the number of steps; with gradients, a step after the first keeps its
    state alone and is computed again backwards.

    Args:
        state: h at time 0, (N, C, H, W); not modified.
        coefficients: constant over time, or a function that computes them from the state before each step.
        steps: K, at least 1.
        time: T; a step lasts T/K.
        form: of the advection.
        interpolation: of `advective`; `conservative` is piecewise linear.
        border: of the map.
        weight: of `diffuse_implicitly`, for diffusivities that vary over the map.
    """
    dt = time / steps

    def diffused(state: Tensor, now: Transport, dt: float) -> Tensor:
        if now.constant_diffusion:
            return diffuse_exactly(state, now.dx, now.dy, dt, border=border)
        return diffuse_implicitly(state, now.dx, now.dy, dt, border=border, weight=weight)

    def moved(state: Tensor, now: Transport) -> Tensor:
        pushed = 0 if now.source is None else now.source * (dt / 2)
        state = state + pushed
        if form == "conservative":
            return remap(state, now.u, now.v, dt, border=border) + pushed
        return advect(state, now.u, now.v, dt, interpolation=interpolation, border=border) + pushed

    def whole(state: Tensor) -> Tensor:
        now = coefficients(state) if callable(coefficients) else coefficients
        return diffused(moved(diffused(state, now, dt / 2), now), now, dt / 2)

    if callable(coefficients):
        return _repeated(whole, state, steps)
    fixed = coefficients
    state = diffused(state, fixed, dt / 2)
    state = _repeated(lambda state: diffused(moved(state, fixed), fixed, dt), state, steps - 1)
    return diffused(moved(state, fixed), fixed, dt / 2)


def _repeated(step: Callable[[Tensor], Tensor], state: Tensor, times: int) -> Tensor:
    for _ in range(times):
        state = checkpoint(step, state, use_reentrant=False) if torch.is_grad_enabled() else step(state)
    return state
