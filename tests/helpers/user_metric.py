"""A metric of a user's own, in a file, and runs that measure it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png

from helpers.memory_dataset import photograph

FILE = """\
# mine.py
import numpy as np
from restorebench.bench import Metric


def mean_absolute_error(restored, target):  # (H, W, 3) float32 RGB in [0, 1]
    return 255 * np.abs(restored - target).mean()


MAE = Metric(name="grey-mae", title="Grey MAE", digits=1, higher_is_better=False, compute=mean_absolute_error)
"""

OFFSETS = {"near": 3, "far": 8}
"""Methods of `write_two_methods`: grey levels by which each is off, and so their mean absolute error."""


def write_two_methods(folder: Path, count: int = 6) -> Path:
    """A folder `pairs` of a paired data set, and a folder of restored images for each method."""
    for index in range(count):
        target = photograph(index) // 2 + 40
        for kind in ("pairs/target", "pairs/input", *OFFSETS):
            image = target + np.uint8(OFFSETS.get(kind, 0) + (kind in OFFSETS and index % 2))
            save_png(folder / kind / f"{index}.png", image)
    return folder / "pairs"


def score_two_methods(folder: Path, *words: str) -> Path:
    """Score both methods by `rgb@1` with the user's metric; returns the output folder."""
    pairs, file, out = write_two_methods(folder), folder / "mine.py", folder / "out"
    file.write_text(FILE)
    for name in OFFSETS:
        command = ["score", str(folder / name), "-d", f"paired={pairs}", "-p", "rgb@1", "--name", name]
        assert main([*command, "--metric", f"{file}:MAE", "--out", str(out), *words]) == 0
    return out
