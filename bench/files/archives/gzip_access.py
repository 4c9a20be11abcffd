"""Random access to a gzip file: copies of the decompressor's state, some megabytes apart.

A read goes on from the nearest copy before it. Copies are made in the one pass that lists the archive, so that nothing
is unpacked to disk and no second file is kept.
"""

from __future__ import annotations

import io
import threading
import zlib
from collections import deque
from pathlib import Path
from typing import BinaryIO, Protocol

__all__ = ["GzipAccess", "GzipPass"]

SPACING = 8 << 20
"""Decompressed bytes between two copies; a copy takes about 40 kB of memory, so that 10 GB take 50 MB."""

LAST_READS = 8
"""Number of copies kept of where recent reads ended, because images are mostly read in the order of the archive."""

INPUT, OUTPUT = 64 << 10, 1 << 20
BACK = 1024
"""Bytes behind the position that one pass keeps, for whoever looks again at the last header."""

GZIP = 31
MAGIC = b"\x1f\x8b"


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...
    def copy(self) -> _Inflater: ...


class Inflation:
    """A place in a gzip file, and the decompressor that goes on from there."""

    def __init__(self, taken: int = 0, made: int = 0, inflater: _Inflater | None = None) -> None:
        self.taken = taken
        """Compressed bytes taken from the file."""
        self.made = made
        """Decompressed bytes so far."""
        self.inflater: _Inflater = zlib.decompressobj(GZIP) if inflater is None else inflater

    def copy(self) -> Inflation:
        """A second one at the same place."""
        return Inflation(self.taken, self.made, self.inflater.copy())

    def piece(self, file: BinaryIO) -> bytes:
        """The next decompressed bytes; `b""` at the end.

        Raises:
            zlib.error: the file is damaged.
            EOFError: it is cut short.
        """
        while True:
            if self.inflater.eof and not self._begin_next(file):
                return b""
            data = self.inflater.unconsumed_tail
            if not data:
                file.seek(self.taken)
                data = file.read(INPUT)
                self.taken += len(data)
            if not data:
                raise EOFError("it is cut short")
            piece = self.inflater.decompress(data, OUTPUT)
            self.made += len(piece)
            if piece:
                return piece

    def _begin_next(self, file: BinaryIO) -> bool:
        """Go on with another gzip stream behind the one that ended, as `cat` and bgzip make them."""
        self.taken -= len(self.inflater.unused_data)
        file.seek(self.taken)
        if file.read(len(MAGIC)) != MAGIC:
            return False
        self.inflater = zlib.decompressobj(GZIP)
        return True


class GzipAccess:
    """The decompressed bytes of a gzip file, by position, from any thread."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)
        self.points = [Inflation()]
        self._recent: deque[Inflation] = deque(maxlen=LAST_READS)
        self._lock = threading.Lock()

    def read(self, start: int, size: int) -> bytes:
        """`size` bytes from position `start` on.

        Raises:
            zlib.error: the file is damaged.
            EOFError: it ends before.
            OSError: it cannot be read.
        """
        place = self._nearest(start)
        found = bytearray()
        with self.file.open("rb") as file:
            while len(found) < size:
                before, position = place.copy(), place.made
                piece = place.piece(file)
                if not piece:
                    raise EOFError("it is cut short")
                found += piece[max(0, start - position) :]
                if position + len(piece) >= start + size:
                    with self._lock:
                        self._recent.append(before)
        return bytes(found[:size])

    def _nearest(self, start: int) -> Inflation:
        with self._lock:
            before = (place for place in (*self.points, *self._recent) if place.made <= start)
            return max(before, key=lambda place: place.made).copy()


class GzipPass(io.RawIOBase):
    """One pass over the decompressed bytes, for `tarfile`; leaves copies of the state behind."""

    def __init__(self, access: GzipAccess) -> None:
        super().__init__()
        self._points = access.points
        self._file = access.file.open("rb")
        self._place = Inflation()
        self._kept = b""
        self._position = 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True; but only forwards, and some bytes backwards."""
        return True

    def tell(self) -> int:
        """Position in the decompressed bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to an absolute position.

        Raises:
            OSError: it lies before what is kept.
        """
        if whence != io.SEEK_SET or offset < self._place.made - len(self._kept):
            raise OSError("one pass cannot go back")
        self._position = offset
        return offset

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, fewer only at the end.

        Raises:
            OSError: the file is damaged or cut short.
        """
        try:
            while self._place.made < self._position + size and self._take():
                pass
        except (zlib.error, EOFError) as error:
            raise OSError(str(error)) from error
        start = self._position - (self._place.made - len(self._kept))
        found = self._kept[start : start + size]
        self._position += len(found)
        return found

    def finish(self) -> None:
        """Decompress what is left, which checks the sum over everything.

        Raises:
            OSError: the file is damaged or cut short.
        """
        self._position = self._place.made
        try:
            while self._take():
                self._position = self._place.made
        except (zlib.error, EOFError) as error:
            raise OSError(str(error)) from error

    def _take(self) -> bool:
        """Decompress one piece more; keep what lies behind the position, and a little before it."""
        if self._place.made - self._points[-1].made >= SPACING and not self._place.inflater.eof:
            self._points.append(self._place.copy())
        piece = self._place.piece(self._file)
        needed = max(BACK, self._place.made - len(piece) - self._position + BACK)
        self._kept = self._kept[-needed:] + piece
        return bool(piece)
