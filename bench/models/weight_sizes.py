"""How large weights files are, before they are fetched."""

from __future__ import annotations

from .entries import MODELS
from .fetchables import Fetchable

__all__ = ["expected_bytes"]

OWN = "restorebench.baselines."
"""Begins the names of modules with networks of this package."""


def expected_bytes(item: Fetchable) -> int | None:
    """Bytes of the file if it is there; otherwise of the model's parameters and buffers, in which files are rarely off.

    A network of this package is built for it, without memory for its parameters; other people's code is not run to
    answer such a question. `None` where nothing is known.
    """
    if item.place.is_file():
        return item.place.stat().st_size
    if not item.model:
        return item.bytes
    build = MODELS.get(item.model).build
    if not build.__module__.startswith(OWN):
        return None
    import torch

    with torch.device("meta"):
        tensors = build().state_dict().values()
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
