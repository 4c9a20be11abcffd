"""Laws of the interval, whatever the values are."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.optional import known
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.statistics.bootstrap import RESAMPLES, MeanEstimate, estimate_means

# Sixteenths: sums and differences of them are exact, so that a law is not lost in rounding.
VALUES = st.lists(st.integers(-800, 800).map(lambda number: number / 16), min_size=2, max_size=16)
NAMES = st.sampled_from(["", "a", "b", "c"])


def estimate(values: list[float], groups: list[str] | None = None) -> MeanEstimate:
    array = np.asarray(values, dtype=np.float64)[:, None]
    return estimate_means(array, groups or [""] * len(values), resamples=400)[0]


def grouped(values: list[float]) -> st.SearchStrategy[tuple[list[float], list[str]]]:
    return st.tuples(st.just(values), st.lists(NAMES, min_size=len(values), max_size=len(values)))


@given(VALUES.flatmap(grouped))
def test_the_interval_holds_the_mean_and_a_higher_level_holds_a_lower(case: tuple[list[float], list[str]]):
    found = estimate(*case)
    assert found.mean == pytest.approx(np.mean(case[0]), abs=1e-12)
    if not found.has_interval:
        assert found.interval() is None
        return
    (low, high), (lower, higher) = known(found.interval(0.8)), known(found.interval(0.95))
    assert lower <= low + 1e-9
    assert low <= found.mean + 1e-9
    assert found.mean <= high + 1e-9
    assert high <= higher + 1e-9


@given(VALUES.flatmap(grouped), st.sampled_from([0.25, 2.0, 64.0]))
def test_another_unit_scales_the_interval(case: tuple[list[float], list[str]], factor: float):
    values, groups = case
    found, scaled = estimate(values, groups), estimate([factor * value for value in values], groups)
    assert scaled.standard_error == pytest.approx(factor * found.standard_error)
    assert scaled.effective_groups == found.effective_groups
    expected = found.interval()
    assert scaled.interval() == (expected and pytest.approx((factor * expected[0], factor * expected[1])))


@given(st.lists(st.integers(-800, 800), min_size=8, max_size=8), st.integers(-50, 50))
def test_another_zero_moves_the_interval(numbers: list[int], shift: int):
    values = [number / 16 for number in numbers]  # eight of them: their mean is exact too
    low, high = known(estimate(values).interval())
    moved = known(estimate([value + shift for value in values]).interval())
    assert moved == pytest.approx((low + shift, high + shift), abs=1e-9)


@given(st.lists(st.integers(1, 800), min_size=2, max_size=8, unique=True))
def test_the_interval_of_symmetric_values_is_nearly_symmetric(numbers: list[int]):
    found = estimate_means(
        np.array([*numbers, *(-number for number in numbers)], float)[:, None], [""] * 2 * len(numbers)
    )[0]
    low, high = known(found.interval())
    assert found.mean == 0
    assert high == pytest.approx(-low, rel=0.15)


@given(VALUES)
def test_groups_of_one_image_are_no_groups(values: list[float]):
    few = values[:10]  # so that names are in the order of the images, and draws the same
    assert estimate(few) == estimate(few, [f"sequence {index}" for index in range(len(few))])


def test_a_group_of_many_images_weighs_as_many_images():
    found = estimate([1.0, 1.0, 1.0, 5.0], ["a", "a", "a", "b"])
    assert found.mean == 2.0
    assert found.groups == 2
    assert found.effective_groups == pytest.approx(16 / 10)


@pytest.mark.parametrize("limits", [(0.0, 1.0), (-np.inf, 1.0), (0.0, np.inf), (0.97, 0.999)])
def test_no_interval_leaves_the_possible_values(limits: tuple[float, float]):
    values = np.array([0.999, 0.998, 0.999, 0.97, 0.995])[:, None]
    free = known(estimate_means(values, [""] * 5)[0].interval())
    low, high = known(estimate_means(values, [""] * 5, within=[limits])[0].interval())
    assert (low, high) == (max(free[0], limits[0]), min(free[1], limits[1]))


def test_a_mean_that_rounding_carried_beyond_the_possible_values_stays_in_its_interval():
    values = np.array([1.0, 1.0 + 1e-7, 1.0 + 2e-7])[:, None]
    low, high = known(estimate_means(values, [""] * 3, within=[(0.0, 1.0)])[0].interval())
    assert low <= values.mean() <= high


@pytest.mark.parametrize("groups", [7, 2500])
def test_resamples_that_are_remembered_give_what_one_mean_at_a_time_gives(groups: int):
    generator = np.random.default_rng(3)
    values = generator.normal(size=(groups, 3))
    names = [f"{index:04d}" for index in range(groups)]  # sorted, as the groups are
    together = estimate_means(values, names, seed=5)
    alone = [estimate_means(values[:, [column]], names, seed=5)[0] for column in range(3)]
    drawn = np.random.default_rng(5).integers(0, groups, (RESAMPLES, groups))
    for column, (shared, single) in enumerate(zip(together, alone, strict=True)):
        expected = np.sort(values[drawn, column].mean(axis=1))
        np.testing.assert_allclose(shared.resampled, expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(single.resampled, expected, rtol=0, atol=1e-12)
