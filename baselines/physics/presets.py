"""The known networks with a physics layer at their bottleneck, and the small ones with its control.

`steps` and `time` decide what the layer computes and are not in the weights: give those of the training.
"""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from ...bench.contracts import ModelCard
from ...bench.models import ModelEntry, register_model
from ..fftformer import fftformer, fftformer_nano
from ..nafnet import nafnet_nano, nafnet_width32, nafnet_width64
from ..restormer import restormer, restormer_nano
from ..stripformer import stripformer, stripformer_nano
from .control import ConvolutionControl
from .enhance import enhance
from .layer import AdvectionDiffusion, Front

__all__ = [
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

PAPER = "Likhite, Lopez-Tapia, Katsaggelos, arXiv 2511.06244, after Kag, Saligrama, CVPR 2022"


def _with_pde(base: ModelEntry) -> ModelCard:
    note = f"A layer of this project after {PAPER}: where the paper leaves the layer open, choices are ours."
    return _card(base, "+pde", " + PDE", note)


def _with_control(base: ModelEntry) -> ModelCard:
    return _card(base, "+conv", " + convolutions", "The control of +pde: a block of its size and cost without physics.")


def _card(base: ModelEntry, suffix: str, title: str, note: str) -> ModelCard:
    card = base.card
    return replace(
        card,
        name=card.name + suffix,
        title=card.title + title,
        licence="",
        checkpoints=(),
        published=(),
        notes=(note, *card.notes),
    )


@register_model(_with_pde(nafnet_width32))
def nafnet_width32_pde(
    *, train_size: int | None = 256, steps: int = 8, time: float = 1.0, front: Front = "standard"
) -> nn.Module:
    """NAFNet-width32 with the layer behind its middle blocks."""
    return enhance(
        nafnet_width32.build(train_size=train_size),
        at="middle_blks",
        layer=AdvectionDiffusion(512, steps=steps, time=time, front=front),
    )


@register_model(_with_pde(nafnet_width64))
def nafnet_width64_pde(
    *, train_size: int | None = 256, steps: int = 8, time: float = 1.0, front: Front = "standard"
) -> nn.Module:
    """NAFNet-width64 with the layer behind its middle blocks."""
    return enhance(
        nafnet_width64.build(train_size=train_size),
        at="middle_blks",
        layer=AdvectionDiffusion(1024, steps=steps, time=time, front=front),
    )


@register_model(_with_pde(nafnet_nano))
def nafnet_nano_pde(
    *, train_size: int | None = None, steps: int = 8, time: float = 1.0, front: Front = "standard"
) -> nn.Module:
    """NAFNet-nano with the layer behind its middle block."""
    return enhance(
        nafnet_nano.build(train_size=train_size),
        at="middle_blks",
        layer=AdvectionDiffusion(128, steps=steps, time=time, front=front),
    )


@register_model(_with_control(nafnet_nano))
def nafnet_nano_conv(*, train_size: int | None = None, front: Front = "standard") -> nn.Module:
    """NAFNet-nano with the control behind its middle block."""
    network = nafnet_nano.build(train_size=train_size)
    return enhance(network, at="middle_blks", layer=ConvolutionControl(128, front=front))


@register_model(_with_pde(restormer))
def restormer_pde(*, steps: int = 8, time: float = 1.0, front: Front = "standard") -> nn.Module:
    """Restormer with the layer behind its latent blocks."""
    return enhance(
        restormer.build(), at="latent", layer=AdvectionDiffusion(384, steps=steps, time=time, front=front)
    )  # fmt: skip -- one call


@register_model(_with_pde(restormer_nano))
def restormer_nano_pde(*, steps: int = 8, time: float = 1.0, front: Front = "standard") -> nn.Module:
    """Restormer-nano with the layer behind its latent blocks."""
    layer = AdvectionDiffusion(64, steps=steps, time=time, front=front)
    return enhance(restormer_nano.build(), at="latent", layer=layer)


@register_model(_with_control(restormer_nano))
def restormer_nano_conv(*, front: Front = "standard") -> nn.Module:
    """Restormer-nano with the control behind its latent blocks."""
    return enhance(restormer_nano.build(), at="latent", layer=ConvolutionControl(64, front=front))


@register_model(_with_pde(fftformer))
def fftformer_pde(*, steps: int = 8, time: float = 1.0, front: Front = "standard") -> nn.Module:
    """FFTformer with the layer between encoder and decoder."""
    layer = AdvectionDiffusion(192, steps=steps, time=time, front=front)
    return enhance(fftformer.build(), at="encoder_level3", layer=layer)


@register_model(_with_pde(fftformer_nano))
def fftformer_nano_pde(*, steps: int = 8, time: float = 1.0, front: Front = "standard") -> nn.Module:
    """FFTformer-nano with the layer between encoder and decoder."""
    layer = AdvectionDiffusion(48, steps=steps, time=time, front=front)
    return enhance(fftformer_nano.build(), at="encoder_level3", layer=layer)


@register_model(_with_control(fftformer_nano))
def fftformer_nano_conv(*, front: Front = "standard") -> nn.Module:
    """FFTformer-nano with the control between encoder and decoder."""
    return enhance(fftformer_nano.build(), at="encoder_level3", layer=ConvolutionControl(48, front=front))


@register_model(_with_pde(stripformer))
def stripformer_pde(*, steps: int = 8, time: float = 1.0, front: Front = "standard") -> nn.Module:
    """Stripformer with the layer behind the last block at quarter resolution."""
    layer = AdvectionDiffusion(320, steps=steps, time=time, front=front)
    return enhance(stripformer.build(), at="Trans_block_12", layer=layer)


@register_model(_with_pde(stripformer_nano))
def stripformer_nano_pde(*, steps: int = 8, time: float = 1.0, front: Front = "standard") -> nn.Module:
    """Stripformer-nano with the layer behind the last block at quarter resolution."""
    layer = AdvectionDiffusion(40, steps=steps, time=time, front=front)
    return enhance(stripformer_nano.build(), at="Trans_block_4", layer=layer)


@register_model(_with_control(stripformer_nano))
def stripformer_nano_conv(*, front: Front = "standard") -> nn.Module:
    """Stripformer-nano with the control behind the last block at quarter resolution."""
    return enhance(stripformer_nano.build(), at="Trans_block_4", layer=ConvolutionControl(40, front=front))
