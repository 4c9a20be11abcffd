"""The equation against exact solutions and against what the docstrings prove, for steps far beyond explicit limits."""

from __future__ import annotations

import math
import typing

import pytest
import torch
from restorebench.baselines.physics import Coefficients, solve
from restorebench.baselines.physics.transport import Form, Transport, transport
from restorebench.baselines.physics.transport.sampling import Border, Interpolation
from torch import Tensor

FORMS: tuple[Form, ...] = typing.get_args(Form)
BORDERS: tuple[Border, ...] = typing.get_args(Border)
INTERPOLATIONS: tuple[Interpolation, ...] = typing.get_args(Interpolation)
CFL = (0.1, 1.0, 7.3, 100.0)
"""Pixels that the fastest feature moves in one step, times anything between -1 and 1."""


def gaussian(cells: int, centre: tuple[float, float], variance: tuple[float, float]) -> Tensor:
    """A normal density with unit mass, in pixels; (1, 1, cells, cells), float64."""
    place = torch.arange(cells, dtype=torch.float64)
    along_x, along_y = (
        torch.exp(-((place - c) ** 2) / (2 * s)) / math.sqrt(2 * math.pi * s)
        for c, s in zip(centre, variance, strict=True)
    )
    return (along_y[:, None] * along_x)[None, None]


def constant(like: Tensor, u: float, v: float, dx: float, dy: float) -> Transport:
    spread = [like.new_full((1, 1, 1, 1), value) for value in (dx, dy)]
    return Transport(torch.full_like(like, u), torch.full_like(like, v), *spread)


def wild(
    cfl: float, *, channels: int = 4, groups: int = 2, sides: tuple[int, int] = (9, 13)
) -> tuple[Tensor, Transport]:
    """A signed state and coefficients without any smoothness; one unit of time moves up to `cfl` pixels."""
    generator = torch.Generator().manual_seed(int(10 * cfl))

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1

    u, v = uniform(2, 2, groups, *sides) * cfl
    dx, dy = uniform(2, 2, channels, 1, 1).abs() * cfl
    return uniform(2, channels, *sides), Transport(u, v, dx, dy)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("cfl", CFL)
def test_advective_values_stay_in_their_range(cfl: float, interpolation: Interpolation, border: Border) -> None:
    state, coefficients = wild(cfl)
    end = transport(state, coefficients, steps=3, time=3.0, interpolation=interpolation, border=border)
    low, high = state.amin((2, 3)), state.amax((2, 3))
    assert (end.amin((2, 3)) >= low - 1e-12).all()
    assert (end.amax((2, 3)) <= high + 1e-12).all()


@pytest.mark.parametrize("border", ["zero-flux", "periodic"])
@pytest.mark.parametrize("cfl", CFL)
def test_conservative_transport_keeps_the_mass_and_never_increases_the_sum_of_magnitudes(
    cfl: float, border: Border
) -> None:
    state, coefficients = wild(cfl)
    end = transport(state, coefficients, steps=3, time=3.0, form="conservative", border=border)
    torch.testing.assert_close(end.sum((2, 3)), state.sum((2, 3)), rtol=0, atol=1e-11)
    assert (end.abs().sum((2, 3)) <= state.abs().sum((2, 3)) + 1e-11).all()
    positive = transport(state.abs(), coefficients, steps=3, time=3.0, form="conservative", border=border)
    assert (positive >= -1e-13).all()
    assert not torch.allclose(end, state, atol=1e-3)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("cfl", CFL)
def test_a_source_adds_no_more_than_it_brings(cfl: float, border: Border, form: Form) -> None:
    state, coefficients = wild(cfl)
    source = torch.ones_like(state)
    pushed = Transport(coefficients.u, coefficients.v, coefficients.dx, coefficients.dy, source)
    end, without = (
        transport(state, each, steps=2, time=0.7, form=form, border=border) for each in (pushed, coefficients)
    )
    if form == "advective":
        assert end.abs().max() <= state.abs().max() + 0.7 + 1e-12
        torch.testing.assert_close(end - without, 0.7 * source)  # a constant stays one
    elif border != "replicate":
        torch.testing.assert_close(end.sum((2, 3)) - state.sum((2, 3)), 0.7 * source.sum((2, 3)))


@pytest.mark.parametrize(
    ("form", "interpolation", "order"),
    [("advective", "bilinear", 1.0), ("advective", "bicubic", 1.9), ("conservative", "bilinear", 1.9)],
)
def test_converges_to_the_drifting_spreading_gaussian(form: Form, interpolation: Interpolation, order: float) -> None:
    """At a CFL number of 5 and a diffusion number of 2, which an explicit scheme would have to cut by 30."""
    errors: list[float] = []
    for cells in (64, 128, 256):
        unit = cells / 64
        start = gaussian(cells, (24 * unit, 40 * unit), (9 * unit**2, 12 * unit**2))
        steps = round(4 * unit)
        coefficients = constant(start, 16.7 * unit, -14.3 * unit, 6 * unit**2, 3 * unit**2)
        end = transport(start, coefficients, steps=steps, time=1.0, form=form, interpolation=interpolation)
        exact = gaussian(cells, (40.7 * unit, 25.7 * unit), (21 * unit**2, 18 * unit**2))
        errors.append(float((end - exact).abs().sum()))
    assert errors[0] > errors[1] > errors[2]
    assert math.log2(errors[0] / errors[2]) / 2 >= order - 0.15


def rotation(cells: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Columns and rows from the middle, and the velocities of one turn in one unit of time."""
    place = torch.arange(cells, dtype=torch.float64) - (cells - 1) / 2
    x, y = place.expand(cells, cells), place[:, None].expand(cells, cells)
    return x, y, -2 * math.pi * y, 2 * math.pi * x


@pytest.mark.parametrize(
    ("form", "interpolation", "height", "error"),
    [("advective", "bilinear", 0.55, 0.4), ("advective", "bicubic", 0.85, 0.1), ("conservative", "bilinear", 0.8, 0.1)],
)
def test_a_cone_survives_a_turn(form: Form, interpolation: Interpolation, height: float, error: float) -> None:
    """The rotating cone of the literature (Zalesak 1979), at a CFL number of about 6 in the corners."""
    cells = 64
    x, y, u, v = rotation(cells)
    cone = (1 - ((x - 12.5).square() + (y - 0.5).square()).sqrt() / 9).clamp(min=0)[None, None]
    still = cone.new_zeros(1, 1, 1, 1)
    end = transport(
        cone,
        Transport(u[None, None], v[None, None], still, still),
        steps=48,
        time=1.0,
        form=form,
        interpolation=interpolation,
    )
    top = int(end.argmax())
    assert (top % cells, top // cells) == (int(cone.argmax()) % cells, int(cone.argmax()) // cells)
    assert height < float(end.max()) <= float(cone.max())
    assert float(end.min()) >= -1e-12
    assert float(end.sum()) == pytest.approx(float(cone.sum()), rel=0.015)
    assert float((end - cone).abs().sum() / cone.sum()) < error


@pytest.mark.parametrize(("form", "interpolation"), [("advective", "bicubic"), ("conservative", "bilinear")])
def test_a_deforming_flow_and_back(form: Form, interpolation: Interpolation) -> None:
    """The swirl of LeVeque (1996, section 9.5), which is undone in the second half of the time."""
    errors: list[float] = []
    for cells in (32, 64, 128):
        place = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
        x, y = place.expand(cells, cells), place[:, None].expand(cells, cells)
        u = cells * torch.sin(math.pi * x).square() * torch.sin(2 * math.pi * y)
        v = -cells * torch.sin(math.pi * y).square() * torch.sin(2 * math.pi * x)
        hill = 0.5 * (1 + torch.cos(math.pi * (((x - 0.35).square() + (y - 0.5).square()).sqrt() / 0.25).clamp(max=1)))
        still = hill.new_zeros(1, 1, 1, 1)
        there = Transport(u[None, None], v[None, None], still, still)
        back = Transport(-u[None, None], -v[None, None], still, still)
        state = hill[None, None]
        for leg in (there, back):
            state = transport(state, leg, steps=cells // 8, time=0.35, form=form, interpolation=interpolation)
        errors.append(float((state - hill).abs().sum() / hill.sum()))
    assert errors[0] > errors[1] > errors[2]
    assert math.log2(errors[1] / errors[2]) > 1.5


@pytest.mark.parametrize(("form", "interpolation"), [("advective", "bicubic"), ("conservative", "bilinear")])
def test_strang_splitting_is_of_second_order_in_time(form: Form, interpolation: Interpolation) -> None:
    """Against many steps on the same fine grid, with everything at once; time steps alone shrink."""
    cells = 192
    place = torch.arange(cells, dtype=torch.float64) * (2 * math.pi / cells)
    x, y = place.expand(1, 1, cells, cells), place[:, None].expand(1, 1, cells, cells)
    state = torch.sin(x) + torch.cos(2 * y)
    smooth = Transport(
        4 + torch.sin(y),
        2 * torch.cos(x),
        3 + torch.sin(x + y),
        2 + torch.cos(x),
        torch.cos(x - y),
    )

    def solved(steps: int) -> Tensor:
        return transport(
            state, smooth, steps=steps, time=8.0, form=form, interpolation=interpolation, border="periodic"
        )

    finest = solved(48)
    errors = [float((solved(steps) - finest).abs().mean()) for steps in (2, 4, 8)]
    assert math.log2(errors[0] / errors[1]) > 1.85
    assert math.log2(errors[1] / errors[2]) > 1.85


@pytest.mark.parametrize("border", ["zero-flux", "replicate"])
def test_agrees_with_the_explicit_scheme_as_steps_are_added(border: typing.Literal["zero-flux", "replicate"]) -> None:
    cells = 48
    start = gaussian(cells, (22, 25), (40, 30))
    place = torch.arange(cells, dtype=torch.float64) * (2 * math.pi / cells)
    u = (2 * torch.sin(place)[:, None] * torch.cos(place)).expand_as(start)
    v = (2 * torch.cos(place)[:, None] * torch.sin(place)).expand_as(start)
    dx, dy = torch.full_like(start, 1.5), torch.full_like(start, 0.8)
    source = 0.01 * torch.sin(place).expand_as(start)
    differences = [
        float(
            (
                transport(start, Transport(u, v, dx, dy, source), steps=4, time=2.0, form="conservative", border=border)
                - solve(start, Coefficients(u, v, dx, dy), source, steps=steps, time=2.0, boundary=border)
            )
            .abs()
            .sum()
        )
        for steps in (64, 512)
    ]
    size = float(solve(start, Coefficients(u, v, dx, dy), source, steps=64, time=2.0, boundary=border).abs().sum())
    assert differences[1] < differences[0]
    assert differences[1] < 0.03 * size


def test_coefficients_may_be_computed_before_each_step() -> None:
    state, still = wild(1.0)

    def faster(now: Tensor) -> Transport:
        seen.append(now)
        return still

    seen: list[Tensor] = []
    every = transport(state, faster, steps=3, time=3.0)
    torch.testing.assert_close(every, transport(state, still, steps=3, time=3.0))
    assert torch.equal(seen[0], state)
    assert not torch.equal(seen[1], state)


@pytest.mark.parametrize(
    ("form", "interpolation", "border", "variable"),
    [
        ("advective", "bilinear", "zero-flux", False),
        ("advective", "bicubic", "periodic", True),
        ("conservative", "bilinear", "zero-flux", True),
        ("conservative", "bilinear", "replicate", False),
        ("conservative", "bilinear", "periodic", False),
    ],
)
def test_gradients(form: Form, interpolation: Interpolation, border: Border, *, variable: bool) -> None:
    generator = torch.Generator().manual_seed(3)

    def leaf(*shape: int, low: float, high: float) -> Tensor:
        values = torch.rand(shape, generator=generator, dtype=torch.float64) * (high - low) + low
        return values.requires_grad_()

    sides = (3, 4)
    spread = sides if variable else (1, 1)
    inputs = (
        leaf(1, 2, *sides, low=-1, high=1),
        leaf(1, 1, *sides, low=-1.3, high=2.1),
        leaf(1, 1, *sides, low=-1.3, high=2.1),
        leaf(1, 2, *spread, low=0.1, high=0.9),
        leaf(1, 2, *spread, low=0.1, high=0.9),
        leaf(1, 2, *sides, low=-1, high=1),
    )

    def run(*values: Tensor) -> Tensor:
        state, *coefficients = values
        return transport(
            state,
            Transport(*coefficients),
            steps=2,
            time=1.0,
            form=form,
            interpolation=interpolation,
            border=border,
        )

    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


def test_recomputed_steps_give_the_same_gradients_in_less_memory() -> None:
    state, still = wild(2.0, channels=8, groups=2, sides=(32, 32))
    kept: list[int] = []

    def gradient(steps: int) -> Tensor:
        leaf = state.clone().requires_grad_()
        size = 0

        def pack(tensor: Tensor) -> Tensor:
            nonlocal size
            size += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            end = transport(leaf, still, steps=steps, time=1.0)
        kept.append(size)
        (found,) = torch.autograd.grad(end.square().sum(), leaf)
        return found

    assert gradient(8).abs().sum() > 0
    assert gradient(1).abs().sum() > 0
    eight, one = kept
    assert one > 2 * state.numel()  # a single step is not recomputed
    assert eight <= one + 7 * 1.01 * state.numel()
