"""Conservative transport, h_t + div(v h) = 0: the content of a cell is what lay between where its walls came from.

Along one side of the map, with the mass to the left of x, M(x) = integral of h up to x, and the wall j of a cell
coming from x_j (traced back as in `advection`), the new value of the cell between j and j + 1 is

    h_new = M(x_{j+1}) - M(x_j).

The sum of h telescopes: what leaves one cell enters another, exactly. h is linear within a cell, with the slope of
van Leer's limiter (1977), and none that changes the sign within the cell. Walls keep their order (x_j never
decreases), so the intervals do not overlap: h >= 0 stays so, and the sum of |h| never grows, whatever v and dt are,
where nothing flows in.
In the plane, half a step along rows, one along columns and half a step along rows (Strang 1968).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .sampling import Border

__all__ = ["remap"]


def remap(state: Tensor, u: Tensor, v: Tensor, dt: float, *, border: Border) -> Tensor:
    """One step; arguments as in `advection.advect`."""
    state = _along(state, u, dt / 2, border)
    state = _along(state.mT, v.mT, dt, border).mT
    return _along(state, u, dt / 2, border)


def _along(state: Tensor, velocity: Tensor, dt: float, border: Border) -> Tensor:
    """One step along the last dimension."""
    walls = _departed_walls(velocity, dt, border)
    groups, length = velocity.shape[1], velocity.shape[-1]
    cells = state.reshape(state.shape[0], groups, -1, *state.shape[2:])
    mass = functional.pad(cells.cumsum(-1), (1, 0))
    slopes = _slopes(cells, border)
    where = walls[:, :, None]
    turns = (where / length).floor() if border == "periodic" else torch.zeros_like(where)
    inside = where - turns * length
    index = inside.detach().floor().clamp(0, length - 1).long().expand(*cells.shape[:-1], length + 1)
    # Beyond the border, the mass goes on with the value of the outermost cell, whose slope ends there.
    beyond = inside - index
    within = beyond.clamp(0, 1)
    value, slope, before = cells.gather(-1, index), slopes.gather(-1, index), mass.gather(-1, index)
    to_left = before + value * beyond + slope / 2 * (within * within - within) + turns * mass[..., -1:]
    return to_left.diff(dim=-1).reshape(state.shape)


def _departed_walls(velocity: Tensor, dt: float, border: Border) -> Tensor:
    """Positions (..., W + 1) from where the walls of the cells came, cell i being from i to i + 1."""
    length = velocity.shape[-1]
    at_walls = _at_walls(velocity, border)
    walls = torch.arange(length + 1, dtype=velocity.dtype, device=velocity.device)
    came = walls - dt * _between(at_walls, walls - dt / 2 * at_walls, border)
    if border == "zero-flux":
        came = came.clamp(0, length)
    ordered = came.cummax(dim=-1).values
    return torch.minimum(ordered, ordered[..., :1] + length) if border == "periodic" else ordered


def _at_walls(velocity: Tensor, border: Border) -> Tensor:
    inner = (velocity[..., 1:] + velocity[..., :-1]) / 2
    if border == "zero-flux":
        return functional.pad(inner, (1, 1))
    first, last = velocity[..., :1], velocity[..., -1:]
    if border == "periodic":
        first = last = (first + last) / 2
    return torch.cat((first, inner, last), dim=-1)


def _between(at_walls: Tensor, position: Tensor, border: Border) -> Tensor:
    """Interpolate velocities linearly between walls."""
    length = at_walls.shape[-1] - 1
    position = position.remainder(length) if border == "periodic" else position.clamp(0, length)
    index = position.detach().floor().clamp(0, length - 1).long()
    left, right = at_walls.gather(-1, index), at_walls.gather(-1, index + 1)
    return left + (position - index) * (right - left)


def _slopes(cells: Tensor, border: Border) -> Tensor:
    """Slopes within the cells: the smallest of the central and twice the one-sided differences, 0 at extrema."""
    if border == "periodic":
        around = torch.cat((cells[..., -1:], cells, cells[..., :1]), dim=-1)
    else:
        around = torch.cat((cells[..., :1], cells, cells[..., -1:]), dim=-1)
    steps = around.diff(dim=-1)
    behind, ahead = steps[..., :-1], steps[..., 1:]
    size = torch.minimum(2 * torch.minimum(behind.abs(), ahead.abs()), (behind + ahead).abs() / 2)
    size = torch.minimum(size, 2 * cells.abs())
    return torch.where(behind * ahead > 0, behind.sign() * size, torch.zeros_like(size))
