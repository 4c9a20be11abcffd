"""The network of OPIR: one predictor, two stages, parameters for each task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..nafnet import NAFBlock, NAFNetConfig, NAFUNet
from .objectives import task_loss, two_stage_loss
from .operator import InverseOperator
from .stages import Stages
from .tasks import TASKS, TaskClassifier, TaskOption, task_index, task_row

__all__ = ["OPIR", "OPIRConfig"]


@dataclass(frozen=True, slots=True)
class OPIRConfig:
    """Sizes of the network."""

    layout: NAFNetConfig
    """Sizes of the predictor."""

    rank: int
    """Number of kernels mixed into the inverse operator of each pixel."""

    taps: int
    """Odd number of taps of the kernels' columns and rows."""

    scales: int = 1
    """Number of distances between taps; see `InverseOperator`."""


class OPIR(NAFUNet):
    """The OPIR network on (N, 3, H, W) RGB in [0, 1] of any size; the output is not clamped.

    Args:
        config: sizes of the network.
        task: task of images for which `forward` receives none; the state dict is the same for all.
        guided: whether the uncertainty of the first stage guides the second; `False` for an ablation.
    """

    trains_on_output = True
    """A recipe may train it on the second image alone, like networks without objectives of their own."""

    def __init__(self, config: OPIRConfig, task: TaskOption, *, guided: bool = True) -> None:
        super().__init__()
        self.rank = config.rank
        self.task = task
        self.guided = guided
        code = config.rank + 3
        # The predictor receives the current estimate, the degraded image and the uncertainty of the estimate.
        self.add_unet(config.layout, channels_in=7, block=lambda channels, _: NAFBlock(channels))
        self.ending = nn.Conv2d(config.layout.width, code + 1, 3, padding=1)
        self.task_scale = nn.Parameter(torch.ones(len(TASKS), code, 1, 1))
        self.task_shift = nn.Parameter(torch.zeros(len(TASKS), code, 1, 1))
        self.operator = InverseOperator(config.rank, config.taps, config.scales)
        self.classifier = TaskClassifier(config.layout.width)
        with torch.no_grad():
            # Start near the identity.
            for parameter in self.ending.parameters():
                parameter.mul_(0.01)
            self.task_shift[:, 0] = 1

    def forward(self, image: Tensor, task: Tensor | None = None) -> Tensor:
        """Restore (N, 3, H, W); return the image of the second stage.

        Args:
            image: degraded images.
            task: weights of the tasks of each image, (N, len(TASKS)), each row with the sum 1; `None` for the task of
                the constructor.
        """
        return self.stages(image, task).second

    def stages(self, image: Tensor, task: Tensor | None = None, *, learns_guidance: bool = True) -> Stages:
        """Compute both images and the uncertainty; the second changes a pixel in proportion to it.

        Args:
            image: degraded images (N, 3, H, W).
            task: as for `forward`.
            learns_guidance: whether gradients of the second image reach the uncertainty. Without them, a likelihood
                alone trains it, which keeps it calibrated.
        """
        scale, shift = self._task_parameters(image, task)
        nothing_known = torch.ones_like(image[:, :1])
        first, logit = self._restore(image, image, nothing_known, scale, shift)
        if not self.guided:
            second, _ = self._restore(first, image, nothing_known, scale, shift)
            return Stages(first, logit, second)
        uncertainty = (logit if learns_guidance else logit.detach()).sigmoid()
        second, _ = self._restore(first, image, uncertainty, scale, shift)
        return Stages(first, logit, first + uncertainty * (second - first))

    @property
    def training_objectives(self) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
        """Objectives by the names in a recipe's `losses`: `opir`, see `training_loss`, without known tasks."""
        return {"opir": self.training_loss}

    def objectives_for(self, tasks: Sequence[str]) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
        """Objectives for a batch with known tasks.

        Raises:
            UsageError: a task that this network does not have.
        """
        for name in tasks:
            task_row(name)
        return {"opir": partial(self.training_loss, tasks=tasks)}

    def training_loss(self, degraded: Tensor, target: Tensor, tasks: Sequence[str] = ()) -> Tensor:
        """Loss of both stages, the uncertainty and the inferred task, a scalar; see `objectives`.

        Args:
            degraded: (N, 3, H, W) in [0, 1].
            target: of the same shape.
            tasks: task of each image, by a name in `TASKS`, or `""` where it is not known. With the option `auto`,
                images with a known task get its parameters, and the classifier learns it; the others get the
                parameters of what the classifier infers. No names: it is known of none.

        Raises:
            UsageError: a task that this network does not have.
        """
        if self.task != "auto":
            return two_stage_loss(self.stages(degraded, learns_guidance=False), target, guided=self.guided)
        rows = torch.tensor([task_row(name) for name in tasks] or [-1] * len(degraded), device=degraded.device)
        logits = self.classifier(degraded)
        given = functional.one_hot(rows.clamp(min=0), len(TASKS)).to(logits.dtype)
        weights = torch.where(rows[:, None] >= 0, given, logits.softmax(1))
        stages = self.stages(degraded, weights, learns_guidance=False)
        return two_stage_loss(stages, target, guided=self.guided) + task_loss(logits, rows)

    def infer_task(self, image: Tensor) -> Tensor:
        """Compute the probability of each task, (N, len(TASKS)), from (N, 3, H, W)."""
        return self.classifier(image).softmax(1)

    def _task_parameters(self, image: Tensor, task: Tensor | None) -> tuple[Tensor, Tensor]:
        """Scale and shift after the prediction, (N or 1, code, 1, 1)."""
        if self.task == "none":
            identity = functional.one_hot(torch.zeros(1, dtype=torch.long, device=image.device), self.rank + 3)
            shift = identity.to(image.dtype)[:, :, None, None]
            return torch.ones_like(shift), shift
        if task is None and self.task != "auto":
            row = task_index(self.task)
            return self.task_scale[row : row + 1], self.task_shift[row : row + 1]
        weights = self.infer_task(image) if task is None else task
        scale, shift = (torch.einsum("nt,tcij->ncij", weights, table) for table in (self.task_scale, self.task_shift))
        return scale, shift

    def _restore(
        self, estimate: Tensor, degraded: Tensor, uncertainty: Tensor, scale: Tensor, shift: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Apply the operator predicted for `estimate` to it; also return the logit of the uncertainty."""
        predicted = self.apply_unet(torch.cat((estimate, degraded, uncertainty), 1))
        code = torch.addcmul(shift, predicted[:, :-1], scale)
        mixing, offset = code[:, : self.rank], code[:, self.rank :]
        return self.operator(estimate, mixing) + offset, predicted[:, -1:]
