"""Transport of the bands of a Laplacian pyramid, each on its own grid (Burt and Adelson 1983).

A coarse band changes slowly from pixel to pixel, so the derivative of its transport by the velocity is right over
longer ways than that of a fine one: what optical flow uses pyramids for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor
from torch.nn import functional

from .splitting import Transport

__all__ = ["transport_bands"]


def transport_bands(
    state: Tensor, coefficients: Transport, solve: Callable[[Tensor, Transport], Tensor], levels: int
) -> Tensor:
    """Split into bands, solve for each, and add them up.

    Args:
        state: h at time 0, (N, C, H, W).
        coefficients: on the grid of `state`.
        solve: the state at the end from that at the beginning.
        levels: bands at most; one ends where a side is a single pixel.
    """
    if levels == 1 or min(state.shape[2:]) == 1:
        return solve(state, coefficients)
    coarse, fine = _split(state)
    slow, fast = (None, None) if coefficients.source is None else _split(coefficients.source)
    moved = transport_bands(coarse, replace(_on_half_the_grid(coefficients), source=slow), solve, levels - 1)
    return solve(fine, replace(coefficients, source=fast)) + _resized(moved, state)


def _split(maps: Tensor) -> tuple[Tensor, Tensor]:
    """The half-size map, and what it lacks."""
    coarse = _halved(maps)
    return coarse, maps - _resized(coarse, maps)


def _on_half_the_grid(fixed: Transport) -> Transport:
    """In pixels of twice the side: velocities halve, diffusivities quarter."""
    dx, dy = (each / 4 if each.shape[2:] == (1, 1) else _halved(each) / 4 for each in (fixed.dx, fixed.dy))
    return Transport(_halved(fixed.u) / 2, _halved(fixed.v) / 2, dx, dy)


def _halved(maps: Tensor) -> Tensor:
    return functional.avg_pool2d(maps, 2, ceil_mode=True, count_include_pad=False)


def _resized(maps: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(maps, size=like.shape[2:], mode="bilinear", align_corners=False)
