from __future__ import annotations

import pytest
import torch
from restorebench.baselines.nerd_rain.windows import restore_in_windows, window_starts
from torch import Tensor


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (256, [(0, 0)]),
        (100, [(0, 0)]),
        (512, [(0, 0), (256, 256)]),
        (321, [(0, 0), (65, 256)]),
        (481, [(0, 0), (225, 256)]),
    ],
)
def test_starts(length: int, expected: list[tuple[int, int]]):
    assert list(window_starts(length, 256)) == expected


@pytest.mark.parametrize("size", [(8, 8), (11, 8), (5, 19), (20, 17)])
def test_every_pixel_is_restored_once(size: tuple[int, int]):
    image = torch.rand(2, 3, *size)
    assert torch.equal(restore_in_windows(image, 8, lambda window: window + 1), image + 1)


def test_a_pixel_keeps_the_result_of_the_first_window_that_covers_it():
    order = iter(range(10))

    def numbered(window: Tensor) -> Tensor:
        assert window.shape[-2:] == (4, 4)
        return torch.full_like(window, next(order))

    restored = restore_in_windows(torch.zeros(1, 3, 4, 10), 4, numbered)
    assert restored[0, 0, 0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
