"""Advection, diffusion and a source on the pixel grid: h_t + div(v h) = div(D grad h) + f, K explicit steps to time T.

The grid has one cell per pixel. The flux through the face between two cells, from left to right, is

    F = max(u, 0) h_left + min(u, 0) h_right - Dx (h_right - h_left),

where u and Dx are the means of the two cells: first-order upwind advection and central diffusion (LeVeque: Finite
Volume Methods for Hyperbolic Problems, 2002, sections 4.8 and 4.10), likewise up and down. A step of dt = T/K changes
each cell by dt times inflow minus outflow plus f. The flux through the border is zero (`zero-flux`), or that for
outermost cells repeated outside (`replicate`; zero-order extrapolation, LeVeque, section 7.2.1): equal values on both
sides of a border face give F = u h, for outward and inward velocities, without diffusion.

Stability. With a = max(u, 0) + Dx >= 0 and b = max(-u, 0) + Dx >= 0 the flux is F = a h_left - b h_right: a step
multiplies h by a matrix with non-negative off-diagonal entries dt a, dt b and column sums of 1 (the outflow of one
cell is the inflow of another). The diagonal is 1 - dt (a_right + b_left + a_below + b_above). If

    |u|, |v| <= V   and   0 <= Dx, Dy <= D   and   4 dt (V + D) <= 1,                                           (1)

then it is non-negative too, because each of the four terms is at most V + D. A non-negative matrix with column sums 1
preserves the sum of h (mass) and h >= 0, and does not increase the sum of |h|: the scheme is stable in L1 for
arbitrarily varying v and D. Its rows sum to 1 - dt div v, so where div v = 0, and always without advection, a new value
is a mean of old ones and stays in their range (maximum principle). Otherwise |h| grows by at most
exp(T max(-div v)), as the equation itself allows. (1) bounds the CFL number V dt and the diffusion number D dt
together; `limits` splits it evenly: V = D = K / (8 T), so that both numbers are at most 1/8.

`replicate` changes only the diagonal: a border face subtracts dt u where u points out and adds dt |u| where u points
in. It subtracts at most dt V, no more than any other face, so (1) keeps the matrix non-negative and h >= 0 as before.
Mass is not conserved: a step changes it by exactly dt times inflow minus outflow through the border. A column sums to 1
minus dt times the outward velocities at its cell's border, in a corner at most 1 + 2 dt V, so the sum of |h| grows by
at most exp(2 T V), and not at all without inflow. Rows sum to 1 - dt div v, with the border faces included in div v,
which is therefore 0 everywhere in a uniform flow: values stay in their range and a constant stays constant, while
`zero-flux` accumulates it at the border that the flow runs into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

__all__ = ["Boundary", "Coefficients", "limits", "soft_limit", "solve"]

Boundary = Literal["zero-flux", "replicate"]
"""Flux through the border: zero, or that for outermost cells repeated outside."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Velocities and diffusivities at cell centres, each (N, C, H, W), in pixels and time units."""

    u: Tensor
    """Velocity to the right."""

    v: Tensor
    """Velocity downwards."""

    dx: Tensor
    """Diffusivity along rows, non-negative."""

    dy: Tensor
    """Diffusivity along columns, non-negative."""


def limits(steps: int, time: float) -> float:
    """Upper bound of speed and of diffusivity for a stable scheme: K / (8 T), see (1).

    >>> limits(8, 1.0)
    1.0
    """
    return steps / (8 * time)


def soft_limit(value: Tensor, bound: float) -> Tensor:
    """Limit smoothly by `bound` tanh(value / bound), which hardly changes small values.

    The bound grows with K, so a small coefficient has the same meaning for any number of steps.
    """
    return torch.tanh(value / bound) * bound


def solve(
    state: Tensor,
    coefficients: Coefficients,
    source: Tensor | None,
    *,
    steps: int,
    time: float,
    boundary: Boundary = "zero-flux",
) -> Tensor:
    """Solve for the state at `time`.

    Without gradients, two buffers suffice for any number of steps; with gradients, autograd keeps each state.

    Args:
        state: h at time 0, (N, C, H, W); not modified.
        coefficients: constant over time; stable within `limits(steps, time)`.
        source: f, constant over time; `None` for no source.
        steps: K, at least 1.
        time: T.
        boundary: flux through the border.
    """
    stencil = _Stencil.build(coefficients, time / steps, boundary)
    pushed = None if source is None else source * (time / steps)
    buffers = () if torch.is_grad_enabled() else (torch.empty_like(state), torch.empty_like(state))
    for step in range(steps):
        state = stencil.apply(state, pushed, buffers[step % 2] if buffers else None)
    return state


@dataclass(frozen=True, slots=True)
class _Stencil:
    """Matrix of one step: the share that each cell keeps, and the shares passed to its neighbours."""

    kept: Tensor
    right: Tensor
    left: Tensor
    down: Tensor
    up: Tensor

    @classmethod
    def build(cls, coefficients: Coefficients, dt: float, boundary: Boundary) -> _Stencil:
        right, left = _through_faces(coefficients.u, coefficients.dx, dt, dim=3)
        down, up = _through_faces(coefficients.v, coefficients.dy, dt, dim=2)
        kept = torch.ones_like(coefficients.u)
        kept[..., :-1] -= right
        kept[..., 1:] -= left
        kept[..., :-1, :] -= down
        kept[..., 1:, :] -= up
        if boundary == "replicate":
            kept[..., -1] -= coefficients.u[..., -1] * dt
            kept[..., 0] += coefficients.u[..., 0] * dt
            kept[..., -1, :] -= coefficients.v[..., -1, :] * dt
            kept[..., 0, :] += coefficients.v[..., 0, :] * dt
        return cls(kept, right, left, down, up)

    def apply(self, state: Tensor, pushed: Tensor | None, out: Tensor | None) -> Tensor:
        if pushed is None:
            new = torch.mul(self.kept, state, out=out)
        else:
            new = torch.addcmul(pushed, self.kept, state, out=out)
        new[..., 1:].addcmul_(self.right, state[..., :-1])
        new[..., :-1].addcmul_(self.left, state[..., 1:])
        new[..., 1:, :].addcmul_(self.down, state[..., :-1, :])
        new[..., :-1, :].addcmul_(self.up, state[..., 1:, :])
        return new


def _through_faces(velocity: Tensor, diffusivity: Tensor, dt: float, *, dim: int) -> tuple[Tensor, Tensor]:
    """Shares of a cell that a step moves to the next cell along `dim`, and back from there."""
    length = velocity.shape[dim] - 1
    speed = (velocity.narrow(dim, 0, length) + velocity.narrow(dim, 1, length)) * (dt / 2)
    spread = (diffusivity.narrow(dim, 0, length) + diffusivity.narrow(dim, 1, length)) * (dt / 2)
    forward = speed.clamp(min=0) + spread
    return forward, forward - speed
