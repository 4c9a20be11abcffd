"""Training objectives: losses of the restored images, or those that a network brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor, nn

from ..errors import UsageError, did_you_mean
from ..models.arithmetic import AUTOCAST
from .losses import LOSSES, total_loss
from .recipe import Arithmetic, Recipe

__all__ = ["HasObjectives", "Objective", "TrainingLoss"]

Objective: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Computes a scalar loss, a mean over pixels and images, from degraded and target images, (N, C, H, W) in [0, 1].

Random numbers come from torch's global generator on the CPU, which a training seeds, saves and restores.
"""


@runtime_checkable
class HasObjectives(Protocol):
    """A network that is not trained on its restored images, such as a diffusion model."""

    @property
    def training_objectives(self) -> Mapping[str, Objective]:
        """Objectives by the names under which a recipe's `losses` choose among them."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingLoss:
    """The loss of a recipe: a weighted sum, either of the network's own objectives or of losses of its output."""

    network: nn.Module
    weights: Mapping[str, float]
    own: Mapping[str, Objective]
    """The network's objectives; empty if it is trained on its output."""

    precision: Arithmetic = "fp32"

    @classmethod
    def of(cls, network: nn.Module, recipe: Recipe) -> TrainingLoss:
        """The loss of a recipe for a network.

        Raises:
            UsageError: a loss that is unknown, or that the network is not trained by.
        """
        own: Mapping[str, Objective] = network.training_objectives if isinstance(network, HasObjectives) else {}
        for name in recipe.losses:
            _check_name(name, own, recipe)
        return cls(network, recipe.losses, own, recipe.precision)

    def __call__(self, degraded: Tensor, target: Tensor) -> Tensor:
        """Compute the loss of a batch (N, 3, H, W) in [0, 1], a scalar."""
        kind = AUTOCAST.get(self.precision)
        with torch.autocast(degraded.device.type, dtype=kind, enabled=kind is not None):
            if self.own:
                terms = [self.own[name](degraded, target) * weight for name, weight in self.weights.items()]
                return torch.stack(terms).sum()
            restored = self.network(degraded)
        return total_loss(restored.float(), target, self.weights)


def _check_name(name: str, own: Mapping[str, Objective], recipe: Recipe) -> None:
    if name in (own or LOSSES):
        return
    if own and name in LOSSES:
        choices = " or ".join(f"{{ {each} = 1.0 }}" for each in own)
        raise UsageError(
            f"{recipe.title} trains {recipe.model} with the loss {name!r}, but that network has its own training "
            f"objective: write losses = {choices}."
        )
    raise UsageError(
        f"losses of {recipe.title}: unknown key {name!r} for {recipe.model}{did_you_mean(name, own or LOSSES)}"
    )
