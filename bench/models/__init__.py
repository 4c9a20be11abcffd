"""Models: registered, loaded with their weights, and run on images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .adapters import on_arrays, on_tensors
    from .entries import MODELS, LoadedModel, ModelEntry, register_model
    from .inference import Restorer
    from .loading import load_model, open_model

__all__ = [
    "MODELS",
    "LoadedModel",
    "ModelEntry",
    "Restorer",
    "load_model",
    "on_arrays",
    "on_tensors",
    "open_model",
    "register_model",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "adapters": ["on_arrays", "on_tensors"],
        "entries": ["MODELS", "LoadedModel", "ModelEntry", "register_model"],
        "loading": ["load_model", "open_model"],
        "inference": ["Restorer"],
    },
)
