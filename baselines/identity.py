"""The model that changes nothing: the score of the degraded images themselves."""

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
        notes=("Its row is what every method starts from.",),
    )
)
def identity() -> nn.Module:
    """Returns its input."""
    return nn.Identity()
