"""Means over data sets that count the same, against closed forms and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.records import scored
from restorebench.bench.comparison.means_of_parts import MeasuredPart, mean_of_parts
from restorebench.bench.runs.summary import MetricSummary, summarise


def part(name: str, values: list[float] | np.ndarray, group: str = "") -> MeasuredPart:
    return MeasuredPart(name, [scored(str(n), {"psnr": float(v)}, group=group) for n, v in enumerate(values)])


def ends(summary: MetricSummary | None) -> tuple[float, float, float]:
    """Mean and interval of a summary that has both."""
    assert summary is not None
    assert summary.mean is not None
    assert summary.low is not None
    assert summary.high is not None
    return summary.mean, summary.low, summary.high


def test_every_part_counts_the_same_whatever_its_size() -> None:
    mean = mean_of_parts([part("a", [10.0] * 5 + [11.0] * 5), part("b", [30.0, 31.0] * 50)], "psnr")
    assert mean is not None
    assert mean.mean == pytest.approx((10.5 + 30.5) / 2)
    assert (mean.n, mean.groups) == (110, 110)


def test_one_part_alone_has_its_own_interval() -> None:
    values = list(np.random.default_rng(0).normal(30, 2, 60))
    mean, alone = mean_of_parts([part("a", values)], "psnr"), summarise(values, [""] * 60)
    assert mean is not None
    assert (mean.mean, mean.low, mean.high) == pytest.approx((alone.mean, alone.low, alone.high))


def test_independent_parts_add_their_errors_as_squares() -> None:
    draws = np.random.default_rng(1)
    values = [list(draws.normal(30, 2, 60)), list(draws.normal(25, 3, 80))]
    alone = [summarise(v, [""] * len(v)) for v in values]
    mean, low, high = ends(mean_of_parts([part("a", values[0]), part("b", values[1])], "psnr"))
    assert mean - low == pytest.approx(math.hypot(*((ends(s)[0] - ends(s)[1]) / 2 for s in alone)))
    assert high - mean == pytest.approx(math.hypot(*((ends(s)[2] - ends(s)[0]) / 2 for s in alone)))


def test_parts_with_the_same_images_are_not_independent() -> None:
    values = np.random.default_rng(2).normal(30, 2, 60)
    same = mean_of_parts([part("a", values), part("a", values - 5)], "psnr")
    apart = mean_of_parts([part("a", values), part("b", values - 5)], "psnr")
    assert same is not None
    assert apart is not None
    assert (same.groups, apart.groups) == (60, 120)
    one, two, alone = ends(same), ends(apart), ends(summarise(list(values), [""] * 60))
    assert one[0] == pytest.approx(two[0])
    assert one[2] - one[1] == pytest.approx(alone[2] - alone[1])
    assert two[2] - two[1] == pytest.approx((alone[2] - alone[1]) / math.sqrt(2), rel=0.02)


def test_the_interval_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        parts = [part("a", draws.normal(30, 3, 20)), part("b", draws.exponential(2, 40))]
        _, low, high = ends(mean_of_parts(parts, "psnr"))
        covered += low <= 16 <= high
    assert 180 <= covered <= 200  # 190 expected, standard deviation 3


def test_a_part_without_values_has_no_mean_and_an_infinite_one_no_interval() -> None:
    assert mean_of_parts([part("a", [1.0]), MeasuredPart("b", [scored("1", {"psnr": None})])], "psnr") is None
    assert mean_of_parts([], "psnr") is None
    infinite = mean_of_parts([part("a", [1.0, math.inf]), part("b", [2.0])], "psnr")
    assert infinite is not None
    assert (infinite.mean, infinite.low, infinite.infinite) == (math.inf, None, 1)


def test_few_images_have_a_mean_without_interval() -> None:
    mean = mean_of_parts([part("a", [1.0, 2.0] * 20), part("b", [3.0])], "psnr")
    assert mean is not None
    assert (mean.mean, mean.low, mean.high) == (2.25, None, None)
