"""Which restored images a run keeps, and under which names."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, Protocol

from ..contracts import UInt8Image
from ..files.atomic import write_atomic
from ..files.images import encode_png
from ..files.key_paths import key_path
from .records import ScoreRecord
from .writing import writing

__all__ = ["PictureKeeper", "PictureSifter", "Pictures", "Ranking", "SaveImages", "picture_path"]

SaveImages = Literal["none", "worst", "all"]
"""`worst` keeps the pictures that a report shows: the worst and the best images by the first metric."""

WORST, BEST = 6, 2
"""How many of each `worst` keeps."""


def picture_path(folder: Path, key: str) -> Path:
    """Where the picture of a key is; see `key_path`."""
    return key_path(folder, key, ".png")


class Pictures(Protocol):
    """Takes restored images that may be worth keeping."""

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Consider the picture of an image with this value of the first metric; `image` is only called if needed."""
        ...


class Ranking:
    """The worst and the best images so far, whatever the order in which they come."""

    def __init__(self) -> None:
        # Both are heaps whose first element is the next to go.
        self._worst: list[tuple[float, str]] = []
        self._best: list[tuple[float, str]] = []

    def admit(self, key: str, value: float) -> tuple[bool, list[str]]:
        """Enter a value into both rankings; returns whether it stays and which keys it pushed out of both."""
        pushed = [_enter(self._worst, (-value, key), WORST), _enter(self._best, (value, key), BEST)]
        held = self.keys()
        dropped = [name for name in pushed if name is not None and name != key and name not in held]
        return key in held, dropped

    def keys(self) -> set[str]:
        """Those of the worst and the best."""
        return {name for _, name in (*self._worst, *self._best)}


class PictureKeeper:
    """Keeps all, none, or the worst and best restored images of a cell; safe to call from several threads.

    Args:
        folder: where the pictures go.
        which: what to keep.
        records: what is recorded already; their pictures count if they exist.
    """

    def __init__(self, folder: Path, which: SaveImages, records: Iterable[ScoreRecord]) -> None:
        self.folder, self._which = folder, which
        self._lock = threading.Lock()
        self._ranking = Ranking()
        for record in records:
            value = first_value(record)
            if which == "worst" and value is not None and picture_path(folder, record.key).is_file():
                self._ranking.admit(record.key, value)

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Keep the picture if it belongs to the kept ones; `image` is only called then.

        Raises:
            JournalWriteError: the disk is full.
        """
        self.offer_png(key, value, lambda: encode_png(image()))

    def offer_png(self, key: str, value: float | None, png: Callable[[], bytes]) -> None:
        """The same with the content of a PNG file.

        Raises:
            JournalWriteError: the disk is full.
        """
        if self._which == "all":
            self._write(key, png())
        elif self._which == "worst" and value is not None:
            # Under the lock also while writing: a picture must not be dropped before it is there.
            with self._lock:
                keep, dropped = self._ranking.admit(key, value)
                if keep:
                    self._write(key, png())
                else:
                    dropped.append(key)  # an earlier run may have left it
                for name in dropped:
                    picture_path(self.folder, name).unlink(missing_ok=True)

    def _write(self, key: str, png: bytes) -> None:
        path = picture_path(self.folder, key)
        with writing(path, otherwise=", or use --save-images none"):
            write_atomic(path, png)

    def kept(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys whose picture is there."""
        return [key for key in keys if picture_path(self.folder, key).is_file()]

    def shown(self, records: Iterable[ScoreRecord]) -> list[str]:
        """The worst and the best of the records whose picture is there: what a report shows, also of all pictures."""
        ranking = Ranking()
        for record in records:
            value = first_value(record)
            if value is not None:
                ranking.admit(record.key, value)
        return self.kept(sorted(ranking.keys()))


class PictureSifter:
    """Holds, for who has no run folder, the pictures that a keeper could still want; safe to call from several threads.

    What is not among the worst and best of a part of the images is not among those of all.

    Args:
        which: what the keeper keeps.
    """

    def __init__(self, which: SaveImages) -> None:
        self._which = which
        self._lock = threading.Lock()
        self._ranking = Ranking()
        self._held: dict[str, bytes] = {}

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Hold the picture, encoded, if a keeper could want it."""
        with self._lock:
            wanted = self._which == "worst" and value is not None and self._ranking.admit(key, value)[0]
        if wanted or self._which == "all":
            self._held[key] = encode_png(image())

    def take(self, key: str) -> bytes | None:
        """The held picture, which is forgotten with this; `None` if there is none."""
        return self._held.pop(key, None)


def _enter(heap: list[tuple[float, str]], entry: tuple[float, str], size: int) -> str | None:
    """Push an entry; returns the key that had to go for it, if the heap was full."""
    if len(heap) < size:
        heapq.heappush(heap, entry)
        return None
    return heapq.heappushpop(heap, entry)[1]


def first_value(record: ScoreRecord) -> float | None:
    """The value of the record's first metric, by which pictures are ranked."""
    return next(iter(record.metrics.values()), None) if record.status == "ok" else None
