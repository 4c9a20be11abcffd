"""Evaluation of models and of restored images: matrices of models and data sets, their cells, and engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .cell import Control
    from .evaluate import score_images
    from .loaded import Restoration
    from .pair_pictures import save_pair_pictures
    from .scoring import score_image
    from .sources import FolderSource, Loaded, ModelSource, Source

__all__ = [
    "Control",
    "FolderSource",
    "Loaded",
    "ModelSource",
    "Restoration",
    "Source",
    "save_pair_pictures",
    "score_image",
    "score_images",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "evaluate": ("score_images",),
        "cell": ("Control",),
        "loaded": ("Restoration",),
        "sources": ("FolderSource", "Loaded", "ModelSource", "Source"),
        "pair_pictures": ("save_pair_pictures",),
        "scoring": ("score_image",),
    },
)
