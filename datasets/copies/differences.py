"""Two copies of a data set, pair by pair: which keys only one has, and where the pixels differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...bench.contracts import ImageSource, PairedDataset, UInt8Image
from ...bench.errors import ImageError
from ...bench.files.natural_order import natural_order
from ...bench.terminal.progress import Progress, Silent

__all__ = ["Differences", "PairDifference", "compare_copies"]


@dataclass(frozen=True, slots=True)
class PairDifference:
    """A pair that is not the same in two copies."""

    key: str
    difference: str
    """What differs, in words: `target: 3 of 153600 pixels, by at most 1 grey level`."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Comparison of two copies."""

    first: str
    """Root of the first copy."""

    second: str
    compared: int
    """Keys that both have."""

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    different: tuple[PairDifference, ...]

    @property
    def equal(self) -> bool:
        """Whether both have the same keys with the same pixels."""
        return not (self.only_first or self.only_second or self.different)


def compare_copies(first: PairedDataset, second: PairedDataset, progress: Progress | None = None) -> Differences:
    """Compare the decoded pixels of two copies, whatever their layouts and compression.

    Args:
        first: a copy.
        second: another one; pairs are matched by key.
        progress: receives an event per pair.
    """
    mine, other = {pair.key: pair for pair in first}, {pair.key: pair for pair in second}
    shared = [key for key in mine if key in other]
    different: list[PairDifference] = []
    watched = progress or Silent()
    watched.start("comparing", len(shared), 0)
    try:
        for key in shared:
            found = [
                f"{side}: {difference}"
                for side in ("degraded", "target")
                if (difference := _difference(getattr(mine[key], side), getattr(other[key], side)))
            ]
            if found:
                different.append(PairDifference(key, "; ".join(found)))
            watched.advance()
    finally:
        watched.finish()
    return Differences(
        first.report.root,
        second.report.root,
        len(shared),
        tuple(sorted(mine.keys() - other.keys(), key=natural_order)),
        tuple(sorted(other.keys() - mine.keys(), key=natural_order)),
        tuple(different),
    )


def _difference(first: ImageSource, second: ImageSource) -> str:
    """What differs between two images, in words; `""` if nothing does."""
    try:
        one, two = first.read(), second.read()
    except ImageError as error:
        return str(error).rstrip(".")
    if one.shape != two.shape:
        return f"{_size(one)} and {_size(two)}"
    apart = np.abs(one.astype(np.int16) - two.astype(np.int16)).max(axis=2)
    pixels, most = int(np.count_nonzero(apart)), int(apart.max(initial=0))
    levels = "grey level" if most == 1 else "grey levels"
    return f"{pixels} of {apart.size} pixels, by at most {most} {levels}" if pixels else ""


def _size(image: UInt8Image) -> str:
    height, width, _ = image.shape
    return f"{width}x{height}"
