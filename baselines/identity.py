"""The identity model, which scores the degraded images themselves."""

from __future__ import annotations

from torch import nn

from ..bench.contracts import ModelCard
from ..bench.models.entries import register_model

__all__ = ["identity"]


@register_model(
    ModelCard(
        name="identity",
        title="Input",
        task="restoration",
        family="classical",
        needs_weights=False,
        notes=("Its scores are the starting point of every method.",),
    )
)
def identity() -> nn.Module:
    """Return the input unchanged."""
    return nn.Identity()
