"""What the evaluation costs beyond its parts, with a model that costs nothing.

Prints the ratio of `evaluate` to decoding and scoring the same images in a pool of as many threads, by wall time and
by the time of the processor, in interleaved rounds on this machine; the aim is at most 1.15. Then the same for a
machine of 16 cores, on which a core is a semaphore and work on it is sleep: only the order of the work is measured.
LPIPS is left out, as it takes so long that nothing else would count; `--lpips` measures with it.

    python tests/performance/pipeline.py [--images 48] [--height 720] [--width 1280] [--lpips] [--profile]

`--profile` prints where the processor's time beyond decoding and scoring goes, by stage.
"""

# ruff: noqa: E402 -- the process is tuned first
from __future__ import annotations

import argparse
import os
import resource
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

from restorebench.bench.machine.tuning import tune_process

tune_process()  # as the command line does, before anything imports torch

import numpy as np
import torch
from restorebench.bench.contracts import DatasetCard, DatasetReport, ImagePair, ModelCard, UInt8Image
from restorebench.bench.evaluation import loaded, scoring
from restorebench.bench.evaluation.cell import Control, OpenCell
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.evaluation.pipeline import default_workers
from restorebench.bench.evaluation.sources import ModelSource
from restorebench.bench.files import images
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.models.inference import Restorer
from restorebench.bench.protocols.joint import JointScorer
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.runs.journal import Journal
from restorebench.bench.terminal.display import new_table, print_table, print_text
from skimage import data, transform

PROTOCOL = "gopro@1"
ROUNDS = 3

CORES = 16
DECODE, SCORE = 0.03, 0.08
"""Seconds that an image takes on a core that is only simulated, about those of a 720p image."""

SIMULATED = 60 * CORES
"""Images on it: the start of a run, which is the same for any number of them, should not count."""


class Folder:
    """Pairs of any images."""

    card = DatasetCard("folder", "Folder", "deblurring", None, PROTOCOL, (), "", "", "")
    variant = ""

    def __init__(self, pairs: Sequence[ImagePair]) -> None:
        self.pairs = pairs
        self.report = DatasetReport("folder", "", len(pairs), None, "", "")

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[ImagePair]:
        return iter(self.pairs)

    def __getitem__(self, key: str) -> ImagePair:
        return next(pair for pair in self.pairs if pair.key == key)


def make_folder(root: Path, count: int, height: int, width: int) -> Folder:
    """Write photographs of the asked size, with noise, as PNG."""
    photograph = np.asarray(transform.resize(data.coffee(), (height, width)))
    pairs: list[ImagePair] = []
    for index in range(count):
        noise = np.random.default_rng(index).normal(0, 0.02, photograph.shape)
        degraded = np.clip((photograph + noise) * 255, 0, 255).astype(np.uint8)
        paths = (root / "degraded" / f"{index}.png", root / "target" / f"{index}.png")
        save_png(paths[0], degraded)
        save_png(paths[1], (photograph * 255).astype(np.uint8))
        pairs.append(ImagePair(str(index), FileImage(paths[0]), FileImage(paths[1])))
    return Folder(pairs)


def identity() -> Restorer:
    """The model that costs nothing."""
    return Restorer(torch.nn.Identity(), ModelCard("identity", "Identity", "restoration", needs_weights=False))


@dataclass(frozen=True)
class Cost:
    """Seconds of some work."""

    wall: float
    cpu: float
    """Of all threads of this process."""


def cost(work: Callable[[], object]) -> Cost:
    """What `work` takes."""
    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Cost(time.perf_counter() - wall, cpu)


def best(works: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> list[Cost]:
    """The least that each takes, in rounds that take turns."""
    found = [[cost(work) for work in works] for _ in range(rounds)]
    return [
        Cost(min(each.wall for each in column), min(each.cpu for each in column)) for column in zip(*found, strict=True)
    ]


class Stages:
    """Seconds of the processor in functions, added up over all threads."""

    def __init__(self) -> None:
        self.seconds = defaultdict[str, float](float)
        self._lock = threading.Lock()

    def timed(self, owner: object, name: str, stage: str) -> Any:
        """A patch that measures a function for as long as it is in force."""
        function = getattr(owner, name)

        @wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                with self._lock:
                    self.seconds[stage] += time.thread_time() - start

        return mock.patch.object(owner, name, measured)


STAGES = {
    "decode": (images, "decode_image"),
    "score": (JointScorer, "score"),
    "round to 8 bit": (scoring, "quantise"),
    "put channels side by side": (scoring, "interleaved"),
    "hash of the pair": (loaded, "pixel_sha256"),
    "hash of the restored image": (scoring, "pixel_sha256"),
    "model and what surrounds it": (ModelSource, "begin"),
    "record: journal": (Journal, "append"),
    "record: all": (OpenCell, "record"),
    "finish": (OpenCell, "finish"),
}
"""Functions whose time is shown, by what they do."""

WITHIN = {"record: journal": "record: all"}
"""Stages that are part of another one."""


def print_profile(whole: Callable[[], object], count: int) -> None:
    """Where the processor's time of `whole` goes."""
    stages = Stages()
    with ExitStack() as stack:
        for stage, (owner, name) in STAGES.items():
            stack.enter_context(stages.timed(owner, name, stage))
        total = cost(whole).cpu
    seconds = dict(stages.seconds)
    apart = {stage: time for stage, time in seconds.items() if stage not in WITHIN}
    apart["everything else"] = total - sum(apart.values())
    parts = apart["decode"] + apart["score"]
    table = new_table("stage", "ms an image", "of decode + score", right=["ms an image", "of decode + score"])
    for stage, taken in {**apart, **{f"  of {WITHIN[name]}: {name}": seconds[name] for name in WITHIN}}.items():
        table.add_row(stage, f"{taken * 1000 / count:.2f}", f"{taken / parts:.1%}")
    table.add_row("all", f"{total * 1000 / count:.2f}", f"{total / parts:.1%}")
    print_table(table)


@dataclass(frozen=True)
class SleepingImage:
    """A source whose decoding is sleep on a simulated core."""

    name: str
    cores: threading.Semaphore
    size_bytes: int = 1

    def read(self) -> UInt8Image:
        """A small image, after a while."""
        with self.cores:
            time.sleep(DECODE)
        return np.zeros((16, 16, 3), np.uint8)


def simulated(folder: Path, count: int) -> tuple[Cost, Cost]:
    """`evaluate` and the pool on a machine with more cores."""
    cores = threading.Semaphore(CORES)
    pairs = [ImagePair(str(n), SleepingImage(f"{n}", cores), SleepingImage(f"{n}t", cores)) for n in range(count)]
    score = JointScorer.score

    def sleeping_score(self: JointScorer, *arguments: Any) -> Any:
        with cores:
            time.sleep(SCORE)
        return score(self, *arguments)

    def one(pair: ImagePair) -> None:
        pair.degraded.read()
        pair.target.read()
        with cores:
            time.sleep(SCORE)

    def pool() -> None:
        with ThreadPoolExecutor(CORES) as executor:
            list(executor.map(one, pairs))

    def whole() -> None:
        control = Control(save_images="none", workers=CORES)
        evaluate(identity(), Folder(pairs), "rgb@1", out=folder / f"{time.monotonic_ns()}", control=control)

    with mock.patch.object(JointScorer, "score", sleeping_score):
        measured, reference = best([whole, pool], rounds=2)
    return measured, reference


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=48)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--lpips", action="store_true", help="score by LPIPS as well")
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    arguments = parser.parse_args()
    count, workers = arguments.images, default_workers()
    protocol = get_protocol(PROTOCOL) if arguments.lpips else replace(get_protocol(PROTOCOL), lpips=None)
    scorer = protocol.prepare()
    restorer = identity()

    def decode_and_score(pair: ImagePair) -> None:
        scorer.score(pair.degraded.read(), pair.target.read())

    with tempfile.TemporaryDirectory() as name:
        folder = make_folder(Path(name), count, arguments.height, arguments.width)

        def pool() -> None:
            with ThreadPoolExecutor(workers) as executor:
                list(executor.map(decode_and_score, folder))

        def whole() -> None:
            out = Path(name) / f"out{time.monotonic_ns()}"
            evaluate(restorer, folder, protocol, out=out, control=Control(save_images="none"))

        whole()  # imports
        if arguments.profile:
            print_profile(whole, count)
            return
        measured, reference = best([whole, pool])
        many, bound = simulated(Path(name), SIMULATED)
    per = 1000 / count
    table = new_table("work", "ms an image", "ratio", "ms of processor", "ratio", right=["ms an image", "ratio"])
    table.add_row("decode and score in a pool", f"{reference.wall * per:.1f}", "", f"{reference.cpu * per:.1f}", "")
    table.add_row(
        "evaluate, model that costs nothing",
        f"{measured.wall * per:.1f}",
        f"{measured.wall / reference.wall:.2f}",
        f"{measured.cpu * per:.1f}",
        f"{measured.cpu / reference.cpu:.2f}",
    )
    per = 1000 / SIMULATED
    table.add_row(f"pool, {CORES} simulated cores", f"{bound.wall * per:.1f}", "", "", "")
    table.add_row(
        f"evaluate, {CORES} simulated cores", f"{many.wall * per:.1f}", f"{many.wall / bound.wall:.2f}", "", ""
    )
    print_text(
        f"{count} pairs of {arguments.width}x{arguments.height}, {PROTOCOL}, {len(os.sched_getaffinity(0))} cores, "
        f"{workers} threads a stage, best of {ROUNDS}; metrics: {', '.join(protocol.metrics)}"
    )
    print_table(table)


if __name__ == "__main__":
    main()
