from __future__ import annotations

import pytest
from restorebench.bench.training.results import Difference


@pytest.mark.parametrize(
    ("low", "high", "per_seed", "counts"),
    [
        (0.1, 0.3, (0.1, 0.2, 0.3), True),
        (-0.3, -0.1, (-0.1, -0.2, -0.3), True),
        (-0.1, 0.3, (0.1, 0.2, 0.3), False),
        (0.1, 0.3, (0.4, 0.4, -0.2), False),
        (0.1, 0.3, (0.2, 0.2), False),
        (None, None, (0.1, 0.2, 0.3), False),
    ],
    ids=["better", "worse", "interval around zero", "seeds disagree", "two seeds", "no interval"],
)
def test_which_differences_count(
    low: float | None, high: float | None, per_seed: tuple[float, ...], *, counts: bool
) -> None:
    each = Difference("", "", "", "", "psnr", 0.2, low, high, per_seed)
    assert each.counts is counts
