"""How large networks and their weights files are, without building those of this package.

`baselines/sizes.json` has the parameters and bytes of each, as `tests/helpers/network_sizes.py` counts them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

from .entries import MODELS, ModelEntry
from .fetchables import Fetchable

__all__ = ["NetworkSize", "count_network", "expected_bytes", "network_size", "recorded_sizes"]

OWN = "restorebench.baselines."
"""Begins the names of modules with networks of this package."""


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Size of a network with its default options."""

    parameters: int
    bytes: int
    """Of its parameters and buffers, which a weights file is rarely off."""


def network_size(entry: ModelEntry) -> NetworkSize:
    """Size of a registered network: recorded for this package's, counted for others'; zero if only a file knows it."""
    if entry.from_file is not None:
        return NetworkSize(0, 0)
    recorded = recorded_sizes().get(entry.card.name) if _is_own(entry) else None
    return recorded or count_network(entry)


def count_network(entry: ModelEntry) -> NetworkSize:
    """Build a network on the meta device, without memory for its parameters, and count them."""
    import torch

    with torch.device("meta"):
        network = entry.build()
    tensors = network.state_dict().values()
    return NetworkSize(
        sum(parameter.numel() for parameter in network.parameters()),
        sum(tensor.numel() * tensor.element_size() for tensor in tensors),
    )


@cache
def recorded_sizes() -> Mapping[str, NetworkSize]:
    """Sizes of the networks of this package, by name."""
    text = resources.files(OWN.rstrip(".")).joinpath("sizes.json").read_text(encoding="utf-8")
    return {name: NetworkSize(*size) for name, size in cast("dict[str, list[int]]", json.loads(text)).items()}


def expected_bytes(item: Fetchable) -> int | None:
    """Bytes of the file if it is there; otherwise of the model's parameters and buffers, in which files are rarely off.

    Other people's code is not run to answer such a question. `None` where nothing is known.
    """
    if item.place.is_file():
        return item.place.stat().st_size
    if not item.model:
        return item.bytes
    entry = MODELS.get(item.model)
    return network_size(entry).bytes if _is_own(entry) else None


def _is_own(entry: ModelEntry) -> bool:
    return entry.build.__module__.startswith(OWN)
