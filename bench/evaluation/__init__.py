"""Evaluation of models and of restored images: matrices of models and data sets, their cells, and engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .cell import Control
    from .evaluate import evaluate, score_images
    from .scoring import save_pair_pictures, score_image
    from .sources import Loaded, Restoration, Source, folder_source, model_source

__all__ = [
    "Control",
    "Loaded",
    "Restoration",
    "Source",
    "evaluate",
    "folder_source",
    "model_source",
    "save_pair_pictures",
    "score_image",
    "score_images",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "evaluate": ("evaluate", "score_images"),
        "cell": ("Control",),
        "sources": ("Loaded", "Restoration", "Source", "folder_source", "model_source"),
        "scoring": ("save_pair_pictures", "score_image"),
    },
)
