"""What the pixels of an image depend on, told without decoding it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import cast

from ..contracts import ImageSource

__all__ = ["file_version", "version_of"]


def version_of(source: ImageSource, *also: Hashable) -> Hashable | None:
    """What the pixels of an image depend on: two images of equal versions have the same pixels.

    Args:
        source: one that has a method `version` can tell; one that is made of others asks for theirs.
        also: what else its pixels depend on.

    Returns:
        `None` if the source cannot tell, or its file is gone.
    """
    ask = cast("Callable[[], Hashable | None] | None", getattr(source, "version", None))
    version = None if ask is None else ask()
    return None if version is None else (type(source), version, *also)


def file_version(path: Path) -> Hashable | None:
    """Which file there is, its size, and when it was changed, to the nanosecond; `None` if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return str(path), facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
