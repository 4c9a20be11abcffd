"""Training objectives: losses of the restored images, or those that a network brings with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor, nn

from ..errors import UsageError, did_you_mean
from ..models.arithmetic import AUTOCAST
from .losses import LOSSES, total_loss
from .recipe import Arithmetic, Recipe

__all__ = ["HasObjectives", "HasTaskObjectives", "Objective", "TrainingLoss"]

Objective: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Computes a scalar loss, a mean over pixels and images, from degraded and target images, (N, C, H, W) in [0, 1].

Random numbers come from torch's global generator on the CPU, which a training seeds, saves and restores.
"""


@runtime_checkable
class HasObjectives(Protocol):
    """A network with training objectives of its own, such as a diffusion model.

    It is not trained on its restored images, unless its attribute `trains_on_output` is true: then a recipe may choose
    losses of the restored images instead.
    """

    @property
    def training_objectives(self) -> Mapping[str, Objective]:
        """Objectives by the names under which a recipe's `losses` choose among them."""
        ...


@runtime_checkable
class HasTaskObjectives(HasObjectives, Protocol):
    """A network whose objectives depend on the task of each image."""

    def objectives_for(self, tasks: Sequence[str]) -> Mapping[str, Objective]:
        """Objectives under the same names, for a batch whose images have these tasks.

        Args:
            tasks: task of each image, as the recipe's data sources name it; `""` where it is not known.

        Raises:
            UsageError: a task that the network does not have.
        """
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
            UsageError: a loss or task that is unknown, or that the network is not trained by.
        """
        own: Mapping[str, Objective] = network.training_objectives if isinstance(network, HasObjectives) else {}
        if getattr(network, "trains_on_output", False) and not recipe.losses.keys() & own.keys():
            own = {}
        if own and isinstance(network, HasTaskObjectives):
            network.objectives_for([source.task for source in recipe.data])
        for name in recipe.losses:
            _check_name(name, own, recipe)
        return cls(network, recipe.losses, own, recipe.precision)

    def __call__(self, degraded: Tensor, target: Tensor, tasks: Sequence[str] = ()) -> Tensor:
        """Compute the loss of a batch (N, 3, H, W) in [0, 1] with the task of each image, a scalar."""
        kind = AUTOCAST.get(self.precision)
        with torch.autocast(degraded.device.type, dtype=kind, enabled=kind is not None):
            if self.own:
                own = self._own_for(tasks)
                terms = [own[name](degraded, target) * weight for name, weight in self.weights.items()]
                return torch.stack(terms).sum()
            restored = self.network(degraded)
        return total_loss(restored.float(), target, self.weights)

    def _own_for(self, tasks: Sequence[str]) -> Mapping[str, Objective]:
        network: object = self.network
        return network.objectives_for(tasks) if any(tasks) and isinstance(network, HasTaskObjectives) else self.own


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
