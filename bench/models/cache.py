"""The folder of fetched weights."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["weights_dir"]


def weights_dir() -> Path:
    """Where fetched model weights are kept: `weights` in $RESTOREBENCH_CACHE, or in the user's cache folder."""
    own = os.environ.get("RESTOREBENCH_CACHE")
    cache = Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "restorebench"
    return cache.expanduser() / "weights"
