"""The state of a training, and its checkpoints, which survive `kill -9`."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..errors import CheckpointError, PlanMismatchError
from ..files.atomic import replacing
from ..models.checkpoints import UNPICKLING_ERRORS
from ..models.physics.layers import added_parts, physics_layers
from .recipe import Stage

__all__ = ["UNFIT", "Average", "Learner", "damaged_state", "read_state", "write_state"]

Parameters = dict[str, Tensor]

UNFIT = (LookupError, TypeError, ValueError, AttributeError, RuntimeError)
"""What restoring raises for a state whose parts are missing or of another form."""


class Average:
    """Exponential moving average of a network's state (Polyak and Juditsky 1992, as restoration networks use it).

    Args:
        network: starts the average.
        decay: of the average; early on (1 + n) / (10 + n) if that is smaller, so that the start is forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values: Parameters = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, iteration: int) -> None:
        """Move towards the current state of the network."""
        decay = min(self.decay, (1 + iteration) / (10 + iteration)) if self.decay else 0.0
        for name, value in network.state_dict().items():
            average = self.values[name]
            if average.is_floating_point():
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(value)


class Learner:
    """A network in training, at the beginning of its first stage.

    Args:
        network: on its device; is trained in place.
        stages: of the training.
        decay: of the moving average.
        scaled: whether gradients are scaled against underflow, for float16.
    """

    def __init__(self, network: nn.Module, stages: Sequence[Stage], *, decay: float, scaled: bool) -> None:
        self.network = network.train()
        self.average = Average(network, decay)
        self.scaler = torch.amp.GradScaler(enabled=scaled)
        self.iteration = 0
        self.stage = 0
        self.optimiser = _begin(network, stages[0])
        self._stages = stages
        self.loss_sum = torch.zeros((), dtype=torch.float64, device=next(network.parameters()).device)
        """Sum of the losses since the last line of the log."""

    def enter(self, index: int) -> None:
        """Begin a stage, with a new optimiser."""
        self.stage = index
        self.optimiser = _begin(self.network, self._stages[index])

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs: tensors, numbers, strings, and containers of them."""
        return {
            "iteration": self.iteration,
            "stage": self.stage,
            "network": self.network.state_dict(),
            "average": self.average.values,
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "loss_sum": self.loss_sum,
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Return to a saved state, in the stage in which it was saved."""
        self.enter(cast("int", state["stage"]))
        self.iteration = cast("int", state["iteration"])
        self.network.load_state_dict(state["network"])
        for name, value in cast("Parameters", state["average"]).items():
            self.average.values[name].copy_(value)
        self.optimiser.load_state_dict(state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        self.loss_sum.copy_(state["loss_sum"])
        torch.set_rng_state(state["random"])
        if torch.cuda.is_available() and state["random_cuda"]:
            torch.cuda.set_rng_state_all(state["random_cuda"])


def _begin(network: nn.Module, stage: Stage) -> torch.optim.Optimizer:
    """Set solver steps and trainable parameters of a stage; return its optimiser."""
    if stage.solver_steps is not None:
        for layer in physics_layers(network).values():
            layer.steps = stage.solver_steps
    added = tuple(f"{name}." for name in added_parts(network))
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(stage.base == "trained" or name.startswith(added))
        parameter.grad = None  # one left over from the stage before would count for the norm
    return _optimiser(stage, [each for each in network.parameters() if each.requires_grad])


def _optimiser(stage: Stage, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    rate, decay = stage.learning_rate, stage.weight_decay
    if stage.optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=stage.betas[0], weight_decay=decay)
    kind = torch.optim.AdamW if stage.optimiser == "adamw" else torch.optim.Adam
    return kind(parameters, lr=rate, betas=stage.betas, weight_decay=decay)


def write_state(path: Path, state: dict[str, Any], plan: str) -> None:
    """Save a state atomically: `path` always holds a complete state, the old one or the new one.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    # In memory first: on a full disk, torch's writer raises a RuntimeError about its position.
    buffer = io.BytesIO()
    torch.save({"plan": plan, **state}, buffer)
    with replacing(path, durable=True) as partial:
        partial.write_bytes(buffer.getbuffer())


def read_state(path: Path, plan: str) -> dict[str, Any] | None:
    """The saved state; `None` if there is none yet.

    Raises:
        CheckpointError: the file is damaged.
        PlanMismatchError: it belongs to another recipe, seed or data.
    """
    if not path.exists():
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch thinks of a damaged file
            state = cast("object", torch.load(path, map_location="cpu", weights_only=True))  # pyright: ignore[reportUnknownMemberType] -- its parameter `pickle_module` has no type
    except (*UNPICKLING_ERRORS, OSError) as error:
        raise damaged_state(path) from error
    if not isinstance(state, dict):
        raise damaged_state(path)
    known = cast("dict[str, Any]", state)
    if known.get("plan") != plan:
        raise PlanMismatchError(
            f"{path} was started with another recipe, seed, device or data: choose another --out, or delete it."
        )
    return known


def damaged_state(path: Path) -> CheckpointError:
    """The error for a state that cannot be read, or that does not fit the network it was saved of."""
    return CheckpointError(f"{path} is damaged: delete it to start anew, or choose another --out.")
