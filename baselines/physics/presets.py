"""Registered networks with a physics layer at their bottleneck, and small ones with its control.

`steps`, `time` and `boundary` affect the layer's output but are not stored in the weights: use those of the training.
The base is built before the added layer, so that one seed gives the same initial weights with and without it.
"""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from ...bench.contracts import Citation, ModelCard
from ...bench.models.entries import ModelEntry, register_model
from ..fftformer import fftformer, fftformer_nano
from ..nafnet import nafnet_nano, nafnet_width32, nafnet_width64
from ..restormer import restormer, restormer_nano
from ..stripformer import stripformer, stripformer_nano
from .control import ConvolutionControl
from .enhance import enhance
from .layer import AdvectionDiffusion, Front
from .solver import Boundary

__all__ = [
    "PAPER",
    "extended_card",
    "fftformer_nano_conv",
    "fftformer_nano_pde",
    "fftformer_pde",
    "nafnet_nano_conv",
    "nafnet_nano_pde",
    "nafnet_width32_pde",
    "nafnet_width64_pde",
    "restormer_nano_conv",
    "restormer_nano_pde",
    "restormer_pde",
    "stripformer_nano_conv",
    "stripformer_nano_pde",
    "stripformer_pde",
]

PAPER = Citation(
    ("Likhite, Shamika", "López-Tapia, Santiago", "Katsaggelos, Aggelos K."),
    "Physics-Informed Image Restoration via Progressive PDE Integration",
    year=2025,
    arxiv="2511.06244",
)
"""Paper of the layer in these networks; the control is unpublished and keeps the citation of its network."""

LAYER = (
    "A layer by this project after that paper, which follows Kag and Saligrama (CVPR 2022); details that the paper "
    "leaves open are this project's choices."
)


def _with_pde(base: ModelEntry) -> ModelCard:
    network = f"The network is that of {base.card.reference}."
    return replace(extended_card(base, "+pde", " + PDE", LAYER, network), citation=PAPER, year=PAPER.year)


def _with_control(base: ModelEntry) -> ModelCard:
    return extended_card(
        base, "+conv", " + convolutions", "The control for +pde: a block of the same size and cost without physics."
    )


def extended_card(base: ModelEntry, suffix: str, title: str, *notes: str) -> ModelCard:
    """Card of a network that extends `base`: its own name and notes, nothing that was measured or published of it."""
    card = base.card
    return replace(
        card,
        name=card.name + suffix,
        title=card.title + title,
        base=card.name,
        licence="",
        checkpoints=(),
        published=(),
        notes=(*notes, *card.notes),
    )


def _pde(base: ModelEntry, *, at: str, channels: int) -> ModelEntry:
    """Register `base` with the layer after its module `at`."""

    def build(
        *, steps: int = 8, time: float = 1.0, front: Front = "standard", boundary: Boundary = "zero-flux"
    ) -> nn.Module:
        network = base.build()
        layer = AdvectionDiffusion(channels, steps=steps, time=time, front=front, boundary=boundary)
        return enhance(network, at=at, layer=layer)

    return register_model(_with_pde(base))(build)


def _conv(base: ModelEntry, *, at: str, channels: int) -> ModelEntry:
    """Register `base` with the control after its module `at`."""

    def build(*, front: Front = "standard") -> nn.Module:
        return enhance(base.build(), at=at, layer=ConvolutionControl(channels, front=front))

    return register_model(_with_control(base))(build)


def _pde_tlc(base: ModelEntry, *, at: str, channels: int, window: int | None) -> ModelEntry:
    """Register like `_pde`, for networks whose pooling windows depend on the size of their training patches."""

    def build(
        *,
        train_size: int | None = window,
        steps: int = 8,
        time: float = 1.0,
        front: Front = "standard",
        boundary: Boundary = "zero-flux",
    ) -> nn.Module:
        network = base.build(train_size=train_size)
        layer = AdvectionDiffusion(channels, steps=steps, time=time, front=front, boundary=boundary)
        return enhance(network, at=at, layer=layer)

    return register_model(_with_pde(base))(build)


@register_model(_with_control(nafnet_nano))
def nafnet_nano_conv(*, train_size: int | None = None, front: Front = "standard") -> nn.Module:
    """NAFNet-nano with the control after its middle block."""
    network = nafnet_nano.build(train_size=train_size)
    return enhance(network, at="middle_blks", layer=ConvolutionControl(128, front=front))


nafnet_width32_pde = _pde_tlc(nafnet_width32, at="middle_blks", channels=512, window=256)
nafnet_width64_pde = _pde_tlc(nafnet_width64, at="middle_blks", channels=1024, window=256)
nafnet_nano_pde = _pde_tlc(nafnet_nano, at="middle_blks", channels=128, window=None)

restormer_pde = _pde(restormer, at="latent", channels=384)
restormer_nano_pde = _pde(restormer_nano, at="latent", channels=64)
restormer_nano_conv = _conv(restormer_nano, at="latent", channels=64)

# Between encoder and decoder.
fftformer_pde = _pde(fftformer, at="encoder_level3", channels=192)
fftformer_nano_pde = _pde(fftformer_nano, at="encoder_level3", channels=48)
fftformer_nano_conv = _conv(fftformer_nano, at="encoder_level3", channels=48)

# The last block at quarter resolution.
stripformer_pde = _pde(stripformer, at="Trans_block_12", channels=320)
stripformer_nano_pde = _pde(stripformer_nano, at="Trans_block_4", channels=40)
stripformer_nano_conv = _conv(stripformer_nano, at="Trans_block_4", channels=40)
