"""The scheme against the exact solution of the equation, and against what its docstring proves."""

from __future__ import annotations

import math

import pytest
import torch
from restorebench.baselines.physics import Coefficients, limits, solve
from restorebench.baselines.physics.solver import soft_limit
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def gaussian(cells: int, centre: tuple[float, float], variance: tuple[float, float]) -> Tensor:
    """A normal density on the unit square, at the centres of cells x cells; (1, 1, H, W), float64."""
    place = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    along_x, along_y = (
        torch.exp(-((place - c) ** 2) / (2 * s)) / math.sqrt(2 * math.pi * s)
        for c, s in zip(centre, variance, strict=True)
    )
    return (along_y[:, None] * along_x)[None, None]


def constant(like: Tensor, u: float, v: float, dx: float, dy: float) -> Coefficients:
    return Coefficients(*(torch.full_like(like, value) for value in (u, v, dx, dy)))


def error_after(cells: int, velocity: tuple[float, float], diffusivity: tuple[float, float], time: float) -> float:
    """Mean absolute difference from the Gaussian that drifts by v t and widens by 2 D t."""
    centre, variance = (0.45, 0.5), (0.004, 0.005)
    start = gaussian(cells, centre, variance)
    u, v = (speed * cells for speed in velocity)
    dx, dy = (spread * cells**2 for spread in diffusivity)
    # A fixed share of the stability limit, so that time steps shrink with the grid as they must.
    steps = math.ceil(5 * time * (abs(u) + abs(v) + 2 * dx + 2 * dy))
    solved = solve(start, constant(start, u, v, dx, dy), None, steps=steps, time=time)
    moved = tuple(c + speed * time for c, speed in zip(centre, velocity, strict=True))
    widened = tuple(s + 2 * spread * time for s, spread in zip(variance, diffusivity, strict=True))
    return float((solved - gaussian(cells, moved, widened)).abs().mean())


@pytest.mark.parametrize(
    ("velocity", "diffusivity", "order"),
    [((0.8, -0.5), (0.01, 0.02), 1), ((-0.8, 0.6), (0.0, 0.0), 1), ((0.0, 0.0), (0.02, 0.01), 2)],
)
def test_converges_to_the_drifting_spreading_gaussian(
    velocity: tuple[float, float], diffusivity: tuple[float, float], order: int
) -> None:
    coarse, middle, fine = (error_after(cells, velocity, diffusivity, 0.1) for cells in (48, 96, 192))
    assert math.log2(middle / fine) == pytest.approx(order, abs=0.15)
    assert coarse > middle > fine


def wild(shape: tuple[int, ...], steps: int, time: float) -> Coefficients:
    """Coefficients anywhere within the limits, with a preference for the limits themselves."""
    bound = limits(steps, time)
    u, v = (soft_limit(torch.randn(shape, dtype=torch.float64) * 9 * bound, bound) for _ in range(2))
    dx, dy = (torch.rand(shape, dtype=torch.float64).round(decimals=1) * bound for _ in range(2))
    return Coefficients(u, v, dx, dy)


@pytest.mark.parametrize(("steps", "time"), [(1, 1.0), (3, 0.5), (40, 8.0)])
def test_mass_is_kept_and_nothing_becomes_negative(steps: int, time: float) -> None:
    shape = (2, 3, 9, 14)
    state = torch.rand(shape, dtype=torch.float64)
    end = solve(state, wild(shape, steps, time), None, steps=steps, time=time)
    torch.testing.assert_close(end.sum((2, 3)), state.sum((2, 3)), rtol=1e-12, atol=0)
    assert end.min() >= -1e-15
    assert not torch.allclose(end, state)


def test_the_bound_is_sharp_in_the_worst_case() -> None:
    """All four velocities out of one cell at the limit leave nothing in it; beyond the limit it turns negative."""
    u, v = torch.zeros(2, 1, 1, 4, 4, dtype=torch.float64)
    u[..., 1:3, :2], u[..., 1:3, 2:] = -1, 1
    state = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    state[..., 1:3, 1:3] = 1
    bound = limits(1, 1.0)
    spread = torch.ones_like(u)
    within = solve(state, Coefficients(u * bound, v, spread * bound, spread * bound), None, steps=1, time=1.0)
    assert within.min() >= 0
    beyond = Coefficients(u * bound * 12, v, spread * bound, spread * bound)
    assert solve(state, beyond, None, steps=1, time=1.0).min() < 0


def test_without_advection_no_value_leaves_the_range() -> None:
    shape = (1, 4, 11, 7)
    some = wild(shape, 25, 1.0)
    still = Coefficients(torch.zeros(shape), torch.zeros(shape), some.dx, some.dy)
    state = torch.rand(shape, dtype=torch.float64)
    end = solve(state, still, None, steps=25, time=1.0)
    assert end.min() >= state.min()
    assert end.max() <= state.max()


def test_the_sum_of_absolute_values_never_grows() -> None:
    shape = (1, 2, 12, 12)
    state = torch.randn(shape, dtype=torch.float64)
    end = solve(state, wild(shape, 60, 2.0), None, steps=60, time=2.0)
    assert end.abs().sum() <= state.abs().sum()


def test_the_source_adds_its_integral() -> None:
    shape = (1, 1, 6, 5)
    state, source = torch.zeros(shape, dtype=torch.float64), torch.rand(shape, dtype=torch.float64)
    end = solve(state, wild(shape, 12, 3.0), source, steps=12, time=3.0)
    torch.testing.assert_close(end.sum(), 3.0 * source.sum())


def test_velocities_point_right_and_down() -> None:
    state = torch.zeros(1, 1, 5, 5)
    state[0, 0, 2, 2] = 1
    still = torch.zeros_like(state)
    for u, v, where in ((0.1, 0.0, (2, 3)), (-0.1, 0.0, (2, 1)), (0.0, 0.1, (3, 2)), (0.0, -0.1, (1, 2))):
        end = solve(state, Coefficients(still + u, still + v, still, still), None, steps=1, time=1.0)
        assert end[(0, 0, *where)] == pytest.approx(0.1)
        assert end[0, 0, 2, 2] == pytest.approx(0.9)


@pytest.mark.parametrize("shape", [(1, 2, 1, 1), (1, 2, 1, 5), (2, 1, 5, 1)])
def test_a_single_row_or_pixel_is_a_grid_too(shape: tuple[int, ...]) -> None:
    state = torch.rand(shape, dtype=torch.float64)
    end = solve(state, wild(shape, 4, 1.0), None, steps=4, time=1.0)
    torch.testing.assert_close(end.sum(), state.sum())


class Storages(TorchDispatchMode):
    """Counts the different pieces of memory that operations write their results to."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Tensor] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # noqa: ANN001, ANN204 -- torch's own signature
        result = func(*args, **(kwargs or {}))
        self.held.append(result)
        return result

    @property
    def count(self) -> int:
        return len({each.untyped_storage().data_ptr() for each in self.held})


def test_memory_does_not_grow_with_the_steps() -> None:
    shape = (1, 2, 8, 8)
    counts: list[int] = []
    for steps in (2, 50):
        coefficients, state = wild(shape, steps, 1.0), torch.rand(shape, dtype=torch.float64)
        with torch.inference_mode(), Storages() as storages:
            solve(state, coefficients, state, steps=steps, time=1.0)
        counts.append(storages.count)
    assert counts[0] == counts[1]


def test_both_ways_of_stepping_agree_and_leave_their_arguments_alone() -> None:
    shape = (1, 2, 6, 7)
    coefficients, state, source = wild(shape, 7, 1.0), torch.rand(shape).double(), torch.rand(shape).double()
    before = state.clone()
    with torch.inference_mode():
        buffered = solve(state, coefficients, source, steps=7, time=1.0)
    torch.testing.assert_close(solve(state, coefficients, source, steps=7, time=1.0), buffered, rtol=0, atol=0)
    assert torch.equal(state, before)


def test_gradients_are_those_of_the_scheme() -> None:
    shape = (1, 1, 4, 3)
    u, v = torch.randn(2, *shape, dtype=torch.float64) * 0.2
    inputs = [*torch.rand(2, *shape, dtype=torch.float64), u, v, *torch.rand(2, *shape, dtype=torch.float64) * 0.3]
    leaves = [value.clone().requires_grad_() for value in inputs]

    def run(state: Tensor, source: Tensor, *fields: Tensor) -> Tensor:
        return solve(state, Coefficients(*fields), source, steps=3, time=1.0)

    assert torch.autograd.gradcheck(run, leaves)
