"""Batches of patches. A batch is a function of the seed and its number alone, so that a resumed run needs no replay."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..contracts import ImagePair, PairedDataset, UInt8Image
from ..datasets import open_copy
from ..errors import DatasetError, UsageError
from ..files.images import source_size
from ..registry.specs import parse_spec
from ..terminal.progress import Progress
from .recipe import Recipe, Sampling, fill_in

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Batch", "Patches", "open_sources", "prefetched"]

CACHE_BYTES = 2 << 30
"""Decoded pairs that are kept in memory; data sets beyond it are decoded whenever they are drawn."""

AHEAD = 3
"""Batches that are prepared for each thread."""


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A data set to train on."""

    name: str
    weight: float
    dataset: PairedDataset
    task: str = ""
    """Task of its images; `""` if not known."""


class Batch(NamedTuple):
    """Patches to train on."""

    degraded: Tensor
    """(N, 3, crop, crop) float32 in [0, 1], contiguous."""

    target: Tensor
    """Of the same shape."""

    tasks: tuple[str, ...]
    """Task of each, as its source has it."""

    def pinned(self) -> Batch:
        """The same in pinned memory, from which a GPU copies while it computes."""
        return self._replace(degraded=self.degraded.pin_memory(), target=self.target.pin_memory())


def open_sources(recipe: Recipe, roots: Mapping[str, str], progress: Progress) -> list[OpenSource]:
    """Open the data sets of a recipe.

    Raises:
        UsageError: a `{name}` that no root fills, or nothing left to train on.
        DatasetError: a folder that is not what it should be.
    """
    opened: list[OpenSource] = []
    for source in recipe.data:
        text = fill_in(source.source, roots)
        if text is not None:
            spec = parse_spec(text)
            dataset = open_copy(spec)
            opened.append(OpenSource(str(spec), source.weight, dataset, source.task))
        elif source.optional:
            progress.note(f"Without {source.source}: --root was not given for it.")
        else:
            raise UsageError(f"{recipe.title} trains on {source.source}: say where that is with --root NAME=FOLDER.")
    if not opened:
        raise UsageError(f"{recipe.title} has nothing to train on: give at least one of its roots with --root.")
    return opened


class Patches:
    """Draws patches from pairs.

    Args:
        sources: where pairs come from.
        seed: of all draws.
        flips: whether patches are mirrored and turned.
        smallest: side that every image must have; images are checked by their headers.
        sampling: how patches choose their sources; see `Recipe.sampling`.

    Raises:
        DatasetError: an image is too small.
    """

    def __init__(
        self,
        sources: Sequence[OpenSource],
        *,
        seed: int,
        flips: bool,
        smallest: int,
        sampling: Sampling = "independent",
    ) -> None:
        self._pairs = [list(source.dataset) for source in sources]
        weights = np.array([source.weight for source in sources], dtype=np.float64)
        self._until = np.cumsum(weights / weights.sum())
        self._tasks = [source.task for source in sources]
        self._stratified = sampling == "stratified"
        self._seed = seed
        self._flips = flips
        self._cache: dict[tuple[int, int], tuple[UInt8Image, UInt8Image]] = {}
        self._cached_bytes = 0
        self._lock = Lock()
        for pair in itertools.chain(*self._pairs):
            _check_size(pair, smallest)

    def batch(self, number: int, size: int, crop: int) -> Batch:
        """Draw batch `number` of `size` patches with sides of `crop` pixels.

        Raises:
            ImageError: an image cannot be read.
        """
        import torch

        rngs = [np.random.Generator(np.random.PCG64([self._seed, number, i])) for i in range(size)]
        sources = self._sources(np.array([rng.random() for rng in rngs]))
        drawn = [self._patch(source, rng, crop) for source, rng in zip(sources, rngs, strict=True)]
        degraded, target = (np.stack(images).transpose(0, 3, 1, 2) for images in zip(*drawn, strict=True))
        tasks = tuple(self._tasks[source] for source in sources)
        return Batch(_unit(torch.from_numpy(degraded)), _unit(torch.from_numpy(target)), tasks)  # pyright: ignore[reportUnknownMemberType] -- torch's stub names no dtype

    def _sources(self, uniform: NDArray[np.float64]) -> list[int]:
        """Sources of the patches of a batch from one uniform number for each.

        Stratified, the first number shifts equally spaced points, which stand for all.
        """
        if self._stratified:
            uniform = (np.arange(len(uniform)) + uniform[0]) / len(uniform)
        found = np.searchsorted(self._until, uniform, side="right")
        return [min(int(source), len(self._pairs) - 1) for source in found]

    def _patch(self, source: int, rng: np.random.Generator, crop: int) -> tuple[UInt8Image, UInt8Image]:
        images = self._read(source, int(rng.random() * len(self._pairs[source])))
        height, width, _ = images[0].shape
        top, left = (int(rng.random() * (length - crop + 1)) for length in (height, width))
        turns, mirrored = (int(rng.random() * 4), rng.random() < 0.5) if self._flips else (0, False)  # noqa: PLR2004 -- half of them

        def cut(image: UInt8Image) -> UInt8Image:
            patch = np.rot90(image[top : top + crop, left : left + crop], turns)
            return patch[:, ::-1] if mirrored else patch

        return cut(images[0]), cut(images[1])

    def _read(self, source: int, index: int) -> tuple[UInt8Image, UInt8Image]:
        place = source, index
        with self._lock:
            if place in self._cache:
                return self._cache[place]
        pair = self._pairs[source][index]
        images = pair.degraded.read(), pair.target.read()
        size = sum(image.nbytes for image in images)
        with self._lock:
            if place not in self._cache and self._cached_bytes + size <= CACHE_BYTES:
                self._cache[place] = images
                self._cached_bytes += size
        return images


def prefetched(
    patches: Patches, wanted: Sequence[tuple[int, int, int]], workers: int, *, pinned: bool = False
) -> Iterator[Batch]:
    """Batches (number, size, crop), in order, prepared ahead by threads: numpy and decoders let go of the GIL.

    Args:
        patches: draws them.
        wanted: of each batch.
        workers: threads.
        pinned: whether they are put into pinned memory.
    """

    def prepare(number: int, size: int, crop: int) -> Batch:
        batch = patches.batch(number, size, crop)
        return batch.pinned() if pinned else batch

    with ThreadPoolExecutor(workers, thread_name_prefix="patches") as pool:
        waiting: deque[Future[Batch]] = deque()
        asked = iter(wanted)
        try:
            while True:
                for numbers in itertools.islice(asked, AHEAD * workers - len(waiting)):
                    waiting.append(pool.submit(prepare, *numbers))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _unit(pixels: Tensor) -> Tensor:
    return pixels.contiguous().float().div_(255)


def _check_size(pair: ImagePair, smallest: int) -> None:
    sizes = [source_size(source) for source in (pair.degraded, pair.target)]
    if sizes[0] != sizes[1]:
        raise DatasetError(f"{pair.degraded.name} and {pair.target.name} differ in size: they are no pair.")
    if min(sizes[0]) < smallest:
        raise DatasetError(f"{pair.degraded.name} is smaller than the training patches of {smallest} pixels.")
