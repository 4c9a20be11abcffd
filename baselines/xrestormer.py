"""X-Restormer: Restormer with attention between the pixels of overlapping windows in every block (ECCV 2024).

Chen, Li, Pu, Liu, Zhou, Qiao, Dong, "A Comparative Study of Image Restoration Networks for General Backbone Network
Design", arXiv 2310.11881. State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .restormer_unet import RestormerUNet
from .transposed_attention import GatedFeedForward, TransposedAttention, layer_norm

__all__ = ["XRestormer", "XRestormerConfig", "xrestormer", "xrestormer_nano"]

WINDOW = 8
"""Side of the windows of queries, and distance of neighbouring windows."""

OVERLAPPING = 12
"""Side of the windows of keys and values, which reach half of 8 - 4 pixels beyond those of the queries."""

HEAD = 16
"""Channels of a head of the window attention."""


@dataclass(frozen=True, slots=True)
class XRestormerConfig:
    """Sizes of the network; the defaults are those of the official option files."""

    width: int = 48
    """Channels at full resolution, doubled at each of the three lower levels."""

    blocks: tuple[int, int, int, int] = (2, 4, 4, 4)
    """Blocks per level, in both encoder and decoder; the last level is the bottleneck."""

    refinement_blocks: int = 4
    heads: tuple[int, int, int, int] = (1, 2, 4, 8)
    """Heads per level, of the attention between channels and of that between pixels."""


NANO = XRestormerConfig(width=8, blocks=(1, 1, 1, 1), refinement_blocks=1)
"""A preset by this project, for tests and laptops."""


class RelativePosition(nn.Module):
    """Learned terms of the attention that depend on the offset between query and key."""

    def __init__(self) -> None:
        super().__init__()
        self.rel_height = nn.Parameter(torch.randn(2 * OVERLAPPING - 1, HEAD) * HEAD**-0.5)
        self.rel_width = nn.Parameter(torch.randn(2 * OVERLAPPING - 1, HEAD) * HEAD**-0.5)

    def forward(self, query: Tensor) -> Tensor:
        """Map queries (..., 64, 16) of windows, row by row, to terms (..., 64, 144)."""
        query = query.reshape(*query.shape[:-2], WINDOW, WINDOW, HEAD)
        # One product with the whole table, then the rows that each query needs: cheaper than a table per query.
        offsets = torch.arange(OVERLAPPING, device=query.device) - torch.arange(WINDOW, device=query.device)[:, None]
        index = offsets + OVERLAPPING - 1
        rows = (query @ self.rel_height.T).gather(-1, index[:, None].expand(*query.shape[:-1], -1))
        columns = (query @ self.rel_width.T).gather(-1, index.expand(*query.shape[:-1], -1))
        return (rows[..., :, None] + columns[..., None, :]).flatten(-2).flatten(-3, -2)


class OverlappingAttention(nn.Module):
    """Overlapping cross-attention: the pixels of an 8x8 window attend to the 12x12 around it (section 5).

    Beyond the border, keys and values are zero and take part: pixels near it attend to zeros.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.qkv = nn.Conv2d(channels, 3 * heads * HEAD, 1, bias=False)
        self.project_out = nn.Conv2d(heads * HEAD, channels, 1, bias=False)
        self.rel_pos_emb = RelativePosition()

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; H and W must be multiples of 8."""
        height, width = x.shape[2:]
        inner = self.project_out.in_channels
        qkv: Tensor = self.qkv(x)
        query = _windows(qkv[:, :inner]) * HEAD**-0.5
        key, value = _overlapping_windows(qkv[:, inner:])
        similarity = query @ key + self.rel_pos_emb(query)
        attended = similarity.softmax(-1) @ value.transpose(-2, -1)
        attended = attended.reshape(len(x), height // WINDOW, width // WINDOW, -1, WINDOW, WINDOW, HEAD)
        attended = attended.permute(0, 3, 6, 1, 4, 2, 5)  # N, heads, 16, rows, 8, columns, 8
        return self.project_out(attended.reshape(len(x), inner, height, width))


def _windows(x: Tensor) -> Tensor:
    """Cut (N, heads * 16, H, W) into windows: (N, windows, heads, 64, 16)."""
    count, channels, height, width = x.shape
    x = x.reshape(count, channels // HEAD, HEAD, height // WINDOW, WINDOW, width // WINDOW, WINDOW)
    return x.permute(0, 3, 5, 1, 4, 6, 2).flatten(1, 2).flatten(-3, -2)


def _overlapping_windows(key_value: Tensor) -> tuple[Tensor, Tensor]:
    """Cut keys and values (N, 2 * heads * 16, H, W) into overlapping windows: each (N, windows, heads, 16, 144)."""
    windows = functional.unfold(key_value, OVERLAPPING, padding=(OVERLAPPING - WINDOW) // 2, stride=WINDOW)
    key, value = windows.reshape(len(key_value), 2, -1, HEAD, OVERLAPPING**2, windows.shape[-1]).unbind(1)
    return key.movedim(-1, 1), value.movedim(-1, 1)


class DualBlock(nn.Module):
    """Attention between channels, then between pixels, each followed by a feed-forward network; all residual."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.spatial_attn = OverlappingAttention(channels, heads)
        self.channel_attn = TransposedAttention(channels, heads)
        self.norm1 = layer_norm(channels)
        self.norm2 = layer_norm(channels)
        self.norm3 = layer_norm(channels)
        self.norm4 = layer_norm(channels)
        self.channel_ffn = GatedFeedForward(channels)
        self.spatial_ffn = GatedFeedForward(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = x + self.channel_attn(self.norm1(x))
        x = x + self.channel_ffn(self.norm2(x))
        x = x + self.spatial_attn(self.norm3(x))
        return x + self.spatial_ffn(self.norm4(x))


class XRestormer(RestormerUNet):
    """The X-Restormer network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 64. The output is not clamped."""

    def __init__(self, config: XRestormerConfig) -> None:
        def block(channels: int, level: int) -> DualBlock:
            return DualBlock(channels, config.heads[level])

        super().__init__(config.width, config.blocks, config.refinement_blocks, block)


_PAPER = Citation(
    (
        "Chen, Xiangyu",
        "Li, Zheyuan",
        "Pu, Yuandong",
        "Liu, Yihao",
        "Zhou, Jiantao",
        "Qiao, Yu",
        "Dong, Chao",
    ),
    "A Comparative Study of Image Restoration Networks for General Backbone Network Design",
    "ECCV",
    2024,
    arxiv="2310.11881",
)
_LICENCE = "MIT"
_SIZE = SizeRequirements(multiple_of=64, padding="reflect")
_README = "https://github.com/Andrew0613/X-Restormer/blob/7f6be390f7/readme_draft.md"
_FOLDER = "https://drive.google.com/drive/folders/1HpmReFfoUqUbnAOQ7rvOeNU3uf_m69w0"
_SSIM2D, _REALBLUR = "gopro-ssim2d@1", "realblur@1"


def _checkpoint(name: str, filename: str, trained_on: str) -> Checkpoint:
    by_hand = f"Download {filename} from {_FOLDER}, linked in the README of Andrew0613/X-Restormer."
    return Checkpoint(name=name, trained_on=trained_on, url="", filename=filename, licence=_LICENCE, by_hand=by_hand)


@register_model(
    ModelCard(
        name="x-restormer",
        title="X-Restormer",
        task="restoration",
        family="X-Restormer",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(
            _checkpoint("gopro", "deblur_300k.pth", "GoPro (the same file is tested on GoPro, HIDE and RealBlur)"),
            _checkpoint("rain13k", "derain_155k.pth", "Rain13K"),
        ),
        published=(
            PublishedResult("gopro", "psnr", 33.44, _SSIM2D, _README),
            PublishedResult("gopro", "ssim", 0.9459, _SSIM2D, _README),
            PublishedResult("hide", "psnr", 31.76, _SSIM2D, _README),
            PublishedResult("hide", "ssim", 0.9299, _SSIM2D, _README),
            PublishedResult("realblur-r", "psnr", 36.27, _REALBLUR, _README),
            PublishedResult("realblur-r", "ssim", 0.9581, _REALBLUR, _README),
            PublishedResult("realblur-j", "psnr", 28.87, _REALBLUR, _README),
            PublishedResult("realblur-j", "ssim", 0.878, _REALBLUR, _README),
        ),
        notes=("The 164 GMACs in papers count convolutions only; with the attention products it is 179.2 at 256x256.",),
    )
)
def xrestormer() -> nn.Module:
    """X-Restormer as its option files for deblurring, deraining, denoising and dehazing have it."""
    return XRestormer(XRestormerConfig())


@register_model(
    ModelCard(
        name="x-restormer-nano",
        title="X-Restormer-nano",
        task="restoration",
        family="X-Restormer",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-even",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def xrestormer_nano() -> nn.Module:
    """X-Restormer with a sixth of the width and few blocks."""
    return XRestormer(NANO)
