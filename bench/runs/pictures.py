"""Selection and storage of the restored images that a run keeps."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from ..contracts import UInt8Image
from ..files.atomic import replacing
from ..files.images import encode_png
from ..files.key_paths import KeyFiles, existing_key_path, key_path
from ..metrics.registry import known_facts
from .records import ScoreRecord
from .saved_images import SaveImages
from .writing import make_folders_below, refuse_vanished, writing

__all__ = [
    "PictureKeeper",
    "PictureSifter",
    "Pictures",
    "Ranking",
    "SaveImages",
    "existing_picture",
    "first_value",
    "picture_path",
]

WORST, BEST = 6, 2
"""Numbers of worst and best images kept by `worst`."""

SUFFIX = ".png"


def picture_path(folder: Path, key: str) -> Path:
    """Path to which the picture of a key is written; see `key_path`."""
    return key_path(folder, key, SUFFIX)


def existing_picture(folder: Path, key: str) -> Path | None:
    """Path of the picture of a key, also where version 0.1.0 put it; `None` if there is none."""
    path = existing_key_path(folder, key, SUFFIX)
    return path if path.is_file() else None


class Pictures(Protocol):
    """Receiver of restored images that may be kept."""

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Consider a picture, given its value of the first metric; `image` is only called if needed."""
        ...


class Ranking:
    """The worst and the best images so far, independent of the order of arrival."""

    def __init__(self) -> None:
        # Both are heaps; the first element is the next to be dropped.
        self._worst: list[tuple[float, str]] = []
        self._best: list[tuple[float, str]] = []

    def admit(self, key: str, value: float) -> tuple[bool, list[str]]:
        """Enter a value into both rankings; return whether it stays, and the keys dropped from both."""
        pushed = [_enter(self._worst, (-value, key), WORST), _enter(self._best, (value, key), BEST)]
        held = self.keys()
        dropped = [name for name in pushed if name is not None and name != key and name not in held]
        return key in held, dropped

    def keys(self) -> set[str]:
        """Keys of the worst and the best images."""
        return {name for _, name in (*self._worst, *self._best)}


class PictureKeeper:
    """Storage of all, none, or the worst and best restored images of a cell; thread-safe.

    Args:
        folder: folder of the pictures.
        which: images to keep.
        records: existing records, ranked if their pictures exist.
    """

    def __init__(self, folder: Path, which: SaveImages, records: Iterable[ScoreRecord]) -> None:
        self.folder, self._which = folder, which
        self._lock = threading.Lock()
        self._ranking = Ranking()
        # Only the worst and the best are chosen among what is there: a folder of all pictures is not looked through.
        self._at_first = KeyFiles.below(folder, SUFFIX) if which == "worst" else KeyFiles(frozenset(), hashed=False)
        for record in records:
            value = first_value(record)
            if value is not None and self._at_first.may_have(record.key) and existing_picture(folder, record.key):
                self._ranking.admit(record.key, value)

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Keep the picture if it is among those to keep; `image` is only called then.

        Raises:
            JournalWriteError: the disk is full.
        """
        self.offer_png(key, value, lambda: encode_png(image()))

    def offer_png(self, key: str, value: float | None, png: Callable[[], bytes]) -> None:
        """Keep a picture given as the content of a PNG file, like `offer`.

        Raises:
            JournalWriteError: the disk is full.
        """
        if self._which == "all":
            self._write(key, png())
        elif self._which == "worst" and value is not None:
            # Write under the lock: a picture must not be dropped before it is written.
            with self._lock:
                keep, dropped = self._ranking.admit(key, value)
                if keep:
                    self._write(key, png())
                elif self._at_first.may_have(key):  # may remain from an earlier run
                    dropped.append(key)
                for name in dropped:
                    if (path := existing_picture(self.folder, name)) is not None:
                        path.unlink(missing_ok=True)

    def _write(self, key: str, png: bytes) -> None:
        refuse_vanished(self.folder.parent)
        path = picture_path(self.folder, key)
        with writing(path, run=self.folder.parent, otherwise=", or use --save-images none"):
            make_folders_below(self.folder.parent, path.parent)
            with replacing(path) as partial:
                partial.write_bytes(png)

    def kept(self, keys: Iterable[str]) -> list[str]:
        """Keys whose picture exists."""
        files = KeyFiles.below(self.folder, SUFFIX)
        return [key for key in keys if files.may_have(key) and existing_picture(self.folder, key)]

    def shown(self, records: Iterable[ScoreRecord]) -> list[str]:
        """Keys of the pictures to show in a report: the worst and best records whose picture exists."""
        ranking = Ranking()
        for record in records:
            value = first_value(record)
            if value is not None:
                ranking.admit(record.key, value)
        return self.kept(sorted(ranking.keys()))


class PictureSifter:
    """Buffer, in a worker without a run folder, of pictures that may still be kept; thread-safe.

    An image outside the worst and best of a part of the data is also outside those of the whole.

    Args:
        which: images kept by the keeper.
    """

    def __init__(self, which: SaveImages) -> None:
        self._which = which
        self._lock = threading.Lock()
        self._ranking = Ranking()
        self._held: dict[str, bytes] = {}

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Buffer the picture, encoded, if it may be kept."""
        with self._lock:
            wanted = self._which == "worst" and value is not None and self._ranking.admit(key, value)[0]
        if wanted or self._which == "all":
            self._held[key] = encode_png(image())

    def take(self, key: str) -> bytes | None:
        """Return the buffered picture and drop it; `None` if there is none."""
        return self._held.pop(key, None)


def _enter(heap: list[tuple[float, str]], entry: tuple[float, str], size: int) -> str | None:
    """Push an entry; return the key it displaced if the heap was full."""
    if len(heap) < size:
        heapq.heappush(heap, entry)
        return None
    return heapq.heappushpop(heap, entry)[1]


def first_value(record: ScoreRecord) -> float | None:
    """Value of the record's first metric, used to rank pictures: larger for better images."""
    if record.status != "ok" or not record.metrics:
        return None
    name, value = next(iter(record.metrics.items()))
    return value if value is None or name == "psnr" else known_facts(name).sign * value
