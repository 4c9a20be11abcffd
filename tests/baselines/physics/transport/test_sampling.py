from __future__ import annotations

import typing

import pytest
import torch
from restorebench.baselines.physics.transport.sampling import Border, Interpolation, sample
from torch import Tensor

BORDERS: tuple[Border, ...] = typing.get_args(Border)
INTERPOLATIONS: tuple[Interpolation, ...] = typing.get_args(Interpolation)


def grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    rows, columns = torch.meshgrid(
        torch.arange(height, dtype=torch.float64), torch.arange(width, dtype=torch.float64), indexing="ij"
    )
    return columns[None], rows[None]


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("sides", [(5, 7), (1, 4), (2, 2), (1, 1)])
def test_a_pixel_is_itself(sides: tuple[int, int], interpolation: Interpolation, border: Border) -> None:
    maps = torch.rand(1, 3, *sides, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(sample(maps, *grid(*sides), interpolation, border), maps)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_planes_are_read_exactly_and_cubic_convolution_reads_parabolas(interpolation: Interpolation) -> None:
    x, y = grid(9, 9)
    inside = slice(2, 6)
    at_x, at_y = x[:, inside, inside] + 0.3, y[:, inside, inside] + 0.7
    plane = 2 * x - 3 * y + 1
    torch.testing.assert_close(sample(plane[None], at_x, at_y, interpolation, "replicate")[0], 2 * at_x - 3 * at_y + 1)
    bowl, exact = x.square() + x, at_x.square() + at_x  # rises, so that the limiter has nothing to do
    error = (sample(bowl[None], at_x, at_y, interpolation, "replicate")[0] - exact).abs().max()
    assert float(error) < 1e-12 if interpolation == "bicubic" else float(error) > 0.1


def test_beyond_the_border_is_the_outermost_pixel_or_the_other_side() -> None:
    maps = torch.tensor([[1.0, 2.0, 4.0]], dtype=torch.float64)[None, None]
    x, y = torch.tensor([[[-5.0, -1.0, 3.0, 3.5, 7.0]]], dtype=torch.float64), torch.zeros(1, 1, 5, dtype=torch.float64)
    assert sample(maps, x, y, "bilinear", "replicate").flatten().tolist() == [1, 1, 4, 4, 4]
    found = sample(maps, x, y, "bilinear", "periodic").flatten().tolist()
    assert found == pytest.approx([2, 4, 1, 1.5, 2])


def test_the_limiter_keeps_an_edge_from_ringing() -> None:
    step = torch.zeros(1, 1, 1, 12, dtype=torch.float64)
    step[..., 6:] = 1.0
    x = torch.linspace(0, 11, 221, dtype=torch.float64)[None, None]
    found = sample(step, x, torch.zeros_like(x), "bicubic", "replicate")
    assert float(found.min()) == 0.0
    assert float(found.max()) == 1.0
