"""One equation from its parts: half a step of source and diffusion, a step of advection, and the halves mirrored.

A step S(dt/2) D(dt/2) A(dt) D(dt/2) S(dt/2) has an error of the order of dt^2 per unit of time if its parts have
(Strang: On the Construction and Comparison of Difference Schemes, SIAM J. Numer. Anal. 1968). The source is constant in
time, so adding dt/2 f is exact.

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

    Without gradients, memory does not grow with the number of steps; with gradients, each step keeps its state alone
    and is computed again backwards.

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

    def step(state: Tensor, now: Transport) -> Tensor:
        dt = time / steps
        state = _half(state, now, dt / 2, border, weight, source_first=True)
        if form == "conservative":
            state = remap(state, now.u, now.v, dt, border=border)
        else:
            state = advect(state, now.u, now.v, dt, interpolation=interpolation, border=border)
        return _half(state, now, dt / 2, border, weight, source_first=False)

    def whole(state: Tensor) -> Tensor:
        return step(state, coefficients(state) if callable(coefficients) else coefficients)

    recompute = steps > 1 and torch.is_grad_enabled()
    for _ in range(steps):
        state = checkpoint(whole, state, use_reentrant=False) if recompute else whole(state)
    return state


def _half(state: Tensor, now: Transport, dt: float, border: Border, weight: float, *, source_first: bool) -> Tensor:
    """Half a step of source and diffusion, in this order or the other."""
    pushed = None if now.source is None else now.source * dt
    if source_first and pushed is not None:
        state = state + pushed
    if now.constant_diffusion:
        state = diffuse_exactly(state, now.dx, now.dy, dt, border=border)
    else:
        state = diffuse_implicitly(state, now.dx, now.dy, dt, border=border, weight=weight)
    return state if source_first or pushed is None else state + pushed
