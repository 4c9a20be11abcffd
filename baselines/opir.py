"""OPIR: restoration by a predicted inverse of the degradation, twice, the second time where the first is unsure.

Gao, Lei, Xu, Wang, Ma, "From Physical Degradation Models to Task-Aware All-in-One Image Restoration",
arXiv 2601.10192. Its code and weights are not public: this is a design of this project after the abstract.
What the abstract fixes: two stages, one predictor for both, a first image with an uncertainty map that guides
the second stage, task parameters after the operator prediction, a fast convolution with the operator. What it
leaves open and is decided here: the predictor is a U-net of NAF blocks; the inverse operator of a pixel is
a mixture of a few separable kernels that all pixels share, plus an offset per colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Citation, ModelCard
from ..bench.models.entries import register_model
from .nafnet import NAFBlock, NAFUNet, UNetLayout

__all__ = ["OPIR", "InverseOperator", "OPIRConfig", "opir", "opir_nano"]

TaskName = Literal["deblurring", "deraining", "desnowing", "dehazing"]
"""Degradations with parameters of their own."""


@dataclass(frozen=True, slots=True)
class OPIRConfig:
    """Sizes of the network."""

    layout: UNetLayout
    """Of the predictor."""

    rank: int
    """Kernels that the inverse operator of each pixel is mixed from."""

    taps: int
    """Side of the kernels in pixels; odd."""


STANDARD = OPIRConfig(UNetLayout(32, encoder=(2, 2, 4), middle=6, decoder=(2, 2, 2)), rank=16, taps=11)
"""4.0 M parameters, 19.5 GMACs at 256x256."""

NANO = OPIRConfig(UNetLayout(16, encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1)), rank=8, taps=7)
"""0.29 M parameters, for tests and laptops."""


class InverseOperator(nn.Module):
    """Filters each pixel with a kernel of its own, of low rank: k_p = sum over r of mixing_r(p) column_r row_r^T.

    The kernels are shared and separable, so this costs 2 * taps + 1 products per pixel, colour and rank
    instead of a predicted kernel of taps^2 numbers for each pixel. Without training it is the identity for
    the mixing (1, 0, 0, ...).
    """

    def __init__(self, rank: int, taps: int) -> None:
        super().__init__()
        kernels = torch.randn(2, rank, taps) / taps
        kernels[:, 0] = 0
        kernels[:, 0, taps // 2] = 1
        self.columns, self.rows = (nn.Parameter(half) for half in kernels)

    def forward(self, image: Tensor, mixing: Tensor) -> Tensor:
        """Filter (N, C, H, W) with the operators (N, rank, H, W); borders are repeated."""
        batch, channels, height, width = image.shape
        rank, taps = self.rows.shape
        single = functional.pad(image.reshape(-1, 1, height, width), (taps // 2,) * 4, mode="replicate")
        vertical = functional.conv2d(single, self.columns.view(rank, 1, taps, 1))
        filtered = functional.conv2d(vertical, self.rows.view(rank, 1, 1, taps), groups=rank)
        return (filtered.view(batch, channels, rank, height, width) * mixing.unsqueeze(1)).sum(2)


class OPIR(NAFUNet):
    """Maps (N, 3, H, W) RGB in [0, 1], of any size, to the same; the output is not clamped.

    Args:
        config: sizes.
        task: whose parameters are used; those of all tasks are in the state dict.
    """

    def __init__(self, config: OPIRConfig, task: TaskName) -> None:
        super().__init__()
        self.rank = config.rank
        self.task = get_args(TaskName).index(task)
        code = config.rank + 3
        # The predictor sees the estimate so far, the degraded image and how unsure the estimate is.
        self.add_unet(config.layout, channels_in=7, block=lambda channels, _: NAFBlock(channels))
        self.ending = nn.Conv2d(config.layout.width, code + 1, 3, padding=1)
        self.task_scale = nn.Parameter(torch.ones(len(get_args(TaskName)), code, 1, 1))
        self.task_shift = nn.Parameter(torch.zeros(len(get_args(TaskName)), code, 1, 1))
        self.operator = InverseOperator(config.rank, config.taps)
        with torch.no_grad():
            # Near the identity before training.
            for parameter in self.ending.parameters():
                parameter.mul_(0.01)
            self.task_shift[:, 0] = 1

    def forward(self, image: Tensor) -> Tensor:
        """The image after the second stage."""
        return self.stages(image)[-1]

    def stages(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The first restored image (N, 3, H, W), its uncertainty (N, 1, H, W) in [0, 1], and the second image.

        The second stage moves a pixel as far as the first was unsure of it.
        """
        nothing_known = torch.ones_like(image[:, :1])
        first, uncertainty = self._restore(image, image, nothing_known)
        second, _ = self._restore(first, image, uncertainty)
        return first, uncertainty, first + uncertainty * (second - first)

    def _restore(self, estimate: Tensor, degraded: Tensor, uncertainty: Tensor) -> tuple[Tensor, Tensor]:
        """Apply the operator predicted for `estimate` to it; also how unsure the result is."""
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
    "Designed by this project from the paper's abstract: numbers measured with it are not the authors'.",
    "The authors' code and weights are not public.",
    "The parameters of a task are chosen with [task=...]; weights trained for one task leave the others untrained.",
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
    """OPIR after the abstract of its paper."""
    return OPIR(STANDARD, task)


@register_model(_card("opir-nano", "OPIR-nano (our design)"))
def opir_nano(*, task: TaskName = "deraining") -> nn.Module:
    """OPIR with a small predictor."""
    return OPIR(NANO, task)
