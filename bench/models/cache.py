"""The folder of fetched weights."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["weights_dir"]


def weights_dir() -> Path:
    """The folder of fetched weights: `weights` in $RESTOREBENCH_CACHE, or in the system's folder for caches.

    On Linux that is $XDG_CACHE_HOME/restorebench or ~/.cache/restorebench. Version 0.1.0 used the latter on every
    system: where it exists and the system's folder does not, it is used on.
    """
    own = os.environ.get("RESTOREBENCH_CACHE")
    return (Path(own).expanduser() if own else _system_cache()) / "weights"


def _system_cache() -> Path:
    from platformdirs import user_cache_path

    usual, earlier = user_cache_path("restorebench", appauthor=False), Path("~/.cache/restorebench").expanduser()
    return earlier if earlier.is_dir() and not usual.is_dir() else usual
