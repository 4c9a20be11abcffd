"""What measuring by five protocols costs beside measuring by one, on a 1280x720 pair.

Measuring is all that a run does with an image beside restoring it: decode the two PNG files, round, convert, score, and
hash the pixels for the record. Prints the milliseconds for each protocol alone and for all of them together, and the
ratio of five to one, which is to be at most 2. LPIPS is left out: protocols that round alike share its value, so that
with it the ratio is smaller. Every case runs once a round, and its fastest round counts, because whatever else runs on
the machine only ever adds time.

    python tests/performance/protocols.py [--rounds 9] [--protocols rgb@1 y@1 ...]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from restorebench.bench.contracts import ImagePair, UInt8Image
from restorebench.bench.evaluation.loaded import LoadedPair, Restoration
from restorebench.bench.evaluation.scoring import score_image
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.protocols.joint import AppliedProtocol, JointScorer
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.terminal.display import new_table, print_lines, print_table

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.rivals.turns import take_turns

HEIGHT, WIDTH = 720, 1280
FIVE = ("rgb@1", "gopro-ssim2d@1", "y@1", "rain100h@1", "rain13k@1")
"""RGB twice and Y in three ways, with two roundings; the others are compared with the first."""

MOST = 2.0


class NoPictures:
    """Keeps no picture."""

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Ignore it."""
        del key, value, image


def photograph(noise: float, seed: int) -> np.ndarray:
    """A photograph of scikit-image's at 1280x720 with noise, (H, W, 3) float32 in [0, 1]."""
    from skimage.data import astronaut

    tile = np.concatenate([astronaut(), astronaut()[:, ::-1], astronaut()], axis=1)
    tall = np.concatenate([tile, tile[::-1]])[:HEIGHT, :WIDTH] / 255
    return (tall + np.random.default_rng(seed).normal(0, noise, tall.shape)).clip(0, 1).astype(np.float32)


def measuring(names: Sequence[str], pair: ImagePair, restored: np.ndarray) -> Callable[[], object]:
    """What measures the restored image of a pair by protocols, without LPIPS."""
    protocols = [replace(get_protocol(name), lpips=None) for name in names]
    scorer = JointScorer([AppliedProtocol(each, each.quantiser) for each in protocols])

    def measure() -> object:
        loaded = LoadedPair.of(pair, pair.degraded.read(), pair.target.read())
        return score_image(pair, loaded, Restoration((restored,), 0.1), scorer, NoPictures())

    return measure


def main() -> int:
    """Measure and print; returns 1 if it takes longer than it should."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--protocols", nargs="+", default=list(FIVE))
    arguments = parser.parse_args()
    names: list[str] = arguments.protocols
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "degraded.png", Path(folder) / "target.png"]
        for seed, file in enumerate(files):
            save_png(file, (photograph(0.01, seed) * 255).round().astype(np.uint8))
        pair, restored = ImagePair("photograph", FileImage(files[0]), FileImage(files[1])), photograph(0.02, 2)
        cases = {name: measuring([name], pair, restored) for name in names}
        together_too = {**cases, "together": measuring(names, pair, restored)}
        turns = take_turns(together_too, fewest=arguments.rounds)
    found = {name: min(each.wall for each in took) for name, took in turns.took.items()}
    together, first = found["together"], found[names[0]]
    table = new_table("measured by", "ms", f"of {names[0]}", right=["ms", f"of {names[0]}"])
    rows = {**found, "one after the other": sum(found.values()) - together}
    for label, seconds in rows.items():
        table.add_row(label, f"{1000 * seconds:.0f}", f"{seconds / first:.2f}")
    print_table(table)
    ratio = together / first
    print_lines([f"{len(names)} protocols together cost {ratio:.2f} times {names[0]}; at most {MOST:g} is wanted."])
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
