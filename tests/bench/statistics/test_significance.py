from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from helpers.optional import known
from numpy.typing import ArrayLike
from restorebench.bench.runs.summary import summarise
from restorebench.bench.statistics.bootstrap import RESAMPLES, MeanEstimate, estimate_means
from restorebench.bench.statistics.significance import (
    detectable_difference,
    group_means,
    holm,
    images_needed,
    signed_rank,
)
from scipy import stats

ALONE = [""] * 2000


def estimate(
    values: ArrayLike, groups: Sequence[str] | None = None, *, resamples: int = RESAMPLES, seed: int = 0
) -> MeanEstimate:
    array = np.asarray(values, dtype=np.float64)
    return estimate_means(array[:, None], groups or ALONE[: len(array)], resamples=resamples, seed=seed)[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_bca_agrees_with_scipy(seed: int):
    values = np.random.default_rng(seed).gamma(2.0, size=40)
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=100_000, rng=np.random.default_rng(9))
    low, high = estimate(values, resamples=100_000).bca()
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.01 * width)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.01 * width)


def test_bca_follows_skew_where_student_does_not():
    values = np.random.default_rng(0).exponential(size=60)
    found = estimate(values)
    low, high = found.bca()
    assert high - found.mean > 1.1 * (found.mean - low)


def test_standard_error_of_single_images_is_the_textbook_one():
    values = np.random.default_rng(3).normal(size=50)
    assert estimate(values).standard_error == pytest.approx(stats.sem(values), rel=1e-12)


def test_interval_of_many_symmetric_values_is_students():
    values = stats.norm.ppf((np.arange(400) + 0.5) / 400)
    low, high = known(estimate(values).interval())
    expected = stats.t.ppf(0.975, 399) * stats.sem(values)
    assert high == pytest.approx(expected, rel=0.03)
    assert low == pytest.approx(-expected, rel=0.03)


def test_copies_of_an_image_in_its_group_add_no_certainty():
    values = np.random.default_rng(4).normal(size=30)
    groups = [str(index) for index in range(30)]
    once = estimate(values, groups)
    copied = estimate(np.repeat(values, 10), list(np.repeat(groups, 10)))
    assert copied.interval() == pytest.approx(once.interval(), abs=1e-9)
    assert (copied.n, copied.groups, copied.effective_groups) == (300, 30, 30.0)
    assert estimate(np.repeat(values, 10)).standard_error < once.standard_error / 3


def test_unequal_groups_count_for_less():
    found = estimate(np.arange(20.0), ["a"] * 12 + list("bcdefghi"))
    assert found.groups == 9
    assert found.effective_groups == pytest.approx(400 / 152)


def test_the_same_input_gives_the_same_interval_and_columns_share_resamples():
    values = np.random.default_rng(5).normal(size=(40, 2))
    both = estimate_means(values, ALONE[:40])
    assert both[1].interval() == estimate(values[:, 1]).interval()
    assert both[1].bca() != estimate(values[:, 1], seed=1).bca()


def test_blocks_of_resamples_are_one_sequence(monkeypatch: pytest.MonkeyPatch):
    values = np.random.default_rng(6).normal(size=30)
    whole = estimate(values).resampled
    monkeypatch.setattr("restorebench.bench.statistics.bootstrap.BLOCK_ELEMENTS", 1000)
    assert estimate(values).resampled == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("values", [[0.0] * 10, [0.1] * 10, [29.46] * 3, [1e-300] * 4])
def test_equal_values_have_an_interval_of_no_width(values: list[float]):
    found = estimate(values)
    assert found.standard_error == 0
    assert found.interval() == (found.mean, found.mean) == (pytest.approx(values[0]),) * 2


def test_wider_levels_give_wider_intervals():
    found = estimate(np.random.default_rng(7).normal(size=12))
    (low, high), (lower, higher) = known(found.interval(0.9)), known(found.interval(0.99))
    assert lower < low < found.mean < high < higher


def test_a_single_image_or_group_has_no_interval():
    assert estimate([1.0]).interval() is None
    assert estimate([1.0, 2.0], ["a", "a"]).interval() is None


def test_summary_of_nothing_infinite_and_one():
    assert summarise([], []).mean is None
    infinite = summarise([math.inf, 30.0], ["", ""])
    assert (infinite.mean, infinite.low, infinite.infinite, infinite.groups) == (math.inf, None, 1, 2)
    assert (summarise([30.0], [""]).mean, summarise([30.0], [""]).low) == (30.0, None)


def test_summary_knows_groups_and_holds_its_mean():
    summary = summarise([30.0, 31.0, 32.0, 28.0], ["a", "a", "b", ""])
    assert (summary.mean, summary.n, summary.groups) == (30.25, 4, 3)
    assert known(summary.low) < 30.25 < known(summary.high)


@pytest.mark.parametrize("count", [6, 20, 49, 200])
def test_signed_rank_agrees_with_scipy(count: int):
    differences = np.random.default_rng(count).normal(0.3, size=count)
    expected: Any = stats.wilcoxon(differences)
    assert signed_rank(differences) == expected.pvalue


def test_signed_rank_is_exact_for_few():
    assert signed_rank(np.array([1.0, 2.0, 3.0, 4.0, 5.0])) == 2 / 2**5


def test_signed_rank_degenerates_gracefully():
    assert signed_rank(np.zeros(5)) == 1.0
    assert signed_rank(np.empty(0)) is None
    assert signed_rank(np.array([math.nan, 0.0])) == 1.0
    assert signed_rank(np.array([math.inf, 1.0, 2.0, 3.0, 4.0])) == 2 / 2**5


def test_signed_rank_takes_one_value_per_group():
    differences = np.array([1.0, 2.0, 3.0] * 5)
    assert signed_rank(differences, [f"s{index // 3}" for index in range(15)]) == pytest.approx(2 / 2**5)
    assert known(signed_rank(differences, [""] * 15)) < 0.001


def test_group_means_keep_their_order_and_single_images():
    assert group_means(np.array([5.0, 1.0, 3.0, 7.0]), ["", "b", "b", ""]).tolist() == [5.0, 2.0, 7.0]


def test_holm_orders_and_never_decreases():
    adjusted = holm({"a": 0.04, "b": 0.001, "c": 0.03, "d": 0.5})
    assert adjusted == {"b": 0.004, "c": pytest.approx(0.09), "a": pytest.approx(0.09), "d": 0.5}
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}


def test_detectable_difference_is_seen_as_often_as_promised():
    generator = np.random.default_rng(8)
    spread = np.random.default_rng(0).normal(size=50)
    spread = (spread - spread.mean()) / spread.std(ddof=1)
    difference = known(detectable_difference(estimate(spread)))
    tests: list[Any] = [stats.ttest_1samp(generator.normal(difference, 1.0, 50), 0) for _ in range(2000)]
    assert np.mean([test.pvalue < 0.05 for test in tests]) == pytest.approx(0.8, abs=0.04)


def test_images_needed_inverts_the_detectable_difference():
    values = np.random.default_rng(9).normal(size=100)
    found = estimate(values)
    assert images_needed(found, known(detectable_difference(found))) == pytest.approx(100, abs=1)
    grouped = estimate(np.repeat(values, 5), [str(index) for index in range(100) for _ in range(5)])
    assert images_needed(grouped, known(detectable_difference(grouped))) == pytest.approx(500, abs=5)
    assert images_needed(estimate([1.0]), 0.05) is None
    assert known(images_needed(found, 1e-9)) > 10**9 - 1
