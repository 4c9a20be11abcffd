"""Decoders that keep to themselves what they think of a file: its reader says in one sentence what matters.

Other users of Pillow and tifffile in the process see log messages as before. libtiff alone is silenced for all: it
writes to the terminal from C, and Pillow raises an exception besides.
"""

from __future__ import annotations

import ctypes
import logging
import threading
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

from PIL import _imaging  # pyright: ignore[reportPrivateUsage] -- the library that libtiff is loaded by

__all__ = ["quiet_decoders"]

LOGGERS = ("tifffile", "PIL.TiffImagePlugin", "PIL.PngImagePlugin", "PIL.Image", "PIL.ImageFile")
MODULES = r"(PIL|tifffile)(\.|$)"
"""Modules whose warnings are about the file at hand: unknown tags, damaged metadata."""

_here = threading.local()


@contextmanager
def quiet_decoders() -> Generator[None]:
    """Drop the log messages that decoders write in this thread during the block, and their warnings."""
    _install()
    before = getattr(_here, "quiet", False)
    _here.quiet = True
    try:
        yield
    finally:
        _here.quiet = before


def _install() -> None:
    # Not `warnings.catch_warnings`, which is not for threads. The entry may be lost whenever somebody resets filters.
    if not any(
        action == "ignore" and getattr(where, "pattern", "") == MODULES for action, _, _, where, _ in _filters()
    ):
        warnings.filterwarnings("ignore", module=MODULES)
    _silence_libtiff()
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_not_here)  # the same filter is added once


@cache
def _silence_libtiff() -> None:
    """Take away the function by which libtiff prints errors; where it is linked into Pillow, it goes on printing."""
    try:
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
    except (OSError, AttributeError):
        return


def _filters() -> list[tuple[str, object, type[Warning], object, int]]:
    return list(warnings.filters)  # pyright: ignore[reportArgumentType, reportReturnType] -- typed as a sequence of odd tuples


def _not_here(_: logging.LogRecord) -> bool:
    return not getattr(_here, "quiet", False)
