"""OPIR: two-stage restoration with a predicted inverse of the degradation, guided by uncertainty.

Gao, Lei, Xu, Wang, Ma, "From Physical Degradation Models to Task-Aware All-in-One Image Restoration",
arXiv 2601.10192. Its code and weights are not public; this project's design follows the abstract. The abstract
specifies two stages with one predictor, a first image with an uncertainty map that guides the second stage, task
parameters after the operator prediction, and a fast convolution with the operator. This design adds: the predictor
is a U-net of NAF blocks; the inverse operator of a pixel is a mixture of a few separable kernels shared by all
pixels, plus an offset per colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Citation, ModelCard
from ..bench.models.entries import register_model
from .nafnet import NAFBlock, NAFNetConfig, NAFUNet

__all__ = ["OPIR", "InverseOperator", "OPIRConfig", "opir", "opir_nano"]

TaskName = Literal["deblurring", "deraining", "desnowing", "dehazing"]
"""Degradations with separate parameters."""


@dataclass(frozen=True, slots=True)
class OPIRConfig:
    """Sizes of the network."""

    layout: NAFNetConfig
    """Sizes of the predictor."""

    rank: int
    """Number of kernels mixed into the inverse operator of each pixel."""

    taps: int
    """Odd side of the kernels in pixels."""


STANDARD = OPIRConfig(NAFNetConfig(32, encoder=(2, 2, 4), middle=6, decoder=(2, 2, 2)), rank=16, taps=11)
"""4.0 M parameters, 19.5 GMACs at 256x256."""

NANO = OPIRConfig(NAFNetConfig(16, encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1)), rank=8, taps=7)
"""0.29 M parameters, for tests and laptops."""


class InverseOperator(nn.Module):
    """Per-pixel filtering with low-rank kernels: k_p = sum over r of mixing_r(p) column_r row_r^T.

    The kernels are shared and separable, so this costs 2 * taps + 1 products per pixel, colour and rank instead of
    predicting a kernel of taps^2 numbers per pixel. Untrained, it is the identity for the mixing (1, 0, 0, ...).
    """

    def __init__(self, rank: int, taps: int) -> None:
        super().__init__()
        kernels = torch.randn(2, rank, taps) / taps
        kernels[:, 0] = 0
        kernels[:, 0, taps // 2] = 1
        self.columns, self.rows = (nn.Parameter(half) for half in kernels)

    def forward(self, image: Tensor, mixing: Tensor) -> Tensor:
        """Filter (N, C, H, W) with the operators (N, rank, H, W), repeating the borders."""
        batch, channels, height, width = image.shape
        rank, taps = self.rows.shape
        single = functional.pad(image.reshape(-1, 1, height, width), (taps // 2,) * 4, mode="replicate")
        vertical = functional.conv2d(single, self.columns.view(rank, 1, taps, 1))
        filtered = functional.conv2d(vertical, self.rows.view(rank, 1, 1, taps), groups=rank)
        return (filtered.view(batch, channels, rank, height, width) * mixing.unsqueeze(1)).sum(2)


class OPIR(NAFUNet):
    """The OPIR network on (N, 3, H, W) RGB in [0, 1] of any size; the output is not clamped.

    Args:
        config: sizes of the network.
        task: task whose parameters are used; the state dict contains those of all tasks.
    """

    def __init__(self, config: OPIRConfig, task: TaskName) -> None:
        super().__init__()
        self.rank = config.rank
        self.task = get_args(TaskName).index(task)
        code = config.rank + 3
        # The predictor receives the current estimate, the degraded image and the uncertainty of the estimate.
        self.add_unet(config.layout, channels_in=7, block=lambda channels, _: NAFBlock(channels))
        self.ending = nn.Conv2d(config.layout.width, code + 1, 3, padding=1)
        self.task_scale = nn.Parameter(torch.ones(len(get_args(TaskName)), code, 1, 1))
        self.task_shift = nn.Parameter(torch.zeros(len(get_args(TaskName)), code, 1, 1))
        self.operator = InverseOperator(config.rank, config.taps)
        with torch.no_grad():
            # Start near the identity.
            for parameter in self.ending.parameters():
                parameter.mul_(0.01)
            self.task_shift[:, 0] = 1

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); return the image of the second stage."""
        return self.stages(image)[-1]

    def stages(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the first image (N, 3, H, W), its uncertainty (N, 1, H, W) in [0, 1], and the second image.

        The second stage changes a pixel in proportion to the uncertainty of the first.
        """
        nothing_known = torch.ones_like(image[:, :1])
        first, uncertainty = self._restore(image, image, nothing_known)
        second, _ = self._restore(first, image, uncertainty)
        return first, uncertainty, first + uncertainty * (second - first)

    def _restore(self, estimate: Tensor, degraded: Tensor, uncertainty: Tensor) -> tuple[Tensor, Tensor]:
        """Apply the operator predicted for `estimate` to it; also return the uncertainty of the result."""
        predicted = self.apply_unet(torch.cat((estimate, degraded, uncertainty), 1))
        code = torch.addcmul(self.task_shift[self.task], predicted[:, :-1], self.task_scale[self.task])
        mixing, offset = code[:, : self.rank], code[:, self.rank :]
        return self.operator(estimate, mixing) + offset, predicted[:, -1:].sigmoid()


_PAPER = Citation(
    ("Gao, Hu", "Lei, Xiaoning", "Xu, Xichen", "Wang, Xingjian", "Ma, Lizhuang"),
    "From Physical Degradation Models to Task-Aware All-in-One Image Restoration",
    year=2026,
    arxiv="2601.10192",
)
_NOTES = (
    "Designed by this project from the paper's abstract; its results are not those of the authors.",
    "The authors' code and weights are not public.",
    "Select the parameters of a task with [task=...]; weights trained for one task leave the others untrained.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)


def _card(name: str, title: str) -> ModelCard:
    return ModelCard(
        name=name,
        title=title,
        task="restoration",
        family="OPIR",
        citation=_PAPER,
        quantiser="half-even",
        settings={"task": "deraining"},
        notes=_NOTES,
    )


@register_model(_card("opir", "OPIR (our design)"))
def opir(*, task: TaskName = "deraining") -> nn.Module:
    """OPIR as designed from the abstract of its paper."""
    return OPIR(STANDARD, task)


@register_model(_card("opir-nano", "OPIR-nano (our design)"))
def opir_nano(*, task: TaskName = "deraining") -> nn.Module:
    """OPIR with a small predictor."""
    return OPIR(NANO, task)
