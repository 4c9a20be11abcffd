"""Near-duplicates between two data sets, or within one: test images that a model has seen in training."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ...bench.contracts import ImageSource, PairedDataset
from ...bench.errors import ImageError
from ...bench.terminal.progress import Progress, Silent
from .perceptual_hash import BITS, Hashes, distances, perceptual_hash
from .verification import MOST_THREADS

__all__ = ["MOST_BITS", "NearPair", "Overlap", "find_overlap"]

MOST_BITS = 40
"""Bits of 255 in which two near-duplicates may differ; unrelated photographs differ in about half of them."""

ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class NearPair:
    """An image of each data set that show the same."""

    first: str
    """Key in the first data set."""

    second: str
    bits: int
    """Differing bits of the two hashes; 0 for equal pictures."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Near-duplicates among the targets of two data sets."""

    first: str
    """Title of the first data set."""

    second: str
    """Title of the second; the same data set if it was compared with itself."""

    first_images: int
    second_images: int
    pairs: tuple[NearPair, ...]
    """In the order of the first data set's keys, the nearest first."""

    within: bool
    """Whether a data set was compared with itself; each pair is there once then."""

    problems: tuple[str, ...]
    """One sentence for each image that could not be read, and was not compared."""

    @property
    def first_keys(self) -> tuple[str, ...]:
        """Keys of the first data set that have a near-duplicate."""
        seconds = [pair.second for pair in self.pairs] if self.within else []
        return tuple(dict.fromkeys([*(pair.first for pair in self.pairs), *seconds]))

    @property
    def second_keys(self) -> tuple[str, ...]:
        """Keys of the second data set that have a near-duplicate."""
        return self.first_keys if self.within else tuple(dict.fromkeys(pair.second for pair in self.pairs))

    @property
    def distinct(self) -> int:
        """Pictures that are left of the first data set if near-duplicates within it count once."""
        if not self.within:
            return self.first_images
        above = {key: key for key in self.first_keys}
        for pair in self.pairs:
            above[_root(above, pair.second)] = _root(above, pair.first)
        clusters = Counter(_root(above, key) for key in above)
        return self.first_images - sum(clusters.values()) + len(clusters)


def find_overlap(
    first: PairedDataset,
    second: PairedDataset | None = None,
    *,
    most_bits: int = MOST_BITS,
    progress: Progress | None = None,
) -> Overlap:
    """Compare the targets of two data sets by a perceptual hash, which survives small crops, resizing and compression.

    Args:
        first: a data set, such as that of the training.
        second: the other one; `None` to compare the first with itself.
        most_bits: bits of 255 in which near-duplicates may differ.
        progress: receives an event per image.
    """
    watched = progress or Silent()
    keys, hashes, problems = _hashed(first, watched)
    if second is None:
        other_keys, other_hashes = keys, hashes
    else:
        other_keys, other_hashes, more = _hashed(second, watched)
        problems += more
    within = second is None
    pairs: list[NearPair] = []
    for start in range(0, len(keys), ROWS_AT_ONCE):
        bits = distances(hashes[start : start + ROWS_AT_ONCE], other_hashes)
        near = sorted((row, int(bits[row, column]), column) for row, column in np.argwhere(bits <= most_bits).tolist())
        pairs += [
            NearPair(keys[start + row], other_keys[column], found)
            for row, found, column in near
            if not within or column > start + row
        ]
    return Overlap(
        first.card.title,
        (second or first).card.title,
        len(first),
        len(second or first),
        tuple(pairs),
        within,
        tuple(problems),
    )


def _root(above: dict[str, str], key: str) -> str:
    while above[key] != key:
        key = above[key]
    return key


def _hashed(dataset: PairedDataset, progress: Progress) -> tuple[list[str], Hashes, list[str]]:
    """Keys and hashes of the targets, each file read once, and what could not be read."""
    sources: dict[str, ImageSource] = {}
    names: dict[str, str] = {}
    for pair in dataset:
        names[pair.key] = pair.target.name
        sources[pair.target.name] = pair.target
    found: dict[str, Hashes] = {}
    problems: list[str] = []
    progress.start(f"reading {dataset.card.title}", len(sources), 0)
    try:
        with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
            for name, result in zip(sources, pool.map(_hash, sources.values()), strict=True):
                progress.advance()
                if isinstance(result, str):
                    problems.append(result)
                else:
                    found[name] = result
    finally:
        progress.finish()
    keys = [key for key, name in names.items() if name in found]
    rows = [found[names[key]] for key in keys]
    return keys, np.stack(rows) if rows else np.empty((0, (BITS + 1) // 64), np.uint64), problems


def _hash(source: ImageSource) -> Hashes | str:
    """The hash, or the sentence of an image that cannot be read."""
    try:
        return perceptual_hash(source.read())
    except ImageError as error:
        return str(error)
