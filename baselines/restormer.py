"""Restormer: a U-shaped transformer with attention between channels instead of pixels.

Zamir, Arora, Khan, Hayat, Khan, Yang, "Restormer: Efficient Transformer for High-Resolution Image
Restoration", CVPR 2022, arXiv 2111.09881. State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .blocks import BiasFreeLayerNorm2d, LayerNorm2d, gelu_gate, shuffle_up, under, unshuffle_down

__all__ = ["Restormer", "RestormerConfig", "restormer", "restormer_derain", "restormer_nano"]

LayerNormKind = Literal["WithBias", "BiasFree"]


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


def _norm(channels: int, kind: LayerNormKind) -> nn.Sequential:
    variant = LayerNorm2d if kind == "WithBias" else BiasFreeLayerNorm2d
    return under("body", variant(channels, 1e-5))


class TransposedAttention(nn.Module):
    """Multi-Dconv head transposed attention: a C/heads x C/heads attention matrix per head (section 3.1)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(channels, 3 * channels, 1, bias=False)
        self.qkv_dwconv = nn.Conv2d(3 * channels, 3 * channels, 3, padding=1, groups=3 * channels, bias=False)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; queries and keys have unit norm over the pixels."""
        heads = self.temperature.shape[0]
        qkv = self.qkv_dwconv(self.qkv(x)).flatten(2).unflatten(1, (3, heads, -1))
        query, key, value = qkv.unbind(1)
        similarity = functional.normalize(query, dim=-1) @ functional.normalize(key, dim=-1).transpose(-2, -1)
        attended = (similarity * self.temperature).softmax(-1) @ value
        return self.project_out(attended.reshape(x.shape))


class GatedFeedForward(nn.Module):
    """Gated-Dconv feed-forward network: GELU of one half of the hidden channels gates the other (section 3.2)."""

    def __init__(self, channels: int, expansion: float) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.project_in = nn.Conv2d(channels, 2 * hidden, 1, bias=False)
        self.dwconv = nn.Conv2d(2 * hidden, 2 * hidden, 3, padding=1, groups=2 * hidden, bias=False)
        self.project_out = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        return self.project_out(gelu_gate(self.dwconv(self.project_in(x))))


class TransformerBlock(nn.Module):
    """Pre-norm residual block: attention, then the feed-forward network."""

    def __init__(self, channels: int, heads: int, config: RestormerConfig) -> None:
        super().__init__()
        self.norm1 = _norm(channels, config.layer_norm)
        self.attn = TransposedAttention(channels, heads)
        self.norm2 = _norm(channels, config.layer_norm)
        self.ffn = GatedFeedForward(channels, config.expansion)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))


class Restormer(nn.Module):
    """The Restormer network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8. The output is not clamped."""

    def __init__(self, config: RestormerConfig) -> None:
        super().__init__()
        width, heads, blocks = config.width, config.heads, config.blocks

        def level(channels: int, heads: int, blocks: int) -> nn.Sequential:
            return nn.Sequential(*(TransformerBlock(channels, heads, config) for _ in range(blocks)))

        level1, level2, level3, latent = starmap(
            level, zip((width, 2 * width, 4 * width, 8 * width), heads, blocks, strict=True)
        )
        self.patch_embed = under("proj", nn.Conv2d(3, width, 3, padding=1, bias=False))
        self.encoder_level1 = level1
        self.down1_2 = under("body", unshuffle_down(width, 3))
        self.encoder_level2 = level2
        self.down2_3 = under("body", unshuffle_down(2 * width, 3))
        self.encoder_level3 = level3
        self.down3_4 = under("body", unshuffle_down(4 * width, 3))
        self.latent = latent
        self.up4_3 = under("body", shuffle_up(8 * width, 3))
        self.reduce_chan_level3 = nn.Conv2d(8 * width, 4 * width, 1, bias=False)
        self.decoder_level3 = level(4 * width, heads[2], blocks[2])
        self.up3_2 = under("body", shuffle_up(4 * width, 3))
        self.reduce_chan_level2 = nn.Conv2d(4 * width, 2 * width, 1, bias=False)
        self.decoder_level2 = level(2 * width, heads[1], blocks[1])
        self.up2_1 = under("body", shuffle_up(2 * width, 3))
        # At full resolution the concatenated features are not reduced: twice the width, with the heads of level 1.
        self.decoder_level1 = level(2 * width, heads[0], blocks[0])
        self.refinement = level(2 * width, heads[0], config.refinement_blocks)
        self.output = nn.Conv2d(2 * width, 3, 3, padding=1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 8."""
        skip1 = self.encoder_level1(self.patch_embed(image))
        skip2 = self.encoder_level2(self.down1_2(skip1))
        skip3 = self.encoder_level3(self.down2_3(skip2))
        x = self.latent(self.down3_4(skip3))
        x = self.decoder_level3(self.reduce_chan_level3(torch.cat((self.up4_3(x), skip3), 1)))
        x = self.decoder_level2(self.reduce_chan_level2(torch.cat((self.up3_2(x), skip2), 1)))
        x = self.decoder_level1(torch.cat((self.up2_1(x), skip1), 1))
        return self.output(self.refinement(x)) + image


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
