"""Two runs over the same thirty images, one of them better."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helpers.paired_runs import write_paired_run

__all__ = ["BASE", "MOVED", "two"]

BASE = [30.0 + 0.1 * index for index in range(30)]
MOVED = [value + 0.2 + 0.01 * (index % 7) for index, value in enumerate(BASE)]


def two(
    tmp_path: Path, first: Sequence[float | None], second: Sequence[float | None], metric: str = "psnr"
) -> tuple[Path, Path]:
    """Write the folders of the runs `old` and `new`, with one value for each image."""
    return (
        write_paired_run(tmp_path, {metric: first}, model="old"),
        write_paired_run(tmp_path, {metric: second}, model="new"),
    )
