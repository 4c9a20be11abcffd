"""Many tridiagonal systems at once, solved by parallel cyclic reduction."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["solve_cyclic", "solve_tridiagonal"]


def solve_tridiagonal(lower: Tensor, diagonal: Tensor, upper: Tensor, right: Tensor) -> Tensor:
    """Solve lower[i] x[i-1] + diagonal[i] x[i] + upper[i] x[i+1] = right[i] along the last dimension.

    Parallel cyclic reduction (Hockney and Jesshope: Parallel Computers, 1981): after log2(n) rounds, each of which
    eliminates the neighbours of all unknowns at once, every equation has one unknown. Stable for diagonally dominant
    systems. Differentiable.

    Args:
        lower: (..., n); the first is not used.
        diagonal: (..., n).
        upper: (..., n); the last is not used.
        right: (..., n), of any leading dimensions that the others broadcast to.
    """
    length = right.shape[-1]
    inner = torch.ones(length, dtype=right.dtype, device=right.device)
    lower = lower * functional.pad(inner[1:], (1, 0))
    upper = upper * functional.pad(inner[1:], (0, 1))
    distance = 1
    while distance < length:
        below, above = -lower / _moved(diagonal, distance, 1), -upper / _moved(diagonal, -distance, 1)
        diagonal = diagonal + below * _moved(upper, distance) + above * _moved(lower, -distance)
        right = right + below * _moved(right, distance) + above * _moved(right, -distance)
        lower, upper = below * _moved(lower, distance), above * _moved(upper, -distance)
        distance *= 2
    return right / diagonal


def solve_cyclic(lower: Tensor, diagonal: Tensor, upper: Tensor, right: Tensor) -> Tensor:
    """As `solve_tridiagonal`, on a ring: the first and the last unknown are neighbours (Sherman and Morrison 1950).

    Args:
        lower: (..., n); the first couples the first unknown with the last.
        diagonal: (..., n), n at least 3.
        upper: (..., n); the last couples the last unknown with the first.
        right: (..., n).
    """
    corner = -diagonal[..., :1]
    ends = torch.zeros_like(diagonal)
    ends[..., :1] = corner
    ends[..., -1:] = upper[..., -1:]
    reduced = diagonal.clone()
    reduced[..., :1] = diagonal[..., :1] - corner
    reduced[..., -1:] = diagonal[..., -1:] - upper[..., -1:] * lower[..., :1] / corner
    straight = solve_tridiagonal(lower, reduced, upper, right)
    bent = solve_tridiagonal(lower, reduced, upper, ends.expand_as(right))
    ratio = lower[..., :1] / corner
    share = straight[..., :1] + ratio * straight[..., -1:]
    whole = 1 + bent[..., :1] + ratio * bent[..., -1:]
    return straight - share / whole * bent


def _moved(values: Tensor, distance: int, outside: float = 0.0) -> Tensor:
    """Move along the last dimension; `outside` comes in."""
    if distance > 0:
        return functional.pad(values[..., :-distance], (distance, 0), value=outside)
    return functional.pad(values[..., -distance:], (0, -distance), value=outside)
