"""Registered networks with a transport layer of global reach, and small ones with linear attention in its place.

The layer stands where `presets` puts the explicit one. Its options affect the output but are not stored in the weights:
use those of the training.
"""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from ...bench.models.entries import ModelEntry, register_model
from ..fftformer import fftformer, fftformer_nano
from ..nafnet import nafnet_nano, nafnet_width32, nafnet_width64
from ..restormer import restormer, restormer_nano
from ..stripformer import stripformer, stripformer_nano
from .attention import LinearAttention
from .enhance import enhance
from .global_layer import DiffusionKind, FieldUpdates, GlobalTransport, GlobalTransportOptions
from .layer import Front
from .presets import PAPER, extended_card
from .transport import Form
from .transport.sampling import Border, Interpolation

__all__ = [
    "fftformer_nano_attention",
    "fftformer_nano_pde_global",
    "fftformer_pde_global",
    "nafnet_nano_attention",
    "nafnet_nano_pde_global",
    "nafnet_width32_pde_global",
    "nafnet_width64_pde_global",
    "restormer_nano_attention",
    "restormer_nano_pde_global",
    "restormer_pde_global",
    "stripformer_nano_attention",
    "stripformer_nano_pde_global",
    "stripformer_pde_global",
]

LAYER = (
    "A layer by this project, which solves the paper's equation by schemes without a limit on speed and step; those of "
    "the paper are explicit."
)
ATTENTION = "The rival for +pde-global: linear attention of about the same size and cost, without physics."


def _with_transport(base: ModelEntry, *, at: str, channels: int) -> ModelEntry:
    """Register `base` with the layer after its module `at`."""

    def build(
        *,
        steps: int = 1,
        time: float = 1.0,
        front: Front = "grouped",
        groups: int = 8,
        reach: float = 0.5,
        form: Form = "advective",
        interpolation: Interpolation = "bilinear",
        border: Border = "zero-flux",
        diffusion: DiffusionKind = "constant",
        fields: FieldUpdates = "frozen",
        levels: int = 1,
    ) -> nn.Module:
        options = GlobalTransportOptions(
            steps=steps,
            time=time,
            front=front,
            groups=groups,
            reach=reach,
            form=form,
            interpolation=interpolation,
            border=border,
            diffusion=diffusion,
            fields=fields,
            levels=levels,
        )
        return enhance(base.build(), at=at, layer=GlobalTransport(channels, options))

    network = f"The network is that of {base.card.reference}."
    card = extended_card(base, "+pde-global", " + global PDE", LAYER, network)
    return register_model(replace(card, citation=PAPER, year=PAPER.year))(build)


def _with_attention(base: ModelEntry, *, at: str, channels: int) -> ModelEntry:
    """Register `base` with linear attention after its module `at`."""

    def build(*, front: Front = "grouped") -> nn.Module:
        return enhance(base.build(), at=at, layer=LinearAttention(channels, front=front))

    return register_model(extended_card(base, "+attention", " + linear attention", ATTENTION))(build)


nafnet_width32_pde_global = _with_transport(nafnet_width32, at="middle_blks", channels=512)
nafnet_width64_pde_global = _with_transport(nafnet_width64, at="middle_blks", channels=1024)
nafnet_nano_pde_global = _with_transport(nafnet_nano, at="middle_blks", channels=128)
nafnet_nano_attention = _with_attention(nafnet_nano, at="middle_blks", channels=128)

restormer_pde_global = _with_transport(restormer, at="latent", channels=384)
restormer_nano_pde_global = _with_transport(restormer_nano, at="latent", channels=64)
restormer_nano_attention = _with_attention(restormer_nano, at="latent", channels=64)

fftformer_pde_global = _with_transport(fftformer, at="encoder_level3", channels=192)
fftformer_nano_pde_global = _with_transport(fftformer_nano, at="encoder_level3", channels=48)
fftformer_nano_attention = _with_attention(fftformer_nano, at="encoder_level3", channels=48)

stripformer_pde_global = _with_transport(stripformer, at="Trans_block_12", channels=320)
stripformer_nano_pde_global = _with_transport(stripformer_nano, at="Trans_block_4", channels=40)
stripformer_nano_attention = _with_attention(stripformer_nano, at="Trans_block_4", channels=40)
