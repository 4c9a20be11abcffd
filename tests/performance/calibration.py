"""Whether the intervals cover and the gate errs as rarely as they say, by simulation.

Prints the coverage of 95 % intervals by design and distribution, for the interval that is used and for plain
percentile and BCa intervals; and how often the gate fails, passes or cannot tell, by the true drop.

The spreads are of per-image PSNR differences of real runs on Rain100H (100 pairs of 480x320, rain100h@1): the same
distribution of mean, standard deviation and skewness is drawn as a shifted gamma.

    python tests/performance/calibration.py [--runs 2000] [--seed 0] [--write]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from restorebench.bench.comparison.comparison import compare_sides
from restorebench.bench.comparison.pairing import Measured, MeasuredImage
from restorebench.bench.statistics.bootstrap import MeanEstimate, estimate_means
from restorebench.bench.verdict.gates import metric_gate
from restorebench.bench.verdict.verdict import Outcome

RESULTS = Path(__file__).parents[2] / "docs" / "data" / "calibration.json"
CHUNK = 250
"""Simulated runs that share their resamples."""


@dataclass(frozen=True)
class Spread:
    """How drops of PSNR in dB scatter over the images."""

    name: str
    mean: float
    deviation: float
    skewness: float

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Values of mean 0 and standard deviation 1."""
        if not self.skewness:
            return generator.normal(size=shape)
        shape_parameter = 4 / self.skewness**2
        values = generator.gamma(shape_parameter, size=shape)
        return np.sign(self.skewness) * (values - shape_parameter) / np.sqrt(shape_parameter)


NORMAL = Spread("normal", 0.0, 1.0, 0.0)
ROUNDING = Spread("PReNet truncated, against rounded", 0.040, 0.096, 0.99)
STAGES = Spread("PReNet with 5 stages, against 6", 0.238, 0.152, 1.20)
NOISE = Spread("PReNet with 1 % noise on its weights", 0.266, 0.244, 0.50)
OTHER = Spread("PRN_r, against PReNet", 2.038, 1.013, 2.45)
SPREADS = (ROUNDING, STAGES, NOISE, OTHER)


@dataclass(frozen=True)
class Design:
    """How many images, in which groups, and how alike those of one group are."""

    name: str
    sizes: tuple[int, ...]
    correlation: float = 0.0

    @property
    def groups(self) -> list[str]:
        """One name per image."""
        return [f"group {index}" for index, size in enumerate(self.sizes) for _ in range(size)]

    def draw(self, spread: Spread, generator: np.random.Generator, runs: int) -> NDArray[np.float64]:
        """Values of mean 0 and variance 1, shape (images, runs)."""
        index = np.repeat(np.arange(len(self.sizes)), self.sizes)
        shared = spread.draw(generator, (len(self.sizes), runs))[index]
        own = spread.draw(generator, (len(index), runs))
        return np.sqrt(self.correlation) * shared + np.sqrt(1 - self.correlation) * own


GOPRO = (100, 100, 100, 100, 134, 100, 77, 100, 100, 100, 100)
DESIGNS = (
    Design("20 images", (1,) * 20),
    Design("20 images in 10 pairs", (2,) * 10, 0.5),
    Design("20 images in 5 groups", (4,) * 5, 0.5),
    Design("20 images in 8 unequal groups", (1, 1, 1, 2, 2, 3, 4, 6), 0.5),
    Design("100 images", (1,) * 100),
    Design("100 images on 91 backgrounds (Rain100H)", (1,) * 82 + (2,) * 9, 0.7),
    Design("100 images in 10 sequences", (10,) * 10, 0.3),
    Design("1111 images", (1,) * 1111),
    Design("1111 images in 11 sequences (GoPro)", GOPRO, 0.3),
)
RAIN100H = DESIGNS[5]


def estimates(design: Design, spread: Spread, runs: int, seed: int) -> Iterator[MeanEstimate]:
    """Estimates of the mean of simulated differences whose true mean is 0."""
    generator = np.random.default_rng(seed)
    for start in range(0, runs, CHUNK):
        values = design.draw(spread, generator, min(CHUNK, runs - start))
        yield from estimate_means(values, design.groups, seed=seed + start)


METHODS = {"percentile": 12, "BCa": 8, "used": 8}
"""Intervals, and the widths of their columns."""


def coverage(design: Design, spread: Spread, runs: int, seed: int = 0) -> dict[str, float]:
    """Share of intervals that hold the true mean, by method."""
    held = dict.fromkeys(METHODS, 0)
    for estimate in estimates(design, spread, runs, seed):
        percentile = np.quantile(estimate.resampled, [0.025, 0.975])
        for name, (low, high) in (
            ("percentile", percentile),
            ("BCa", estimate.bca()),
            ("used", estimate.interval() or (0.0, 0.0)),
        ):
            held[name] += low <= 0 <= high
    return {name: count / runs for name, count in held.items()}


def answers(spread: Spread, drop: float, tolerance: float, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Share of runs that fail, pass and are ambiguous at a true drop, by the gate's rule, on images like Rain100H's."""
    counted = dict.fromkeys(Outcome, 0)
    for estimate in estimates(RAIN100H, spread, runs, seed):
        low, high = (drop + spread.deviation * end for end in estimate.interval() or (-np.inf, np.inf))
        outcome = Outcome.FAIL if low > tolerance else Outcome.PASS if high <= tolerance else Outcome.AMBIGUOUS
        counted[outcome] += 1
    return {outcome.value: count / runs for outcome, count in counted.items()}


def whole_gate(spread: Spread, drop: float, tolerance: float, runs: int, *, seed: int = 0) -> dict[str, float]:
    """As `answers`, through pairing, comparison and gate, on images like Rain100H's."""
    generator = np.random.default_rng(seed)
    counted = dict.fromkeys(Outcome, 0)
    for _ in range(runs):
        base = generator.normal(29.5, 3.3, len(RAIN100H.groups))
        moved = base - drop - spread.deviation * RAIN100H.draw(spread, generator, 1)[:, 0]
        old, new = _side(base), _side(moved)
        found = compare_sides(old, new).metrics["psnr"]
        counted[metric_gate(old, new, found, tolerance).outcome] += 1
    return {outcome.value: count / runs for outcome, count in counted.items()}


def _side(values: NDArray[np.float64]) -> Measured:
    groups = RAIN100H.groups
    images = {str(index): MeasuredImage({"psnr": float(value)}, groups[index]) for index, value in enumerate(values)}
    return Measured("m", "m", "rain100h", "rain100h@1", "truncate", ("psnr",), images, len(images), Path())


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} beside the data of the pages")
    options = parser.parse_args()
    results: dict[str, object] = {
        "runs": options.runs,
        "seed": options.seed,
        "coverage": print_coverage(options.runs, options.seed),
        "answers": print_answers(options.runs, options.seed),
    }
    if options.write:
        RESULTS.write_text(f"{json.dumps(results, indent=1)}\n", encoding="utf-8")
    say("\nthrough pairing, comparison and gate, allowed 0.1 dB, 300 runs")
    for drop in (0.0, 0.1, 0.2):
        say(f"{NOISE.name}, true drop {drop}: {_shares(whole_gate(NOISE, drop, 0.1, 300, seed=options.seed))}")


def print_coverage(runs: int, seed: int) -> list[dict[str, object]]:
    """A line for each design and skewness; returns them."""
    rows: list[dict[str, object]] = []
    say(f"coverage of 95 % intervals in %, {runs} runs (standard error {100 * (0.05 * 0.95 / runs) ** 0.5:.1f} %)")
    say(f"{'design':42}{'skewness':>9}" + "".join(f"{name:>{width}}" for name, width in METHODS.items()))
    for design in DESIGNS:
        for spread in (NORMAL, STAGES, OTHER):
            found = coverage(design, spread, runs, seed)
            shares = "".join(f"{100 * found[name]:{width}.1f}" for name, width in METHODS.items())
            say(f"{design.name:42}{spread.skewness:9.2f}{shares}")
            rows.append({"design": design.name, "skewness": spread.skewness, "held": found})
    return rows


def print_answers(runs: int, seed: int) -> list[dict[str, object]]:
    """A line for each spread and tolerance; returns them."""
    rows: list[dict[str, object]] = []
    say("\nthe gate on 100 images on 91 backgrounds: fail / ambiguous / pass in %")
    say(f"{'spread':40}{'sd, dB':>7}{'allowed':>9}{'no change':>18}{'drop as allowed':>18}{'twice as much':>18}")
    for spread in SPREADS:
        for allowed in (0.05, 0.1, 0.4):
            shown = [_shares(answers(spread, drop, allowed, runs, seed=seed)) for drop in (0.0, allowed, 2 * allowed)]
            say(f"{spread.name:40}{spread.deviation:7.3f}{allowed:9.2f}" + "".join(f"{each:>18}" for each in shown))
            rows.append({"spread": spread.name, "deviation": spread.deviation, "allowed": allowed, "shares": shown})
    return rows


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _shares(found: dict[str, float]) -> str:
    return " / ".join(f"{100 * found[name]:.1f}" for name in ("fail", "ambiguous", "pass"))


if __name__ == "__main__":
    main()
