from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from restorebench.baselines.physics.transport.tridiagonal import solve_cyclic, solve_tridiagonal


def system(length: int, seed: int) -> tuple[torch.Tensor, ...]:
    """Diagonally dominant, three systems."""
    generator = torch.Generator().manual_seed(seed)
    lower, upper, right = torch.rand(3, 3, length, dtype=torch.float64, generator=generator) * 2 - 1
    diagonal = lower.abs() + upper.abs() + 0.1 + torch.rand(3, length, dtype=torch.float64, generator=generator)
    return lower, diagonal, upper, right


def dense(lower: torch.Tensor, diagonal: torch.Tensor, upper: torch.Tensor, *, ring: bool) -> np.ndarray:
    length = len(diagonal)
    matrix = np.zeros((length, length))
    for i in range(length):
        matrix[i, i] += float(diagonal[i])
        if ring or i > 0:
            matrix[i, (i - 1) % length] += float(lower[i])
        if ring or i < length - 1:
            matrix[i, (i + 1) % length] += float(upper[i])
    return matrix


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10_000))
def test_equals_a_dense_solver(length: int, seed: int) -> None:
    lower, diagonal, upper, right = system(length, seed)
    found = solve_tridiagonal(lower, diagonal, upper, right)
    for i in range(3):
        expected = np.linalg.solve(dense(lower[i], diagonal[i], upper[i], ring=False), right[i].numpy())
        np.testing.assert_allclose(found[i].numpy(), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("length", [3, 4, 7, 32])
def test_equals_a_dense_solver_on_a_ring(length: int) -> None:
    lower, diagonal, upper, right = system(length, length)
    found = solve_cyclic(lower, diagonal, upper, right)
    for i in range(3):
        expected = np.linalg.solve(dense(lower[i], diagonal[i], upper[i], ring=True), right[i].numpy())
        np.testing.assert_allclose(found[i].numpy(), expected, rtol=1e-9, atol=1e-11)
