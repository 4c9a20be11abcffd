"""What a pair of a large data set costs beside its decoding and scoring, and whether that grows with the data set.

Prints, for small images and a model that costs nothing, milliseconds of processor a pair for each number of pairs, and
how much the last tenth of them takes of the first. The aim is under 3 ms a pair beyond decoding and scoring, and flat.

    python tests/performance/many_pairs.py [--pairs 2000 20000]      also --pairs 100000
"""

# ruff: noqa: I001 -- one import comes first
from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.pipeline import Folder, cost, identity  # first, as it tunes the process

import numpy as np
from restorebench.bench.contracts import ImagePair
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.terminal.display import new_table, print_table
from restorebench.bench.terminal.progress import Silent

PROTOCOL = "rgb@1"
SIDE, FILES = 32, 64
PARTS = 10


class Clock(Silent):
    """Notes the time of the processor after each tenth of the images."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._total = self._done = 0

    def start(self, title: str, total: int, done: int) -> None:
        """Begin."""
        del title, done
        self._total = total
        self.times.append(time.process_time())

    def advance(self) -> None:
        """Count one."""
        self._done += 1
        if self._done % (self._total // PARTS) == 0:
            self.times.append(time.process_time())


def small_pairs(root: Path, count: int) -> list[ImagePair]:
    """Pairs of a few files, which many pairs share: what a pair costs does not depend on it."""
    files: list[tuple[FileImage, FileImage]] = []
    for index in range(FILES):
        random = np.random.default_rng(index)
        target = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        noise = random.integers(0, 2 + index, target.shape, dtype=np.uint8)  # no two equal: equals are kept by name
        paths = root / "degraded" / f"{index}.png", root / "target" / f"{index}.png"
        save_png(paths[0], target ^ noise)
        save_png(paths[1], target)
        files.append((FileImage(paths[0]), FileImage(paths[1])))
    return [ImagePair(f"{index // 100:04d}/{index:06d}", *files[index % FILES]) for index in range(count)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[2000, 20000])
    arguments = parser.parse_args()
    protocol, restorer = replace(get_protocol(PROTOCOL), lpips=None), identity()
    scorer = protocol.prepare()
    columns = ["pairs", "ms a pair", "decode + score", "beyond", "last / first tenth", "begin and end, s", "again, s"]
    table = new_table(*columns, right=columns)
    with tempfile.TemporaryDirectory() as name:
        pairs = small_pairs(Path(name), max(arguments.pairs))
        evaluate(restorer, Folder(pairs[:PARTS]), protocol, out=Path(name) / "first")  # imports
        bare = cost(lambda: [scorer.score(each.degraded.read(), each.target.read()) for each in pairs[:1000]]).cpu
        for count in arguments.pairs:
            folder, out, clock = Folder(pairs[:count]), Path(name) / f"out{count}", Clock()
            control = Control(progress=clock)
            whole = cost(lambda: evaluate(restorer, folder, protocol, out=out, control=control)).cpu  # noqa: B023 -- called at once
            again = cost(lambda: evaluate(restorer, folder, protocol, out=out)).cpu  # noqa: B023 -- called at once
            times = clock.times
            inside = times[PARTS] - times[0]
            growth = (times[PARTS] - times[PARTS - 1]) / (times[1] - times[0])
            table.add_row(
                f"{count:,}",
                f"{whole * 1000 / count:.2f}",
                f"{bare:.2f}",
                f"{whole * 1000 / count - bare:.2f}",
                f"{growth:.2f}",
                f"{whole - inside:.1f}",
                f"{again:.1f}",
            )
    print_table(table)


if __name__ == "__main__":
    main()
