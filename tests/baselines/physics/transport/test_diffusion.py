from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from restorebench.baselines.physics.transport.diffusion import diffuse_exactly, diffuse_implicitly
from restorebench.baselines.physics.transport.sampling import Border
from scipy.linalg import expm

BORDERS: tuple[Border, ...] = ("zero-flux", "periodic")


def laplacian(length: int, border: Border) -> np.ndarray:
    """The matrix of the grid, written down entry by entry."""
    matrix = np.zeros((length, length))
    for i in range(length):
        for j in (i - 1, i + 1):
            if border == "periodic" or 0 <= j < length:
                matrix[i, j % length] += 1
                matrix[i, i] -= 1
    return matrix


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("sides", [(6, 9), (1, 4), (8, 8)])
@pytest.mark.parametrize("dt", [0.1, 3.0, 400.0])
def test_the_exact_step_is_the_exponential_of_the_matrix(sides: tuple[int, int], border: Border, dt: float) -> None:
    state = torch.rand(1, 2, *sides, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    dx, dy = torch.tensor([0.4, 0.0]).double().view(1, 2, 1, 1), torch.tensor([0.1, 2.0]).double().view(1, 2, 1, 1)
    found = diffuse_exactly(state, dx, dy, dt, border=border)
    for channel in range(2):
        along_y = expm(dt * float(dy[0, channel]) * laplacian(sides[0], border))
        along_x = expm(dt * float(dx[0, channel]) * laplacian(sides[1], border))
        expected = along_y @ state[0, channel].numpy() @ along_x.T
        torch.testing.assert_close(found[0, channel], torch.from_numpy(expected), rtol=0, atol=1e-12)


@pytest.mark.parametrize("border", ["zero-flux", "replicate", "periodic"])
@pytest.mark.parametrize("dt", [0.1, 10.0, 1e4])
def test_implicit_steps_of_any_length_are_stable(border: Border, dt: float) -> None:
    generator = torch.Generator().manual_seed(2)
    state, dx, dy = torch.rand(3, 1, 2, 11, 7, dtype=torch.float64, generator=generator)
    state = state * 2 - 1
    euler, crank = (diffuse_implicitly(state, dx, dy, dt, border=border, weight=weight) for weight in (1.0, 0.5))
    assert float(euler.max()) <= float(state.max()) + 1e-12
    assert float(euler.min()) >= float(state.min()) - 1e-12
    assert euler.abs().sum() <= state.abs().sum()
    assert crank.square().sum() <= state.square().sum() * (1 + 1e-12)
    for end in (euler, crank):
        torch.testing.assert_close(end.sum((2, 3)), state.sum((2, 3)), rtol=0, atol=1e-10)


@pytest.mark.parametrize("border", BORDERS)
def test_implicit_steps_converge_to_the_exact_one(border: Border) -> None:
    place = torch.arange(16, dtype=torch.float64)
    state = torch.exp(-((place - 6) ** 2) / 8)[None, None, :, None] * torch.exp(-((place - 9) ** 2) / 5)
    dx, dy = state.new_full((1, 1, 1, 1), 0.7), state.new_full((1, 1, 1, 1), 0.4)
    exact = diffuse_exactly(state, dx, dy, 4.0, border=border)

    def error(steps: int, weight: float) -> float:
        end = state
        for _ in range(steps):
            end = diffuse_implicitly(
                end, dx.expand_as(state), dy.expand_as(state), 4.0 / steps, border=border, weight=weight
            )
        return float((end - exact).abs().max())

    assert math.log2(error(8, 0.5) / error(16, 0.5)) == pytest.approx(2, abs=0.2)
    assert math.log2(error(8, 1.0) / error(16, 1.0)) == pytest.approx(1, abs=0.2)


def test_a_wall_of_low_diffusivity_lets_little_through() -> None:
    state = torch.zeros(1, 1, 1, 9, dtype=torch.float64)
    state[..., 0] = 1.0
    open_way, walled = torch.ones_like(state), torch.ones_like(state)
    walled[..., 4:6] = 0.0  # the face between two pixels has their mean
    end, kept = (
        diffuse_implicitly(state, each, torch.zeros_like(state), 2.0, border="zero-flux", weight=1.0)
        for each in (open_way, walled)
    )
    assert float(kept[..., 5:].sum()) == pytest.approx(0.0, abs=1e-15)
    assert float(end[..., 5:].sum()) > 0.01
