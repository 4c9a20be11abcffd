"""The environment variables that a user's code reads."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Generator
from functools import cache
from pathlib import Path
from types import FrameType

__all__ = ["is_installed", "variables_of", "variables_read"]

WHOLE_ENVIRONMENT = 32
"""Code that reads more variables than this copies the environment for another process and depends on none of them."""

READERS = ("os.py", "_collections_abc.py", "<frozen os>", "<frozen _collections_abc>")
"""Files of Python's own through which a variable is read."""

_read: dict[str, set[str]] = {}


class _Watched(type(os.environ)):
    """`os.environ` while a user's code runs."""

    readers: tuple[set[str], ...] = ()

    def __getitem__(self, key: str) -> str:
        """The value; the name is written down if a user's code asks for it."""
        if type(self).readers and _asked_by_user(sys._getframe(1)):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- the caller is what is asked for
            for names in type(self).readers:
                names.add(key)
        return super().__getitem__(key)


@contextlib.contextmanager
def variables_read(whose: str) -> Generator[None]:
    """Write down which variables are read inside by code that is not installed.

    Args:
        whose: what `variables_of` is asked for later.
    """
    names: set[str] = set()
    outer, before = os.environ.__class__, _Watched.readers
    _Watched.readers = (*before, names)
    os.environ.__class__ = _Watched
    try:
        yield
    finally:
        os.environ.__class__ = outer
        _Watched.readers = before
        if len(names) <= WHOLE_ENVIRONMENT:
            _read.setdefault(whose, set()).update(names)


def variables_of(*whose: str) -> frozenset[str]:
    """Names of the variables that were read."""
    return frozenset[str]().union(*(_read.get(name, set()) for name in whose))


def is_installed(file: str | Path) -> bool:
    """Whether a file belongs to Python, to an installed package or to restorebench, and not to a user's code."""
    path = str(Path(file).resolve())
    return path.startswith(_installed_folders()) or "site-packages" in path or "dist-packages" in path


@cache
def _installed_folders() -> tuple[str, ...]:
    own = Path(__file__).parents[2]  # the folder whose packages restorebench is made of
    packages = [own / name for name in ("bench", "datasets", "baselines", "reports")]
    named = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return tuple(f"{Path(folder).resolve()}{os.sep}" for folder in (*named, *packages))


def _asked_by_user(frame: FrameType | None) -> bool:
    while frame is not None and os.path.basename(frame.f_code.co_filename) in READERS:  # noqa: PTH119 -- called often
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename.startswith("<"):
        return False
    return not is_installed(frame.f_code.co_filename)
