"""Semi-Lagrangian advection, h_t + v . grad h = 0: a new value is the old one where its path began.

The path that ends in a pixel is traced back by the midpoint rule (Staniforth and Cote: Semi-Lagrangian Integration
Schemes for Atmospheric Models, 1991): from x to x - dt/2 v(x), and from there with the velocity found on the way,

    x_d = x - dt v(x - dt/2 v(x)),     h_new(x) = h(x_d),

with an error of the order of dt^2 in the path. A new value is an interpolated old one, so with an interpolation that
keeps the range of its map (both of `sampling` do) max |h| never grows, whatever v and dt are: no step is too long.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .sampling import Border, Interpolation, sample

__all__ = ["advect", "departures"]


def advect(state: Tensor, u: Tensor, v: Tensor, dt: float, *, interpolation: Interpolation, border: Border) -> Tensor:
    """One step.

    Args:
        state: h, (N, C, H, W).
        u: velocity to the right in pixels per unit of time, (N, G, H, W); C is a multiple of G, and neighbouring
            channels share a velocity.
        v: velocity downwards, likewise.
        dt: length of the step, of any size.
        interpolation: of the state.
        border: of the map; `zero-flux` and `replicate` are the same here.
    """
    shape = state.shape
    x, y = departures(u, v, dt, border)
    maps = state.reshape(-1, shape[1] // u.shape[1], *shape[2:])
    return sample(maps, x.flatten(0, 1), y.flatten(0, 1), interpolation, border).reshape(shape)


def departures(u: Tensor, v: Tensor, dt: float, border: Border) -> tuple[Tensor, Tensor]:
    """Where the paths that end in each pixel began: columns and rows, (N, G, H, W) each, possibly outside the map."""
    height, width = u.shape[2:]
    rows = torch.arange(height, dtype=u.dtype, device=u.device)[:, None]
    columns = torch.arange(width, dtype=u.dtype, device=u.device)
    both = torch.stack((u, v), dim=2).flatten(0, 1)
    halfway = sample(both, columns - dt / 2 * both[:, 0], rows - dt / 2 * both[:, 1], "bilinear", border)
    u_halfway, v_halfway = halfway.reshape(*u.shape[:2], 2, height, width).unbind(2)
    return columns - dt * u_halfway, rows - dt * v_halfway
