"""The tasks of OPIR: their names, and inferring them from the degraded image."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

from ...bench.errors import UsageError, did_you_mean

__all__ = ["TASKS", "TaskClassifier", "TaskOption", "task_index", "task_row"]

TASKS = ("blur", "rain", "snow", "haze", "noise")
"""Degradations with separate parameters, in the order of the rows of the parameter tables."""

TaskOption = Literal[
    "auto", "none", "blur", "rain", "snow", "haze", "noise", "deblurring", "deraining", "desnowing", "dehazing"
]
"""`auto` infers the task; `none` uses no parameters of a task; names ending in -ing are those of release 0.1.0."""

EARLIER = {"deblurring": "blur", "deraining": "rain", "desnowing": "snow", "dehazing": "haze"}


def task_index(name: str) -> int:
    """Row of a task in the parameter tables, by either of its names.

    >>> task_index("snow"), task_index("desnowing")
    (2, 2)
    """
    return TASKS.index(EARLIER.get(name, name))


def task_row(name: str) -> int:
    """Row of a task as training data names it; -1 for `""`, a task that is not known.

    Raises:
        UsageError: there is no such task.
    """
    if name and EARLIER.get(name, name) not in TASKS:
        raise UsageError(f"OPIR has no task {name!r} to train on{did_you_mean(name, TASKS)}")
    return task_index(name) if name else -1


class TaskClassifier(nn.Module):
    """Infers the task from the degraded image: three strided convolutions, a mean over pixels, and a linear layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sides = (3, width, 2 * width, 2 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(sides)
        )
        self.ending = nn.Linear(sides[-1], len(TASKS))

    def forward(self, image: Tensor) -> Tensor:
        """Compute logits (N, len(TASKS)) from (N, 3, H, W) in [0, 1]."""
        x = image
        for layer in self.layers:
            x = functional.gelu(layer(x))
        return self.ending(x.mean((2, 3)))
