"""Restormer: a U-shaped transformer with attention between channels instead of pixels.

Zamir, Arora, Khan, Hayat, Khan, Yang, "Restormer: Efficient Transformer for High-Resolution Image
Restoration", CVPR 2022, arXiv 2111.09881. State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .restormer_unet import RestormerUNet
from .transposed_attention import LayerNormKind, TransformerBlock

__all__ = ["Restormer", "RestormerConfig", "restormer", "restormer_derain", "restormer_nano"]


@dataclass(frozen=True, slots=True)
class RestormerConfig:
    """Sizes of the network; the defaults are the official deblurring and deraining configuration."""

    width: int = 48
    """Channels at full resolution, doubled at each of the three lower levels."""

    blocks: tuple[int, int, int, int] = (4, 6, 6, 8)
    """Transformer blocks per level, in both encoder and decoder; the last level is the bottleneck."""

    refinement_blocks: int = 4
    heads: tuple[int, int, int, int] = (1, 2, 4, 8)
    expansion: float = 2.66
    """Ratio of hidden channels to channels in the feed-forward network; the product is truncated."""

    layer_norm: LayerNormKind = "WithBias"
    """Normalisation; `BiasFree` is used by the official denoising checkpoints."""


NANO = RestormerConfig(width=8, blocks=(1, 1, 1, 2), refinement_blocks=1)
"""0.26 M parameters, for tests and laptops."""


class Restormer(RestormerUNet):
    """The Restormer network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8. The output is not clamped."""

    def __init__(self, config: RestormerConfig) -> None:
        def block(channels: int, level: int) -> TransformerBlock:
            heads = config.heads[level]
            return TransformerBlock(channels, heads, expansion=config.expansion, norm=config.layer_norm)

        super().__init__(config.width, config.blocks, config.refinement_blocks, block)


_PAPER = Citation(
    ("Zamir, Syed Waqas", "Arora, Aditya", "Khan, Salman", "Hayat, Munawar", "Khan, Fahad Shahbaz", "Yang, Ming-Hsuan"),
    "Restormer: Efficient Transformer for High-Resolution Image Restoration",
    "CVPR",
    2022,
    arxiv="2111.09881",
)
_LICENCE = "Academic Public License (non-commercial, share-alike), as the repository swz30/Restormer says"
_SIZE = SizeRequirements(multiple_of=8, padding="reflect")
_NOTES = (
    "The 141 GMACs in papers count convolutions only; with the attention products it is 154.9 at 256x256.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)
_GOPRO, _REALBLUR = "gopro@1", "realblur@1"
_HI_DIFF = "https://github.com/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-1.png (NeurIPS 2023, Table 2)"
_IR_SDE_README = "https://github.com/Algolzw/image-restoration-sde/blob/2598d73cde/README.md"


@register_model(
    ModelCard(
        name="restormer",
        title="Restormer",
        task="deblurring",
        family="Restormer",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro (the same file is tested on GoPro, HIDE, RealBlur-R and RealBlur-J)",
                url="https://github.com/swz30/Restormer/releases/download/v1.0/motion_deblurring.pth",
                filename="motion_deblurring.pth",
                licence=_LICENCE,
            ),
        ),
        published=(
            PublishedResult("gopro", "psnr", 32.92, _GOPRO, _HI_DIFF),
            PublishedResult("gopro", "ssim", 0.961, _GOPRO, _HI_DIFF),
            PublishedResult("hide", "psnr", 31.22, _GOPRO, _HI_DIFF),
            PublishedResult("hide", "ssim", 0.942, _GOPRO, _HI_DIFF),
            PublishedResult("realblur-r", "psnr", 36.19, _REALBLUR, _HI_DIFF),
            PublishedResult("realblur-r", "ssim", 0.957, _REALBLUR, _HI_DIFF),
            PublishedResult("realblur-j", "psnr", 28.96, _REALBLUR, _HI_DIFF),
            PublishedResult("realblur-j", "ssim", 0.879, _REALBLUR, _HI_DIFF),
        ),
        notes=_NOTES,
    )
)
def restormer(*, layer_norm: LayerNormKind = "WithBias") -> nn.Module:
    """Restormer for motion deblurring; `layer_norm=BiasFree` builds the network of the denoising checkpoints."""
    return Restormer(RestormerConfig(layer_norm=layer_norm))


@register_model(
    ModelCard(
        name="restormer-derain",
        title="Restormer",
        task="deraining",
        family="Restormer",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(
            Checkpoint(
                name="rain13k",
                trained_on="Rain13K",
                url="https://github.com/swz30/Restormer/releases/download/v1.0/deraining.pth",
                filename="deraining.pth",
                licence=_LICENCE,
            ),
        ),
        published=(
            PublishedResult("rain100h", "psnr", 31.46, "rain13k@1", _IR_SDE_README),
            PublishedResult("rain100h", "ssim", 0.904, "rain13k@1", _IR_SDE_README),
            PublishedResult("rain100l", "psnr", 38.99, "rain13k@1", "arXiv:2111.09881, Table 1"),
        ),
        notes=_NOTES,
    )
)
def restormer_derain() -> nn.Module:
    """Restormer for deraining: the same network with other weights."""
    return Restormer(RestormerConfig())


@register_model(
    ModelCard(
        name="restormer-nano",
        title="Restormer-nano",
        task="restoration",
        family="Restormer",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-even",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def restormer_nano() -> nn.Module:
    """Restormer with a sixth of the width and few blocks."""
    return Restormer(NANO)
