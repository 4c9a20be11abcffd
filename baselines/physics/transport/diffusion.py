"""Diffusion, h_t = div(D grad h), stable for steps of any length.

`diffuse_exactly` solves the equation on the pixel grid, dh_i/dt = D (h_{i-1} - 2 h_i + h_{i+1}) and likewise along
columns, exactly in time: in the cosine or the Fourier basis each coefficient decays by exp(-4 dt D sin^2(...)). The
matrix of the grid has non-negative off-diagonal entries and rows and columns that sum to zero, so its exponential is
non-negative with rows and columns that sum to one: values stay in their range, the sum of h is kept.

`diffuse_implicitly` takes coefficients that vary from pixel to pixel, with the flux through a face as in
`physics.solver`, along rows and columns in turn (half, whole, half: Strang). `weight` 1 is backward Euler, whose matrix
is the inverse of one with rows and columns that sum to one and non-positive off-diagonal entries: again a non-negative
one with those sums, of first order in time. `weight` 1/2 is Crank and Nicolson's (1947): of second order, keeps the sum
and never increases the sum of squares, since the matrix of the grid is symmetric and negative, but may leave the range.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from .sampling import Border
from .tridiagonal import solve_cyclic, solve_tridiagonal

__all__ = ["diffuse_exactly", "diffuse_implicitly"]

RING = 3
"""Fewest cells of a ring in which no two are neighbours twice."""


def diffuse_exactly(state: Tensor, dx: Tensor, dy: Tensor, dt: float, *, border: Border) -> Tensor:
    """One step with coefficients that are constant over the map.

    Args:
        state: h, (N, C, H, W).
        dx: diffusivity along rows in pixels² per unit of time, non-negative, (N or 1, C or 1, 1, 1).
        dy: diffusivity along columns, likewise.
        dt: length of the step, of any size.
        border: `periodic`, or no flux through the border.
    """
    height, width = state.shape[2:]
    if border == "periodic":
        decay = _decay(height, 2, dy, dt, state).mT * _decay(width, 2, dx, dt, state)[..., : width // 2 + 1]
        spectrum = cast("Tensor", torch.fft.rfft2(state))  # pyright: ignore[reportUnknownMemberType] -- torch leaves it untyped
        return cast("Tensor", torch.fft.irfft2(spectrum * decay, s=(height, width)))  # pyright: ignore[reportUnknownMemberType] -- as above
    decay = _decay(height, 1, dy, dt, state).mT * _decay(width, 1, dx, dt, state)
    rows, columns = (_cosines(length, state) for length in (height, width))
    return rows.mT @ ((rows @ state @ columns.mT) * decay) @ columns


def _decay(length: int, turns: int, diffusivity: Tensor, dt: float, like: Tensor) -> Tensor:
    """exp(-4 dt D sin^2(pi k turns / 2 length)) for each basis function k, (N or 1, C or 1, 1, length)."""
    k = torch.arange(length, dtype=like.dtype, device=like.device)
    return torch.exp(diffusivity * (-4 * dt * torch.sin(k * (math.pi * turns / (2 * length))) ** 2))


def _cosines(length: int, like: Tensor) -> Tensor:
    """Orthonormal cosine basis (DCT-II), a row for each function."""
    places = torch.arange(length, dtype=torch.float64, device=like.device)
    basis = torch.cos(math.pi / length * (places + 0.5) * places[:, None]) * math.sqrt(2 / length)
    basis[0] /= math.sqrt(2)
    return basis.to(like.dtype)


def diffuse_implicitly(
    state: Tensor, dx: Tensor, dy: Tensor, dt: float, *, border: Border, weight: float = 0.5
) -> Tensor:
    """One step with coefficients that vary over the map.

    Args:
        state: h, (N, C, H, W).
        dx: diffusivity along rows at pixel centres, non-negative, (N, C, H, W).
        dy: diffusivity along columns, likewise.
        dt: length of the step, of any size.
        border: as in `diffuse_exactly`; `periodic` needs three pixels along each side.
        weight: share of the end of the step in its fluxes, from 1/2 to 1.
    """
    state = _along(state, dx, dt / 2, border, weight)
    state = _along(state.mT, dy.mT, dt, border, weight).mT
    return _along(state, dx, dt / 2, border, weight)


def _along(state: Tensor, diffusivity: Tensor, dt: float, border: Border, weight: float) -> Tensor:
    """One step along the last dimension."""
    ring = border == "periodic" and state.shape[-1] >= RING
    through = (diffusivity + diffusivity.roll(-1, -1)) * (dt / 2)  # the face to the right of each pixel
    if not ring:
        through = through * functional.pad(torch.ones_like(through[..., 1:]), (0, 1))
    right, left = through, through.roll(1, -1)
    if weight < 1:
        ahead, behind = state.roll(-1, -1) - state, state - state.roll(1, -1)
        state = state + (1 - weight) * (right * ahead - left * behind)
    solve = solve_cyclic if ring else solve_tridiagonal
    return solve(-weight * left, 1 + weight * (right + left), -weight * right, state)
