"""A data set that lives in memory, for tests of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from restorebench.bench.contracts import DatasetCard, DatasetReport, ImagePair, UInt8Image
from restorebench.bench.errors import ImageError

CARD = DatasetCard(
    name="memory",
    title="Memory",
    task="deblurring",
    expected_pairs=None,
    default_protocol="rgb@1",
    layouts=("none",),
    licence="",
    homepage="",
    how_to_get="",
)


@dataclass(frozen=True)
class MemoryImage:
    name: str
    pixels: UInt8Image | None
    reads: list[str] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        return 0 if self.pixels is None else self.pixels.nbytes

    def read(self) -> UInt8Image:
        self.reads.append(self.name)
        if self.pixels is None:
            raise ImageError(f"{self.name} is damaged.")
        return self.pixels


class MemoryDataset:
    def __init__(self, pairs: Sequence[ImagePair], listing: str = "listing") -> None:
        self.pairs = {pair.key: pair for pair in pairs}
        self.card = CARD
        self.variant = ""
        self.report = DatasetReport("memory", "", len(pairs), None, "memory", listing)

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[ImagePair]:
        return iter(self.pairs.values())

    def __getitem__(self, key: str) -> ImagePair:
        return self.pairs[key]


def photograph(seed: int, height: int = 24, width: int = 32) -> UInt8Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def make_dataset(count: int = 6, damaged: Sequence[int] = (), listing: str = "listing") -> MemoryDataset:
    """Pairs `scene<i // 2>/<i>` whose degraded image is the target plus noise."""
    pairs: list[ImagePair] = []
    for index in range(count):
        target = photograph(index)
        noise = np.random.default_rng(1000 + index).integers(-10, 11, target.shape)
        degraded = np.clip(target.astype(np.int64) + noise, 0, 255).astype(np.uint8)
        group = f"scene{index // 2}"
        key = f"{group}/{index}"
        pairs.append(
            ImagePair(
                key,
                MemoryImage(f"degraded/{index}.png", None if index in damaged else degraded),
                MemoryImage(f"target/{index}.png", target),
                group,
            )
        )
    return MemoryDataset(pairs, listing)
