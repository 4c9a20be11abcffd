"""What statistics of a whole data set cost: 1111 images, 6 metrics, 10,000 resamples.

Prints seconds with images alone and in GoPro's 11 sequences, and the ratio to SciPy's BCa bootstrap of the same
differences, one metric after the other. The aim is below 2 s.

    python tests/performance/comparison.py [--repeat 5]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from restorebench.bench.comparison.comparison import compare_sides
from restorebench.bench.comparison.pairing import Measured, MeasuredImage
from restorebench.bench.statistics.bootstrap import RESAMPLES, estimate_means
from scipy import stats

METRICS = ("psnr", "ssim", "lpips", "a", "b", "c")
GOPRO = (100, 100, 100, 100, 134, 100, 77, 100, 100, 100, 100)


def side(values: np.ndarray, groups: list[str]) -> Measured:
    """A run in memory; `values` has shape (images, metrics)."""
    images = {
        str(index): MeasuredImage(dict(zip(METRICS, map(float, row), strict=True)), groups[index])
        for index, row in enumerate(values)
    }
    return Measured("m", "m", "gopro", "gopro@1", "half-even", METRICS, images, len(images), Path())


def timed(work: Callable[[], object], repeat: int) -> float:
    """Median seconds."""
    taken: list[float] = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    generator = np.random.default_rng(0)
    base = generator.normal(30, 3, (1111, len(METRICS)))
    moved = base + generator.normal(0.1, 0.3, base.shape)
    alone = [""] * len(base)
    sequences = [str(index) for index, size in enumerate(GOPRO) for _ in range(size)]
    say = sys.stdout.write

    def scipy_bca() -> None:
        for column in (moved - base).T:
            stats.bootstrap((column,), np.mean, method="BCa", n_resamples=RESAMPLES, batch=1000)

    ours = timed(lambda: estimate_means(moved - base, alone), repeat)
    theirs = timed(scipy_bca, 1)
    say(f"bootstrap, 1111 images alone: {ours:.2f} s; SciPy: {theirs:.2f} s; ratio {theirs / ours:.1f}\n")
    for name, groups in (("alone", alone), ("in 11 sequences", sequences)):
        old, new = side(base, groups), side(moved, groups)
        say(f"whole comparison, 1111 images {name}: {timed(lambda: compare_sides(old, new), repeat):.2f} s\n")  # noqa: B023 -- called at once


if __name__ == "__main__":
    main()
