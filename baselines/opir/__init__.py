"""OPIR: two-stage restoration with a predicted inverse of the degradation, guided by uncertainty.

Gao, Lei, Xu, Wang, Ma, "From Physical Degradation Models to Task-Aware All-in-One Image Restoration",
arXiv 2601.10192. Its code and weights are not public; this project's design follows the abstract. The abstract
specifies two stages with one predictor, a first image with an uncertainty map that guides the second stage, task
parameters after the operator prediction, and a fast convolution with the operator. This design adds: the predictor
is a U-net of NAF blocks; the inverse operator of a pixel is a mixture of a few separable kernels shared by all
pixels, optionally of several scales, plus an offset per colour; a small classifier infers the task.

operator.py  filtering with a kernel for each pixel     network.py     the two stages
tasks.py     names of the tasks, and their classifier   objectives.py  what it is trained on
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from torch import nn

from ...bench.contracts import Citation, ModelCard
from ...bench.models.entries import register_model
from ..nafnet import NAFNetConfig
from .network import OPIR, OPIRConfig
from .operator import InverseOperator
from .tasks import TaskOption

__all__ = ["OPIR", "InverseOperator", "OPIRConfig", "Scales", "opir", "opir_nano"]

Scales = Literal[1, 2, 4]

STANDARD = OPIRConfig(NAFNetConfig(32, encoder=(2, 2, 4), middle=6, decoder=(2, 2, 2)), rank=16, taps=11)
"""4.1 M parameters; 19.5 GMACs at 256x256, and 0.1 to infer the task."""

NANO = OPIRConfig(NAFNetConfig(16, encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1)), rank=8, taps=7)
"""0.31 M parameters, for tests and laptops."""


_PAPER = Citation(
    ("Gao, Hu", "Lei, Xiaoning", "Xu, Xichen", "Wang, Xingjian", "Ma, Lizhuang"),
    "From Physical Degradation Models to Task-Aware All-in-One Image Restoration",
    year=2026,
    arxiv="2601.10192",
)
_NOTES = (
    "Designed by this project from the paper's abstract; its results are not those of the authors.",
    "The authors' code and weights are not public.",
    "The task is inferred from the image; [task=rain] or another sets it for all images, [task=none] uses none.",
    "[scales=2] or 4 widens the reach of the operator at the same cost, and needs weights trained with it.",
    "[guided=false] switches off the guidance by the uncertainty, for ablations.",
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
        settings={"task": "auto"},
        notes=_NOTES,
    )


@register_model(_card("opir", "OPIR (our design)"))
def opir(*, task: TaskOption = "auto", scales: Scales = 1, guided: bool = True) -> nn.Module:
    """OPIR as designed from the abstract of its paper."""
    return OPIR(replace(STANDARD, scales=scales), task, guided=guided)


@register_model(_card("opir-nano", "OPIR-nano (our design)"))
def opir_nano(*, task: TaskOption = "auto", scales: Scales = 1, guided: bool = True) -> nn.Module:
    """OPIR with a small predictor."""
    return OPIR(replace(NANO, scales=scales), task, guided=guided)
