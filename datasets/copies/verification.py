"""Verification of copies on disk: check the content of every image, not only its name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from ...bench.contracts import ImagePair, PairedDataset
from ...bench.errors import ImageError
from ...bench.files.fingerprints import PAIR_DIGITS, combined_fingerprint, pixel_sha256
from ...bench.files.images import source_size
from ...bench.terminal.progress import Progress, Silent
from ..layouts.paired_list import PairedList
from .known_copies import KnownCopy, known_copy

__all__ = ["PairCheck", "Verification", "check_pairs", "pixel_fingerprint", "verify"]

PixelComparison = Literal["identical", "different", "unknown"]

MOST_THREADS = 8


@dataclass(frozen=True, slots=True)
class PairCheck:
    """Result of checking one pair."""

    key: str
    size: str = ""
    """`WIDTHxHEIGHT`; `""` if unreadable."""

    pixels: str = ""
    """First digits of the pair's pixel hash; `""` if not decoded."""

    problem: str = ""
    """Sentence that explains why the pair is unusable; `""` if it is usable."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of verifying a copy."""

    dataset: str
    title: str
    root: str
    layout: str
    variant: str
    found_pairs: int
    expected_pairs: int | None
    missing: tuple[str, ...]
    """Keys of a complete copy that this one lacks."""

    sizes: Mapping[str, int]
    """`WIDTHxHEIGHT` to number of pairs."""

    wrong_sizes: tuple[str, ...]
    """Sizes that do not occur in this variant."""

    problems: tuple[str, ...]
    """One sentence for each unusable pair."""

    pixel_fingerprint: str
    """Hash over all decoded pixels, as in the records of a run; `""` if not decoded."""

    known: PixelComparison
    """Comparison of the pixels with a known copy, if there is one."""

    known_source: str
    compared_pairs: int
    """Number of pairs with a known hash."""

    different: tuple[str, ...]
    """Keys of pairs whose pixels differ from the known copy."""

    warnings: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether the copy is complete, readable, and not known to differ."""
        enough = self.expected_pairs is None or self.found_pairs == self.expected_pairs
        return enough and not (self.missing or self.problems or self.wrong_sizes or self.different)


def verify(dataset: PairedDataset, *, decode: bool = True, progress: Progress | None = None) -> Verification:
    """Check every image of an opened copy.

    Args:
        dataset: the copy.
        decode: decode and hash the pixels; otherwise only the sizes are read.
        progress: receives an event per pair.
    """
    checks = list(check_pairs(dataset, decode=decode, progress=progress or Silent()))
    card, report = dataset.card, dataset.report
    listed = dataset if isinstance(dataset, PairedList) else None
    sizes = Counter(check.size for check in checks if check.size)
    allowed = {f"{width}x{height}" for height, width in listed.expected_sizes} if listed else set[str]()
    copy = known_copy(card.name, report.variant) if decode else None
    different = _different(checks, copy)
    return Verification(
        dataset=card.name,
        title=card.title,
        root=report.root,
        layout=report.layout,
        variant=report.variant,
        found_pairs=report.found_pairs,
        expected_pairs=report.expected_pairs,
        missing=listed.missing_keys if listed else (),
        sizes=dict(sizes.most_common()),
        wrong_sizes=tuple(sorted(sizes.keys() - allowed)) if allowed else (),
        problems=tuple(check.problem for check in checks if check.problem),
        pixel_fingerprint=_fingerprint(checks),
        known=_comparison(checks, copy, different),
        known_source=copy.source if copy else "",
        compared_pairs=len(_compared(checks, copy)),
        different=different,
        warnings=report.warnings,
    )


def pixel_fingerprint(pairs: Iterable[ImagePair], progress: Progress | None = None) -> str:
    """Hash the keys and decoded pixels of all pairs, independent of order and compression.

    Raises:
        ImageError: an image cannot be read.
    """
    checks = list(check_pairs(list(pairs), progress=progress or Silent()))
    problem = next((check.problem for check in checks if check.problem), "")
    if problem:
        raise ImageError(problem)
    return _fingerprint(checks)


def check_pairs(
    pairs: PairedDataset | list[ImagePair], *, decode: bool = True, progress: Progress
) -> Iterator[PairCheck]:
    """Check pairs in several threads; decoders release the GIL."""
    progress.start("decoding" if decode else "reading sizes", len(pairs), 0)
    try:
        with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
            for check in pool.map(_decode if decode else _measure, pairs):
                progress.advance()
                yield check
    finally:
        progress.finish()


def _decode(pair: ImagePair) -> PairCheck:
    try:
        degraded, target = pair.degraded.read(), pair.target.read()
    except ImageError as error:
        return PairCheck(pair.key, problem=str(error))
    check = _sized(pair, degraded.shape[:2], target.shape[:2])
    return PairCheck(pair.key, check.size, pixel_sha256(degraded, target)[:PAIR_DIGITS], check.problem)


def _measure(pair: ImagePair) -> PairCheck:
    try:
        return _sized(pair, source_size(pair.degraded), source_size(pair.target))
    except ImageError as error:
        return PairCheck(pair.key, problem=str(error))


def _sized(pair: ImagePair, degraded: tuple[int, ...], target: tuple[int, ...]) -> PairCheck:
    sizes = [f"{width}x{height}" for height, width in (degraded, target)]
    if degraded == target:
        return PairCheck(pair.key, sizes[0])
    problem = f"{pair.degraded.name} is {sizes[0]} but {pair.target.name} is {sizes[1]}: replace the wrong one."
    return PairCheck(pair.key, sizes[0], problem=problem)


def _fingerprint(checks: list[PairCheck]) -> str:
    if not checks or not all(check.pixels for check in checks):
        return ""
    return combined_fingerprint((check.key, check.pixels) for check in checks)


def _compared(checks: list[PairCheck], copy: KnownCopy | None) -> list[PairCheck]:
    return [check for check in checks if copy is not None and check.pixels and check.key in copy.pairs]


def _different(checks: list[PairCheck], copy: KnownCopy | None) -> tuple[str, ...]:
    return tuple(c.key for c in _compared(checks, copy) if copy is not None and c.pixels != copy.pairs[c.key])


def _comparison(checks: list[PairCheck], copy: KnownCopy | None, different: tuple[str, ...]) -> PixelComparison:
    if not _compared(checks, copy):
        return "unknown"
    return "different" if different else "identical"
