from __future__ import annotations

import numpy as np
import pytest
from restorebench.bench.profiling.latency.timing import Rules, doubts, median_error, outliers, quantile


def test_quantiles_are_numpy_s():
    samples = sorted(np.random.default_rng(0).exponential(size=101).tolist())
    for fraction in (0.05, 0.5, 0.95, 0.99):
        assert quantile(samples, fraction) == pytest.approx(np.quantile(samples, fraction))


def test_the_interval_of_the_median_covers_it_as_often_as_it_says():
    """A bimodal, skewed distribution, for which a normal interval would be wrong."""
    generator = np.random.default_rng(1)
    true_median, covered = np.log(2), 0
    for _ in range(400):
        samples = generator.exponential(size=60)
        half = median_error(samples.tolist()) * np.median(samples)
        ordered = np.sort(samples)
        lower, upper = ordered[int(30 - 0.98 * 60**0.5) - 1], ordered[int(np.ceil(30 + 0.98 * 60**0.5))]
        assert half == pytest.approx((upper - lower) / 2)
        covered += lower <= true_median <= upper
    assert 0.93 <= covered / 400 <= 1


def test_the_error_shrinks_with_more_samples():
    generator = np.random.default_rng(2)
    few, many = (median_error(generator.normal(1, 0.1, count).tolist()) for count in (20, 2000))
    assert few > 5 * many
    assert median_error([1.0] * 5) == float("inf")


def test_outliers_are_counted_beyond_the_outer_fence():
    samples = [1.0, 1.1, 0.9, 1.05, 0.95] * 4
    assert outliers(samples) == 0
    assert outliers([*samples, 5.0, 0.01]) == 2


@pytest.mark.parametrize(
    ("samples", "phrase"),
    [
        ([1.0] * 4, "too few samples: 4 of at least 10"),
        ([1.0, 1.4] * 10, "calls do not repeat"),
        ([1.0] * 20 + [1.2] * 20, r"drift: the last third took \+20%"),
        ([1.0, 1.04, 0.96, 1.08, 0.92] * 2, r"known to \d+\.\d% only"),
    ],
)
def test_doubtful_samples_say_why(samples: list[float], phrase: str):
    import re

    assert any(re.search(phrase, doubt) for doubt in doubts(samples, Rules()))


def test_good_samples_raise_no_doubt():
    assert doubts([1.0, 1.01, 0.99] * 10, Rules(error=0.02)) == ()
