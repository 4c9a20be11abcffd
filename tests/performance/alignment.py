"""What RealBlur's alignment costs beside the official call, and what 980 images take.

Images of RealBlur's size that lie a fraction of a pixel apart, blurred and noisy. Prints the processor time of OpenCV's
`findTransformECC` with the official 100 iterations and of ours, by how much PSNR differs after either, and the seconds
on the clock of `realblur@1` without LPIPS, by how many threads OpenCV takes and how many images are scored at once.
Returns 1 if ours takes more than a third of the official call or PSNR differs by more than 5e-4 dB.

    python tests/performance/alignment.py [--pairs 3] [--rounds 2]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from restorebench.bench.metrics import alignment
from restorebench.bench.metrics.alignment import align, aligned_mse, require_opencv
from restorebench.bench.metrics.ecc import GAUSSIAN_FILTER_SIZE, ITERATIONS, find_homography
from restorebench.bench.metrics.images import to_unit
from restorebench.bench.metrics.psnr import psnr
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.terminal.display import new_table, print_lines, print_table

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.rivals.turns import once

HEIGHT, WIDTH = 773, 680
IMAGES, CORES = 980, 4
MOST, MOST_DB = 1 / 3, 5e-4

Pair = tuple[np.ndarray, np.ndarray]


def photographs(seed: int) -> Pair:
    """(restored, target): a photograph of scikit-image's, and the same moved by up to a pixel, blurred and noisy."""
    from scipy.ndimage import gaussian_filter, shift
    from skimage.data import astronaut

    random = np.random.default_rng(seed)
    tile = np.concatenate([astronaut(), astronaut()[:, ::-1]], axis=1)
    target = np.concatenate([tile, tile[::-1]])[40 * seed : 40 * seed + HEIGHT, 20 * seed : 20 * seed + WIDTH]
    moved = shift(target.astype(float), (*random.uniform(-1, 1, 2), 0), order=3, mode="reflect")
    noisy = 0.95 * gaussian_filter(moved, (1.2, 1.2, 0)) + random.normal(0, 2, moved.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), target


def official(cv2: Any, target: np.ndarray, restored: np.ndarray) -> np.ndarray:
    """The one call of the official script."""
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, ITERATIONS, 0)
    start = np.eye(3, dtype=np.float32)
    return cv2.findTransformECC(target, restored, start, cv2.MOTION_HOMOGRAPHY, criteria, None, GAUSSIAN_FILTER_SIZE)[1]


def compare(cv2: Any, pairs: Sequence[Pair], rounds: int) -> tuple[float, float, float]:
    """Processor seconds of the official call and of ours, for one image, and the largest difference in PSNR."""
    greys = [[cv2.cvtColor(to_unit(image), cv2.COLOR_RGB2GRAY) for image in (y, x)] for x, y in pairs]
    taken = [
        [once(lambda: [find(cv2, *grey) for grey in greys])[0].processor for find in (official, find_homography)]  # noqa: B023 -- called at once
        for _ in range(rounds)
    ]
    theirs, ours = (min(column) / len(pairs) for column in zip(*taken, strict=True))
    return theirs, ours, max(abs(decibels(pair) - decibels(pair, official)) for pair in pairs)


def decibels(pair: Pair, find: Callable[..., np.ndarray] = find_homography) -> float:
    """PSNR after the alignment."""
    with mock.patch.object(alignment, "find_homography", find):
        return psnr(aligned_mse(align(*map(to_unit, pair))), 1.0)


def clock_seconds(cv2: Any, pairs: Sequence[Pair], inside: int, at_once: int) -> float:
    """Seconds for one image, scored by realblur@1 without LPIPS."""
    scorer = replace(get_protocol("realblur@1"), lpips=None).prepare()
    before = cv2.getNumThreads()
    cv2.setNumThreads(inside)
    try:
        start = time.perf_counter()
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda pair: scorer.score(*pair), pairs))
        return (time.perf_counter() - start) / len(pairs)
    finally:
        cv2.setNumThreads(before)


def main() -> int:
    """Measure and print; returns 1 if it takes longer or differs by more than it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    cv2, pairs = require_opencv(), [photographs(seed) for seed in range(options.pairs)]
    theirs, ours, difference = compare(cv2, pairs, options.rounds)
    said = (
        f"findTransformECC, {ITERATIONS} iterations: {theirs:.2f} s of processor time for {HEIGHT}x{WIDTH}; ours"
        f" {ours:.2f} s, {ours / theirs:.2f} of it; PSNR differs by at most {difference:.1e} dB."
    )
    print_lines([said])
    table = new_table("threads of OpenCV", "images at once", "s an image", right=["images at once", "s an image"])
    for inside, at_once in ((1, 1), (2, 1), (1, 2)):
        table.add_row(str(inside), str(at_once), f"{clock_seconds(cv2, pairs, inside, at_once):.2f}")
    print_table(table)
    scorer = replace(get_protocol("realblur@1"), lpips=None).prepare()
    whole = once(lambda: [scorer.score(*pair) for pair in pairs])[0].processor / len(pairs)
    minutes = f"{IMAGES * whole / CORES / 60:.1f} min"
    print_lines([f"realblur@1 without LPIPS: {whole:.2f} s an image; {IMAGES} on {CORES} cores: {minutes}."])
    return int(ours > MOST * theirs or difference > MOST_DB)


if __name__ == "__main__":
    sys.exit(main())
