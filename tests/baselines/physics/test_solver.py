"""The scheme against the exact solution of the equation, and against what its docstring proves."""

from __future__ import annotations

import math
import typing

import pytest
import torch
from restorebench.baselines.physics import Coefficients, limits, solve
from restorebench.baselines.physics.solver import Boundary, soft_limit
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

BOUNDARIES: tuple[Boundary, ...] = typing.get_args(Boundary)


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
    moved = (centre[0] + velocity[0] * time, centre[1] + velocity[1] * time)
    widened = (variance[0] + 2 * diffusivity[0] * time, variance[1] + 2 * diffusivity[1] * time)
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
    some = wild(shape, 4, 1.0)
    end = solve(state, some, None, steps=4, time=1.0)
    torch.testing.assert_close(end.sum(), state.sum())
    flowing = solve(state, some, None, steps=1, time=0.25, boundary="replicate")
    torch.testing.assert_close(flowing.sum(), state.sum() - 0.25 * (outward(some) * state).sum())


def matrix_of(coefficients: Coefficients, boundary: Boundary, *, steps: int, time: float) -> Tensor:
    """The matrix of one step of dt = time/steps: column j is what becomes of a one in cell j. (cells, cells)."""
    cells = coefficients.u.numel()
    ones = torch.eye(cells, dtype=torch.float64).reshape(cells, *coefficients.u.shape[1:])
    repeated = Coefficients(*(getattr(coefficients, name).expand_as(ones) for name in ("u", "v", "dx", "dy")))
    return solve(ones, repeated, None, steps=1, time=time / steps, boundary=boundary).reshape(cells, cells).T


def extreme(shape: tuple[int, ...], bound: float) -> Coefficients:
    """Every coefficient at one end of its range or the other: the entries of the matrix are linear between them."""
    u, v = (torch.randint(0, 2, shape).double() * 2 * bound - bound for _ in range(2))
    dx, dy = (torch.randint(0, 2, shape).double() * bound for _ in range(2))
    return Coefficients(u, v, dx, dy)


def outward(coefficients: Coefficients) -> Tensor:
    """Velocities through the border faces of each cell, outwards, in sum; written without the solver."""
    total = torch.zeros_like(coefficients.u)
    height, width = total.shape[2:]
    for row in range(height):
        for column in range(width):
            u, v = coefficients.u[..., row, column], coefficients.v[..., row, column]
            total[..., row, column] = (
                (u if column == width - 1 else 0)
                - (u if column == 0 else 0)
                + (v if row == height - 1 else 0)
                - (v if row == 0 else 0)
            )
    return total


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(("steps", "time"), [(1, 1.0), (5, 3.0)])
def test_the_matrix_of_a_step_is_what_the_proof_says(boundary: Boundary, steps: int, time: float) -> None:
    shape, bound, dt = (1, 1, 4, 5), limits(steps, time), time / steps
    for case in range(60):
        coefficients = extreme(shape, bound)
        if case < 4:  # every cell, those in the corners too, is blown the same way at the limit
            coefficients.u.fill_(bound * (1 if case % 2 else -1))
            coefficients.v.fill_(bound * (1 if case < 2 else -1))
        matrix = matrix_of(coefficients, boundary, steps=steps, time=time)
        assert matrix.min() >= 0
        leaving = outward(coefficients).flatten() * dt if boundary == "replicate" else torch.zeros(20).double()
        torch.testing.assert_close(matrix.sum(0), 1 - leaving)
        assert matrix.sum(0).max() <= 1 + 2 * dt * bound * (boundary == "replicate") + 1e-12


def test_replicate_loses_and_gains_exactly_what_crosses_the_border() -> None:
    shape, steps, time = (2, 3, 6, 5), 7, 2.0
    coefficients, state, source = wild(shape, steps, time), torch.rand(shape).double(), torch.rand(shape).double()
    dt, mass = time / steps, state.sum((2, 3))
    for _ in range(steps):
        mass += dt * (source - outward(coefficients) * state).sum((2, 3))
        state = solve(state, coefficients, source, steps=1, time=dt, boundary="replicate")
        torch.testing.assert_close(state.sum((2, 3)), mass)


@pytest.mark.parametrize("inwards", [True, False])
def test_replicate_bounds_the_sum_of_absolute_values(*, inwards: bool) -> None:
    """Each corner is fed from two sides at the limit, or nothing is fed at all."""
    shape, steps, time = (1, 2, 8, 8), 60, 2.0
    coefficients, bound = wild(shape, steps, time), limits(steps, time)
    half = torch.tensor([1.0] * 4 + [-1.0] * 4, dtype=torch.float64) * (bound if inwards else -bound)
    coefficients.u[:], coefficients.v[:] = half, half[:, None]
    state = torch.randn(shape, dtype=torch.float64)
    end = solve(state, coefficients, None, steps=steps, time=time, boundary="replicate").abs().sum()
    assert end <= state.abs().sum() * (math.exp(2 * time * bound) if inwards else 1)
    corner = torch.zeros(shape, dtype=torch.float64)
    corner[..., 0, 0] = 1
    fed = solve(corner, coefficients, None, steps=1, time=time / steps, boundary="replicate").sum() / corner.sum()
    assert float(fed) == pytest.approx(1 + 2 * time / steps * bound * (1 if inwards else -1))


def test_a_uniform_flow_keeps_the_range_with_replicate_and_piles_up_without() -> None:
    shape, steps = (1, 1, 9, 9), 30
    bound = limits(steps, 1.0)
    some = wild(shape, steps, 1.0)
    blown = Coefficients(torch.full(shape, bound).double(), torch.full(shape, -bound).double(), some.dx, some.dy)
    state = torch.rand(shape, dtype=torch.float64)
    end = solve(state, blown, None, steps=steps, time=1.0, boundary="replicate")
    assert end.min() >= state.min()
    assert end.max() <= state.max() + 1e-12
    grey = torch.full(shape, 0.5, dtype=torch.float64)
    torch.testing.assert_close(solve(grey, blown, None, steps=steps, time=1.0, boundary="replicate"), grey)
    assert solve(grey, blown, None, steps=steps, time=1.0).max() > 1


@pytest.mark.parametrize("velocity", [(4.0, 0.0), (-4.0, 3.0), (0.0, -4.0)])
def test_what_drifts_out_is_gone_with_replicate(velocity: tuple[float, float]) -> None:
    """To first order the Gaussian leaves as if there were no border; half of it and more does."""
    errors: list[float] = []
    for cells in (48, 96, 192):
        start = gaussian(cells, (0.5, 0.5), (0.006, 0.006))
        coefficients = constant(start, velocity[0] * cells, velocity[1] * cells, 0.0, 0.0)
        steps = math.ceil(5 * 0.15 * cells * sum(map(abs, velocity)))
        end = solve(start, coefficients, None, steps=steps, time=0.15, boundary="replicate")
        place = (0.5 + velocity[0] * 0.15, 0.5 + velocity[1] * 0.15)
        errors.append(float((end - gaussian(cells, place, (0.006, 0.006))).abs().mean()))
        assert end.sum() < 0.5 * start.sum()
    assert errors[0] > errors[1] > errors[2]
    assert math.log2(errors[1] / errors[2]) == pytest.approx(1, abs=0.25)


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


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_both_ways_of_stepping_agree_and_leave_their_arguments_alone(boundary: Boundary) -> None:
    shape = (1, 2, 6, 7)
    coefficients, state, source = wild(shape, 7, 1.0), torch.rand(shape).double(), torch.rand(shape).double()
    before = state.clone()
    with torch.inference_mode():
        buffered = solve(state, coefficients, source, steps=7, time=1.0, boundary=boundary)
    kept = solve(state, coefficients, source, steps=7, time=1.0, boundary=boundary)
    torch.testing.assert_close(kept, buffered, rtol=0, atol=0)
    assert torch.equal(state, before)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_gradients_are_those_of_the_scheme(boundary: Boundary) -> None:
    shape = (1, 1, 4, 3)
    u, v = torch.randn(2, *shape, dtype=torch.float64) * 0.2
    inputs = [*torch.rand(2, *shape, dtype=torch.float64), u, v, *torch.rand(2, *shape, dtype=torch.float64) * 0.3]
    leaves = [value.clone().requires_grad_() for value in inputs]

    def run(state: Tensor, source: Tensor, *fields: Tensor) -> Tensor:
        return solve(state, Coefficients(*fields), source, steps=3, time=1.0, boundary=boundary)

    assert torch.autograd.gradcheck(run, leaves)
