"""Advection, diffusion and a source on the pixel grid: h_t + div(v h) = div(D grad h) + f, K explicit steps to time T.

The grid is one cell a pixel. Through the face between two cells, left to right, flows

    F = max(u, 0) h_left + min(u, 0) h_right - Dx (h_right - h_left),

with u and Dx the means of the two cells: first-order upwind advection and central diffusion (LeVeque: Finite Volume
Methods for Hyperbolic Problems, 2002, sections 4.8 and 4.10), up and down alike. A step of dt = T/K changes each cell
by dt times what flows in, less what flows out, plus f. Through the border flows nothing (`zero-flux`), or what would
flow if the outermost cells were repeated outside (`replicate`; zero-order extrapolation, LeVeque, section 7.2.1): with
equal values on both sides of a border face F = u h, where velocities point out as well as in, and nothing diffuses.

Stability. With a = max(u, 0) + Dx >= 0 and b = max(-u, 0) + Dx >= 0 the flux is F = a h_left - b h_right: a step
multiplies h by a matrix whose off-diagonal entries dt a, dt b are non-negative and whose columns sum to 1 (what
leaves one cell enters another). The diagonal is 1 - dt (a_right + b_left + a_below + b_above). If

    |u|, |v| <= V   and   0 <= Dx, Dy <= D   and   4 dt (V + D) <= 1,                                           (1)

then it is non-negative too, because each of the four terms is at most V + D. A non-negative matrix with column sums 1
keeps the sum of h (mass), keeps h >= 0, and does not increase the sum of |h|: the scheme is stable in L1 for any v and
D that vary as they like. Its rows sum to 1 - dt div v, so where div v = 0, and always without advection, a new value
is a mean of old ones: no value leaves the range of the old (maximum principle). Otherwise |h| grows by at most
exp(T max(-div v)), as the equation itself allows. (1) bounds the CFL number V dt and the diffusion number D dt
together; `limits` splits it evenly: V = D = K / (8 T), so that both numbers are at most 1/8.

`replicate` changes the diagonal alone: a border face takes dt u from it where u points out and adds dt |u| where u
points in. Taken is at most dt V, no more than through any other face, so that (1) keeps the matrix non-negative and
h >= 0 as before. Mass is not kept: a step changes it by exactly dt times what the border faces carry in, less what they
carry out. A column sums to 1 less dt times the outward velocities at its cell's border, in a corner at most 1 + 2 dt V,
so that the sum of |h| grows by at most exp(2 T V), and not at all where nothing flows in. Rows sum to 1 - dt div v with
the border faces in div v, which is therefore 0 everywhere in a uniform flow: values stay in their range and a constant
stays constant, while `zero-flux` piles it up at the border that the flow runs into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

__all__ = ["Boundary", "Coefficients", "limits", "soft_limit", "solve"]

Boundary = Literal["zero-flux", "replicate"]
"""What flows through the border: nothing, or what would flow if the outermost cells were repeated outside."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What moves and spreads the state; each (N, C, H, W) and at the centres of the cells, in pixels and time units."""

    u: Tensor
    """Velocity to the right."""

    v: Tensor
    """Velocity downwards."""

    dx: Tensor
    """Diffusivity along rows, not negative."""

    dy: Tensor
    """Diffusivity along columns, not negative."""


def limits(steps: int, time: float) -> float:
    """The largest speed, and the largest diffusivity, for which the scheme is stable: K / (8 T), see (1).

    >>> limits(8, 1.0)
    1.0
    """
    return steps / (8 * time)


def soft_limit(value: Tensor, bound: float) -> Tensor:
    """`bound` tanh(value / bound): the value itself where it is small, never beyond the bound.

    The bound rises with K, so that a small coefficient means the same however many steps are taken.
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
    """The state after `time`.

    Without gradients it works in two buffers, however many steps there are; with them, autograd keeps each state.

    Args:
        state: h at time 0, (N, C, H, W); not changed.
        coefficients: constant over time; stable if they respect `limits(steps, time)`.
        source: f, constant over time; `None` for none.
        steps: K, at least 1.
        time: T.
        boundary: what flows through the border.
    """
    stencil = _Stencil.build(coefficients, time / steps, boundary)
    pushed = None if source is None else source * (time / steps)
    buffers = () if torch.is_grad_enabled() else (torch.empty_like(state), torch.empty_like(state))
    for step in range(steps):
        state = stencil.apply(state, pushed, buffers[step % 2] if buffers else None)
    return state


@dataclass(frozen=True, slots=True)
class _Stencil:
    """The matrix of one step: what each cell keeps, and what it hands to each neighbour."""

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
    """Shares of a cell that a step moves to the next cell along `dim`, and from there back."""
    length = velocity.shape[dim] - 1
    speed = (velocity.narrow(dim, 0, length) + velocity.narrow(dim, 1, length)) * (dt / 2)
    spread = (diffusivity.narrow(dim, 0, length) + diffusivity.narrow(dim, 1, length)) * (dt / 2)
    forward = speed.clamp(min=0) + spread
    return forward, forward - speed
