"""The choice of restored images that a run keeps; apart from `pictures`, which imports what encodes them."""

from __future__ import annotations

from typing import Literal

__all__ = ["SaveImages"]

SaveImages = Literal["none", "worst", "all"]
"""Images to keep; `worst` keeps the worst and the best by the first metric. Those that galleries show join them when
all models are done; see `shown_images`."""
