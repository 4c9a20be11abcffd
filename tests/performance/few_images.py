"""How often an interval of few images is wrong, by method, number of images and distribution of the differences.

Prints the share of runs in which a gate would fail although the true drop is exactly what is allowed (a false alarm),
or would pass although it is (a false pass), as the tails of 95 % intervals. Differences are normal, lognormal, and
real: images of two runs on Rain100H in docs/data, drawn with replacement in whole groups of one background. All are
skewed to the side that makes false alarms.

    python tests/performance/few_images.py [--runs 4000] [--seed 0] [--write]
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from restorebench.bench.comparison.pairing import measured, paired_values
from restorebench.bench.runs.run import load_run
from restorebench.bench.statistics.bootstrap import (
    FEWEST_DECIDING,
    MeanEstimate,
    estimate_means,
    student_quantile,
)

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "data" / "few_images.json"
REAL = ROOT / "docs" / "data" / "rain100h"
COUNTS = (3, 5, 10, 20, 50, 100)
RESAMPLES = 2000
CHUNK = 250
"""Simulated runs that share their resamples."""

TAIL = 0.975

Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True)
class Differences:
    """Where per-image drops come from; their mean is 0."""

    name: str
    draw: Callable[[np.random.Generator, int, int], Floats]
    """Generator, groups and runs to shape (groups, runs)."""


def normal() -> Differences:
    """Symmetric drops."""
    return Differences("normal", lambda generator, groups, runs: generator.normal(size=(groups, runs)))


def lognormal(spread: float) -> Differences:
    """Drops with a long tail of images that gained."""
    mean = math.exp(spread**2 / 2)
    skewness = (math.exp(spread**2) + 2) * math.sqrt(math.exp(spread**2) - 1)
    return Differences(
        f"lognormal, skewness {skewness:.1f}",
        lambda generator, groups, runs: mean - np.exp(spread * generator.normal(size=(groups, runs))),
    )


def real(metric: str) -> Differences:
    """Drops between two runs on Rain100H, one mean for each background, drawn with replacement."""
    first, second = (measured(load_run(REAL / name)) for name in ("mine.py-build", "identity"))
    pairs = paired_values(first, second, list(first.images), metric)
    sums: dict[str, list[float]] = {}
    for key, group, value in zip(pairs.keys, pairs.groups, pairs.differences.tolist(), strict=True):
        sums.setdefault(group or key, []).append(value)
    means = np.array([math.fsum(each) / len(each) for each in sums.values()])
    means -= means.mean()
    skewness = float((means**3).mean() / (means**2).mean() ** 1.5)
    means *= -math.copysign(1.0, skewness)  # as the others, towards images that gained
    centred = means.astype(np.float64)
    return Differences(
        f"real, {metric.upper()} on Rain100H, skewness {abs(skewness):.1f}",
        lambda generator, groups, runs: centred[generator.integers(0, len(centred), (groups, runs))],
    )


def student(estimate: MeanEstimate, _: Floats) -> Interval:
    """Student's t interval."""
    reach = student_quantile(TAIL, estimate.groups - 1) * estimate.standard_error
    return estimate.mean - reach, estimate.mean + reach


def version_0_1_0(estimate: MeanEstimate, values: Floats) -> Interval:
    """The hull of Student's and of a widened BCa interval."""
    low, high = estimate.bca()
    groups = estimate.groups
    normal_quantile = 1.959963984540054
    widening = student_quantile(TAIL, groups - 1) * math.sqrt(groups / (groups - 1)) / normal_quantile
    least, most = student(estimate, values)
    mean = estimate.mean
    return min(least, mean - (mean - low) * widening), max(most, mean + (high - mean) * widening)


def johnson(estimate: MeanEstimate, values: Floats) -> Interval:
    """Johnson's modified t (1978), with its interval moved by the skewness."""
    deviations = values - values.mean()
    third = float((deviations**3).mean() / (deviations**2).mean())
    quantile = student_quantile(TAIL, len(values) - 1)
    centre = estimate.mean + third / (6 * len(values)) * (1 + 2 * quantile**2)
    return centre - quantile * estimate.standard_error, centre + quantile * estimate.standard_error


def hall(estimate: MeanEstimate, values: Floats) -> Interval:
    """Hall's transformation of Student's t (1992)."""
    deviations = values - values.mean()
    skewness = float((deviations**3).sum() / (deviations**2).sum() ** 1.5)
    quantile = student_quantile(TAIL, len(values) - 1)
    ends = (3 / skewness * (np.cbrt(1 + skewness * (each - skewness / 6)) - 1) for each in (quantile, -quantile))
    low, high = (estimate.mean - float(end) * estimate.standard_error for end in ends)
    return low, high


def bca(estimate: MeanEstimate, _: Floats) -> Interval:
    """The BCa interval as published."""
    return estimate.bca()


def bootstrap_t(estimate: MeanEstimate, values: Floats) -> Interval:
    """The studentised bootstrap; it does not end for three images."""
    count = len(values)
    drawn = values[np.random.default_rng(0).integers(0, count, (RESAMPLES, count))]
    errors = drawn.std(axis=1, ddof=1) / math.sqrt(count)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.nan_to_num((drawn.mean(axis=1) - estimate.mean) / errors, nan=0.0, posinf=np.inf, neginf=-np.inf)
    ratios.sort()
    low, high = ratios[int((1 - TAIL) * RESAMPLES)], ratios[int(TAIL * RESAMPLES)]
    return estimate.mean - float(high) * estimate.standard_error, estimate.mean - float(low) * estimate.standard_error


def used(estimate: MeanEstimate, _: Floats) -> Interval:
    """What tables, comparisons, pages and gates use."""
    return estimate.interval() or (-math.inf, math.inf)


METHODS: dict[str, Callable[[MeanEstimate, Floats], Interval]] = {
    "Student": student,
    "BCa": bca,
    "Johnson": johnson,
    "Hall": hall,
    "bootstrap-t": bootstrap_t,
    "0.1.0": version_0_1_0,
    "used": used,
}


def estimates(drops: Differences, count: int, runs: int, seed: int) -> Iterator[tuple[MeanEstimate, Floats]]:
    """The estimates of simulated runs, with their values."""
    generator = np.random.default_rng([seed, count])
    for start in range(0, runs, CHUNK):
        values = drops.draw(generator, count, min(CHUNK, runs - start))
        found = estimate_means(values, [""] * count, resamples=RESAMPLES, seed=seed + start)
        yield from zip(found, values.T, strict=True)


def errors(drops: Differences, count: int, runs: int, seed: int = 0) -> dict[str, tuple[float, float, float]]:
    """By method: the shares of false alarms and of false passes, and the median width over Student's.

    A false alarm is an interval wholly above the true drop, a false pass one wholly below it. The gate itself decides
    nothing under its floor.
    """
    wrong = {name: [0, 0] for name in METHODS}
    widths: dict[str, list[float]] = {name: [] for name in METHODS}
    for estimate, values in estimates(drops, count, runs, seed):
        for name, method in METHODS.items():
            low, high = method(estimate, values)
            wrong[name][0] += low > 0
            wrong[name][1] += high < 0
            widths[name].append(high - low)
    usual = float(np.median(widths["Student"]))
    return {
        name: (alarms / runs, passes / runs, float(np.median(widths[name])) / usual)
        for name, (alarms, passes) in wrong.items()
    }


def distributions() -> tuple[Differences, ...]:
    """All that is simulated."""
    return normal(), real("ssim"), real("psnr"), lognormal(0.5), lognormal(1.0)


def main() -> None:
    """Simulate, print, and write the table that the page on statistics shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} beside the data of the pages")
    options = parser.parse_args()
    rows: list[dict[str, object]] = []
    sys.stdout.write("false alarms / false passes in %, and the width over Student's\n")
    for drops in distributions():
        for count in COUNTS:
            found = errors(drops, count, options.runs, options.seed)
            shown = "  ".join(f"{name} {100 * a:.1f}/{100 * p:.1f} {w:.2f}" for name, (a, p, w) in found.items())
            sys.stdout.write(f"{drops.name:40}{count:4}  {shown}\n")
            sys.stdout.flush()
            table = {
                name: [round(alarms, 4), round(passes, 4), round(width, 2) if math.isfinite(width) else "inf"]
                for name, (alarms, passes, width) in found.items()
            }
            rows.append({"differences": drops.name, "images": count, "methods": table})
    if options.write:
        whole = {"runs": options.runs, "seed": options.seed, "floor": FEWEST_DECIDING, "rows": rows}
        RESULTS.write_text(f"{json.dumps(whole, indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
