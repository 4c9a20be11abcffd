"""How the engine ray scales: images per second by the number of workers, with a model that only sleeps.

A model that sleeps needs no core, so that a small machine can show what the engine itself costs. Efficiency is the rate
of n workers over n times the rate of the same model in a plain loop (1 / sleep), once all workers are up; the overhead
is what an image takes beyond its sleep, beside that of the engine local. Aims: 0.9 at 8 workers, 5 ms.

    python tests/performance/scaling.py [--workers 1 2 4 8] [--sleep 0.25] [--seconds 15]
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.engines.cluster.engine import RayEngine
from restorebench.bench.evaluation.engines.contract import Engine
from restorebench.bench.evaluation.engines.local import LocalEngine
from restorebench.bench.evaluation.engines.options import ClusterOptions
from restorebench.bench.evaluation.matrix import run_matrix
from restorebench.bench.evaluation.options import RunOptions
from restorebench.bench.files.images import encode_png
from restorebench.bench.terminal.progress import Silent

MODEL = """
import time
from torch import nn

class Sleep(nn.Module):
    def forward(self, images):
        time.sleep({sleep})
        return images

def build(): return Sleep()
"""


class Clock(Silent):
    """Notes when each record came, and when all workers were up."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self.began = time.perf_counter()
        self.records: list[float] = []
        self.complete = self.began if workers == 1 else float("inf")
        self.processor = 0.0

    def start(self, title: str, total: int, done: int) -> None:
        del title, total, done
        self.processor = time.process_time()

    def rename(self, title: str) -> None:
        found = re.search(r"on (\d+) worker", title)
        if found and int(found[1]) >= self._workers:
            self.complete = min(self.complete, time.perf_counter())

    def advance(self) -> None:
        self.records.append(time.perf_counter())

    def driver(self) -> float:
        """Milliseconds of this process's cores for each record; with the engine local, all of the work."""
        return 1000 * (time.process_time() - self.processor) / len(self.records)

    def rate(self) -> float:
        """Images per second from the moment when every worker has delivered, to the very last image."""
        steady = [moment for moment in self.records if moment >= self.complete][2 * self._workers :]
        if len(steady) < 2 * self._workers:
            raise SystemExit("The workers came up too late to be measured: give more --seconds.")
        return (len(steady) - 1) / (steady[-1] - steady[0])


def make_data(folder: Path, images: int) -> Path:
    """Pairs of small noise images, of different content."""
    for kind in ("input", "target"):
        (folder / kind).mkdir(parents=True)
        for number in range(images):
            pixels = np.random.default_rng([number, kind == "input"]).integers(0, 256, (48, 64, 3), dtype=np.uint8)
            (folder / kind / f"{number:05d}.png").write_bytes(encode_png(pixels))
    return folder


def measure(engine: Engine, clock: Clock, told: RunOptions) -> Clock:
    """Run once; the clock has it."""
    outcome = run_matrix(told, Control(save_images="none", progress=clock, workers=1), engine)
    if outcome.exit_code:
        raise SystemExit("The run failed.")
    return clock


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--sleep", type=float, default=0.25, help="seconds of an image in the model")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement, about")
    given = parser.parse_args()
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    say(f"{os.cpu_count()} cores, {given.sleep:g} s in the model, 64x48 pixels, rgb@1, one thread a worker")
    headings = f"{'efficiency':>12}{'overhead ms':>13}{'driver ms':>11}{'whole s':>9}"
    say(f"{'engine':8}{'workers':>8}{'images':>8}{'images/s':>10}{headings}")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "mine.py").write_text(MODEL.format(sleep=given.sleep))
        for workers in [0, *given.workers]:
            count = max(1, workers)
            data = make_data(root / f"data{workers}", int(count * (given.seconds / given.sleep + 8)))
            told = RunOptions((f"{root}/mine.py:build",), (f"paired={data}",), out=f"{root}/{workers}", device="cpu")
            clock = Clock(count)
            if workers:
                cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": count, "include_dashboard": False})
                options = ClusterOptions(address=cluster.address, cpus_per_worker=1)
                with RayEngine(options) as engine:
                    measure(engine, clock, told)
                cluster.shutdown()
            else:
                measure(LocalEngine(), clock, told)
            driver, whole, rate = clock.driver(), time.perf_counter() - clock.began, clock.rate()
            overhead = 1000 * (count / rate - given.sleep)
            efficiency = rate * given.sleep / count
            say(
                f"{'ray' if workers else 'local':8}{count:8}{len(clock.records):8}{rate:10.2f}{efficiency:12.3f}"
                f"{overhead:13.2f}{driver:11.2f}{whole:9.1f}"
            )


if __name__ == "__main__":
    logging.getLogger("ray").setLevel(logging.ERROR)
    main()
