"""What the evaluation costs beyond its parts: wall time with a model that costs nothing.

Prints the ratio of `evaluate` to decoding and scoring the same images in a pool of as many threads, and in
one thread, in one process on this machine. The aim is at most 1.3 times the pool.

    python tests/performance/pipeline.py [--images 48] [--height 720] [--width 1280]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from restorebench.bench.contracts import DatasetCard, DatasetReport, ImagePair, ModelCard
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.evaluation.pipeline import default_workers
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.models.inference import Restorer
from restorebench.bench.protocols.protocol import get_protocol
from skimage import data, transform

PROTOCOL = "gopro@1"


class Folder:
    """Pairs of PNG files."""

    card = DatasetCard("folder", "Folder", "deblurring", None, PROTOCOL, (), "", "", "")
    variant = ""

    def __init__(self, pairs: list[ImagePair]) -> None:
        self.pairs = pairs
        self.report = DatasetReport("folder", "", len(pairs), None, "", "")

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[ImagePair]:
        return iter(self.pairs)

    def __getitem__(self, key: str) -> ImagePair:
        return next(pair for pair in self.pairs if pair.key == key)


def make_folder(root: Path, images: int, height: int, width: int) -> Folder:
    """Write photographs of the asked size, with noise, as PNG."""
    photograph = np.asarray(transform.resize(data.coffee(), (height, width)))
    pairs: list[ImagePair] = []
    for index in range(images):
        noise = np.random.default_rng(index).normal(0, 0.02, photograph.shape)
        degraded = np.clip((photograph + noise) * 255, 0, 255).astype(np.uint8)
        paths = (root / "degraded" / f"{index}.png", root / "target" / f"{index}.png")
        save_png(paths[0], degraded)
        save_png(paths[1], (photograph * 255).astype(np.uint8))
        pairs.append(ImagePair(str(index), FileImage(paths[0]), FileImage(paths[1])))
    return Folder(pairs)


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=48)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--width", type=int, default=1280)
    arguments = parser.parse_args()
    workers = default_workers()
    scorer = get_protocol(PROTOCOL).prepare()
    card = ModelCard("identity", "Identity", "restoration", needs_weights=False)

    def decode_and_score(pair: ImagePair) -> None:
        scorer.score(pair.degraded.read(), pair.target.read())

    with tempfile.TemporaryDirectory() as name:
        folder = make_folder(Path(name), arguments.images, arguments.height, arguments.width)

        def pool() -> None:
            with ThreadPoolExecutor(workers) as executor:
                list(executor.map(decode_and_score, folder))

        def whole() -> None:
            out = Path(name) / f"out{time.monotonic_ns()}"
            evaluate(Restorer(torch.nn.Identity(), card), folder, out=out, control=Control(save_images="none"))

        decode_and_score(folder.pairs[0])
        rounds = [(timed(whole), timed(pool)) for _ in range(3)]
        single = timed(lambda: [decode_and_score(pair) for pair in folder])
    seconds, reference = min(each[0] for each in rounds), min(each[1] for each in rounds)
    per = 1000 / arguments.images
    sys.stdout.write(
        f"{arguments.images} pairs of {arguments.width}x{arguments.height}, {PROTOCOL}, "
        f"{len(os.sched_getaffinity(0))} cores, {workers} threads a stage, best of 3\n"
        f"evaluate, model that costs nothing   {seconds * per:7.1f} ms an image\n"
        f"decode and score in a pool           {reference * per:7.1f} ms an image   ratio {seconds / reference:.2f}\n"
        f"decode and score in one thread       {single * per:7.1f} ms an image   ratio {seconds / single:.2f}\n"
        f"unavailable metrics: {', '.join(scorer.unavailable) or 'none'}\n"
    )


if __name__ == "__main__":
    main()
