"""AdaIR: a Restormer that separates its features by frequency between the levels of its decoder (ICLR 2025).

Cui, Zamir, Khan, Knoll, Shah, Khan, "AdaIR: Adaptive All-in-One Image Restoration via Frequency Mining and
Modulation", arXiv 2403.14614. State-dict keys are those of the official checkpoints, unused ones included.
"""

# torch.fft is not typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, fft, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .restormer_unet import RestormerUNet
from .transposed_attention import TransformerBlock, attend_between_channels

__all__ = ["AdaIR", "AdaIRConfig", "FrequencyModule", "adair", "adair_nano"]

FREQUENCY_HEADS = 4
"""Attention heads in the frequency modules, at every level."""

WINDOW_UNIT = 128
"""Pixels of the feature map for each frequency by which the window can grow; smaller maps have an empty window."""


@dataclass(frozen=True, slots=True)
class AdaIRConfig:
    """Sizes of the network; the defaults are the published ones."""

    width: int = 48
    """Channels at full resolution, doubled at each of the three lower levels."""

    blocks: tuple[int, int, int, int] = (4, 6, 6, 8)
    """Transformer blocks per level, in both encoder and decoder; the last level is the bottleneck."""

    refinement_blocks: int = 4
    heads: tuple[int, int, int, int] = (1, 2, 4, 8)


NANO = AdaIRConfig(width=8, blocks=(1, 1, 1, 2), refinement_blocks=1)
"""A preset by this project, for tests and laptops."""


def split_by_frequency(x: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """Split a map into magnitudes of its high and its low frequencies.

    The window of low frequencies is centred on zero; half its sides are `H // 128` and `W // 128` times the rates,
    truncated. Where a side is below 128 it is empty: then everything is high.

    Args:
        x: (N, C, H, W), real.
        rates: (N, 2), 0 to 1: of rows and of columns.

    Returns:
        High and low, each (N, C, H, W) and not negative.
    """
    height, width = x.shape[2:]
    real = x.float() if x.dtype in {torch.float16, torch.bfloat16} else x
    rows = _in_window(height, rates[:, 0])
    columns = _in_window(width, rates[:, 1])
    window = (rows[:, None, :, None] & columns[:, None, None, :]).to(real.dtype)
    low: Tensor = fft.ifft2(fft.fft2(real) * window)
    return (real - low).abs().to(x.dtype), low.abs().to(x.dtype)


def _in_window(size: int, rates: Tensor) -> Tensor:
    """Which of the `size` frequencies of an FFT lie in the windows: (N, size) of bool."""
    half = (size // WINDOW_UNIT * rates).trunc()[:, None]
    frequencies = torch.arange(size, device=rates.device)
    signed = (frequencies + size // 2) % size - size // 2
    return (signed >= -half) & (signed < half)


class CrossAttention(nn.Module):
    """Attention between channels whose queries come from another map than keys and values."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.q = nn.Conv2d(channels, channels, 1, bias=False)
        self.q_dwconv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.kv = nn.Conv2d(channels, 2 * channels, 1, bias=False)
        self.kv_dwconv = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels, bias=False)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Attend with queries from `x` to `y`; both and the result are (N, C, H, W)."""
        heads = self.temperature.shape[0]
        query = self.q_dwconv(self.q(x)).flatten(2).unflatten(1, (heads, -1))
        key, value = self.kv_dwconv(self.kv(y)).flatten(2).unflatten(1, (2, heads, -1)).unbind(1)
        return self.project_out(attend_between_channels(query, key, value, self.temperature).reshape(y.shape))


class SpatialGate(nn.Module):
    """A factor for each pixel, from maximum and mean over the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to factors (N, 1, H, W), 0 to 1."""
        return self.spatial(torch.cat((x.amax(1, keepdim=True), x.mean(1, keepdim=True)), 1)).sigmoid()


class ChannelGate(nn.Module):
    """A factor for each channel, from mean and maximum over the pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(1, channels // 16)
        self.mlp = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False), nn.ReLU(), nn.Conv2d(hidden, channels, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to factors (N, C, 1, 1), 0 to 1."""
        return (self.mlp(x.mean((2, 3), keepdim=True)) + self.mlp(x.amax((2, 3), keepdim=True))).sigmoid()


class Modulation(nn.Module):
    """Frequency modulation (section 3.2): the high part gates the low part by pixel, the low the high by channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.SpatialGate = SpatialGate()
        self.ChannelGate = ChannelGate(channels)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, low: Tensor, high: Tensor) -> Tensor:
        """Merge two (N, C, H, W) into one."""
        return self.proj(low * self.SpatialGate(high) + high * self.ChannelGate(low))


class FrequencyModule(nn.Module):
    """Adaptive frequency learning block (section 3): adds to features what their frequencies in the image say.

    Args:
        channels: channels of the features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.para1 = nn.Parameter(torch.zeros(channels, 1, 1))
        self.para2 = nn.Parameter(torch.ones(channels, 1, 1))
        # `conv` and `score_gen` are in the checkpoints, but nothing uses them.
        self.conv = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.conv1 = nn.Conv2d(3, channels, 3, padding=1, bias=False)
        self.score_gen = nn.Conv2d(2, 2, 7, padding=3)
        # Despite its name, `channel_cross_l` takes the high frequencies, `channel_cross_h` the low ones.
        self.channel_cross_l = CrossAttention(channels, FREQUENCY_HEADS)
        self.channel_cross_h = CrossAttention(channels, FREQUENCY_HEADS)
        self.channel_cross_agg = CrossAttention(channels, FREQUENCY_HEADS)
        self.frequency_refine = Modulation(channels)
        hidden = channels // 8
        self.rate_conv = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False), nn.GELU(), nn.Conv2d(hidden, 2, 1, bias=False)
        )

    def forward(self, image: Tensor, y: Tensor) -> Tensor:
        """Modulate features `y` (N, C, H, W) by the degraded image (N, 3, any size)."""
        resized = functional.interpolate(image, y.shape[2:], mode="bilinear", align_corners=False)
        features = self.conv1(resized)
        rates = self.rate_conv(features.mean((2, 3), keepdim=True)).sigmoid().flatten(1)
        high, low = split_by_frequency(features, rates)
        high, low = self.channel_cross_l(high, y), self.channel_cross_h(low, y)
        merged = self.channel_cross_agg(y, self.frequency_refine(low, high))
        return merged * self.para1 + y * self.para2


class AdaIR(RestormerUNet):
    """The AdaIR network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8. The output is not clamped."""

    def __init__(self, config: AdaIRConfig) -> None:
        def block(channels: int, level: int) -> TransformerBlock:
            return TransformerBlock(channels, config.heads[level])

        width = config.width
        modules = {f"fre{index}": FrequencyModule(16 * width >> index) for index in (1, 2, 3)}
        super().__init__(width, config.blocks, config.refinement_blocks, block, extra=modules)

    def between_levels(self, x: Tensor, image: Tensor, level: int) -> Tensor:
        """Modulate features by the frequencies of the image; `fre1` is that of the lowest resolution."""
        return self.get_submodule(f"fre{4 - level}")(image, x)


_PAPER = Citation(
    ("Cui, Yuning", "Zamir, Syed Waqas", "Khan, Salman", "Knoll, Alois", "Shah, Mubarak", "Khan, Fahad Shahbaz"),
    "AdaIR: Adaptive All-in-One Image Restoration via Frequency Mining and Modulation",
    "ICLR",
    2025,
    arxiv="2403.14614",
)
_LICENCE = "MIT"
_SIZE = SizeRequirements(multiple_of=8, padding="reflect")
_EVOIR_README = "https://github.com/leonmakise/EvoIR/blob/15eef31462/README.md"
_FOLDER = "https://drive.google.com/drive/folders/1x2LN4kWkO3S65jJlH-1INUFiYt8KFzPH"


@register_model(
    ModelCard(
        name="adair",
        title="AdaIR",
        task="restoration",
        family="AdaIR",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="truncate",
        checkpoints=(
            Checkpoint(
                name="five-tasks",
                trained_on="five tasks: denoising, deraining, dehazing, deblurring (GoPro), low light (LOL) together",
                url="",
                filename="adair5d.ckpt",
                licence=_LICENCE,
                by_hand=f"Download adair5d.ckpt from {_FOLDER}, linked in the README of c-yn/AdaIR.",
            ),
        ),
        published=(
            PublishedResult("rain100l", "psnr", 38.64, "promptir@1", _EVOIR_README),
            PublishedResult("rain100l", "ssim", 0.983, "promptir@1", _EVOIR_README),
        ),
        notes=(
            "The published results are those for three tasks; adair5d.ckpt is the file for five.",
            "The official test crops image and target centrally to multiples of 16; promptir@1 does so too.",
            "The window of low frequencies opens in large images only; in training patches of 128 it was always empty.",
            "The 147 GMACs in papers count convolutions only; with the attention products it is 161.7 at 256x256.",
        ),
    )
)
def adair() -> nn.Module:
    """AdaIR in its only published configuration."""
    return AdaIR(AdaIRConfig())


@register_model(
    ModelCard(
        name="adair-nano",
        title="AdaIR-nano",
        task="restoration",
        family="AdaIR",
        citation=_PAPER,
        size=_SIZE,
        quantiser="truncate",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def adair_nano() -> nn.Module:
    """AdaIR with a sixth of the width and few blocks."""
    return AdaIR(NANO)
