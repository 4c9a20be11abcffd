"""Which share of the time of a training waits for data, with the shipped recipes and as many threads as they ask for.

    python tests/performance/training.py [--iterations N] [RECIPE ...]

Prints, for each recipe, the share that `log.csv` calls `waiting`, and exits with 1 if one waits for more than 5 %.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from restorebench.bench.training.recipe import Recipe, read_recipe
from restorebench.bench.training.trainer import train

RECIPES = ("nano-blur", "nano-rain", "nano-snow", "nano-haze", "opir-nano-all", "irsde-nano-rain", "irsde-nano-noise")
MOST = 0.05
"""Share of the time that may pass without a step because the next batch is not ready."""

ROWS = 6
"""Of the log, of which the first is left out: the first batch has to be waited for."""


def shortened(recipe: Recipe, iterations: int) -> Recipe:
    """The recipe's first stage alone, for so many iterations and without validation."""
    return replace(
        recipe,
        stages=(replace(recipe.stages[0], iterations=iterations, warmup=0),),
        validation=None,
        log_every=max(1, iterations // ROWS),
        save_every=iterations,
    )


def waiting(name: str, iterations: int) -> tuple[float, float]:
    """Share of the time that a recipe waits, and its iterations per second."""
    with tempfile.TemporaryDirectory() as folder:
        train(shortened(read_recipe(name), iterations), folder, device="cpu")
        with (Path(folder) / "log.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))[1:]
    shares = [float(row["waiting"]) for row in rows]
    return statistics.fmean(shares), statistics.fmean(float(row["iterations_per_second"]) for row in rows)


def main() -> int:
    """Print the shares; 1 if one is larger than allowed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=RECIPES)
    parser.add_argument("--iterations", type=int, default=60)
    arguments = parser.parse_args()
    say(f"{os.cpu_count()} cores, {arguments.iterations} iterations each")
    shares: list[float] = []
    for name in arguments.recipes:
        share, rate = waiting(name, arguments.iterations)
        shares.append(share)
        say(f"{name:<18} waits for data {share:6.1%} of the time, {rate:.2f} iterations/s")
    return int(max(shares) > MOST)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
