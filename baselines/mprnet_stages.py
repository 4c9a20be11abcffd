"""The parts of MPRNet: channel attention blocks, and the encoders, decoders and the last network made of them."""

from __future__ import annotations

from typing import TypeAlias

from torch import Tensor, nn

from ..bench.models.local_windows import GlobalOperation, of_local_mean
from .blocks import join_halves, under

__all__ = [
    "ChannelAttentionBlock",
    "Levels",
    "OriginalResolutionNetwork",
    "StageDecoder",
    "StageEncoder",
    "conv",
    "join_levels",
]

Levels: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Features at full, half and quarter resolution."""

REDUCTION = 4
"""Ratio of channels to hidden channels in the channel attention."""


def conv(channels_in: int, channels_out: int, kernel_size: int) -> nn.Conv2d:
    """Make a convolution without bias that keeps the size."""
    return nn.Conv2d(channels_in, channels_out, kernel_size, padding=kernel_size // 2, bias=False)


class ChannelAttentionBlock(GlobalOperation):
    """Residual block whose branch is scaled by an attention between channels (section 3.1).

    Args:
        channels: channels of input and output.
        activation: the parametric ReLU, of which the whole network has one.
    """

    def __init__(self, channels: int, activation: nn.PReLU) -> None:
        super().__init__()
        hidden = channels // REDUCTION
        weigh = (conv(channels, hidden, 1), nn.ReLU(inplace=True), conv(hidden, channels, 1), nn.Sigmoid())
        self.CA = under("conv_du", nn.Sequential(*weigh))
        self.body = nn.Sequential(conv(channels, channels, 3), activation, conv(channels, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        branch = self.body(x)
        return branch * of_local_mean(branch, self.window, self.CA) + x


def _blocks(channels: int, activation: nn.PReLU, count: int = 2) -> nn.Sequential:
    return nn.Sequential(*(ChannelAttentionBlock(channels, activation) for _ in range(count)))


def _down(channels_in: int, channels_out: int) -> nn.Sequential:
    return under("down", nn.Sequential(_resize(0.5), conv(channels_in, channels_out, 1)))


def _up(channels_in: int, channels_out: int) -> nn.Sequential:
    return under("up", nn.Sequential(_resize(2), conv(channels_in, channels_out, 1)))


def _resize(scale: float) -> nn.Upsample:
    return nn.Upsample(scale_factor=scale, mode="bilinear", align_corners=False)


class StageEncoder(nn.Module):
    """Encoder of three levels; with `fuses`, it adds the features of the previous stage at each level."""

    def __init__(self, widths: tuple[int, int, int], activation: nn.PReLU, *, fuses: bool) -> None:
        super().__init__()
        full, half, quarter = widths
        self.encoder_level1 = _blocks(full, activation)
        self.encoder_level2 = _blocks(half, activation)
        self.encoder_level3 = _blocks(quarter, activation)
        self.down12 = _down(full, half)
        self.down23 = _down(half, quarter)
        for source in ("enc", "dec") if fuses else ():
            for level, width in enumerate(widths, start=1):
                self.add_module(f"csff_{source}{level}", conv(width, width, 1))

    def forward(self, x: Tensor, encoded: Levels | None = None, decoded: Levels | None = None) -> Levels:
        """Encode (N, C, H, W); `encoded` and `decoded` are the features of the previous stage's two halves."""
        first = self._fused(self.encoder_level1(x), 1, encoded, decoded)
        second = self._fused(self.encoder_level2(self.down12(first)), 2, encoded, decoded)
        third = self._fused(self.encoder_level3(self.down23(second)), 3, encoded, decoded)
        return first, second, third

    def _fused(self, x: Tensor, level: int, encoded: Levels | None, decoded: Levels | None) -> Tensor:
        if encoded is None or decoded is None:
            return x
        from_encoder, from_decoder = (self.get_submodule(f"csff_{source}{level}") for source in ("enc", "dec"))
        return x + from_encoder(encoded[level - 1]) + from_decoder(decoded[level - 1])


class StageDecoder(nn.Module):
    """Decoder that adds the skipped features and returns those of all levels."""

    def __init__(self, widths: tuple[int, int, int], activation: nn.PReLU) -> None:
        super().__init__()
        full, half, quarter = widths
        self.decoder_level1 = _blocks(full, activation)
        self.decoder_level2 = _blocks(half, activation)
        self.decoder_level3 = _blocks(quarter, activation)
        self.skip_attn1 = ChannelAttentionBlock(full, activation)
        self.skip_attn2 = ChannelAttentionBlock(half, activation)
        self.up21 = _up(half, full)
        self.up32 = _up(quarter, half)

    def forward(self, levels: Levels) -> Levels:
        """Decode the features of an encoder."""
        first, second, third = levels
        third = self.decoder_level3(third)
        second = self.decoder_level2(self.up32(third) + self.skip_attn2(second))
        first = self.decoder_level1(self.up21(second) + self.skip_attn1(first))
        return first, second, third


class _OriginalResolutionBlock(nn.Module):
    """Several channel attention blocks and a convolution, added to the input."""

    def __init__(self, channels: int, activation: nn.PReLU, blocks: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_blocks(channels, activation, blocks), conv(channels, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + x


class OriginalResolutionNetwork(nn.Module):
    """Third stage: no downsampling; the features of the second stage, brought to full size, are added."""

    def __init__(self, wide: int, widths: tuple[int, int, int], activation: nn.PReLU, *, blocks: int) -> None:
        super().__init__()
        full, half, quarter = widths
        for level in (1, 2, 3):
            self.add_module(f"orb{level}", _OriginalResolutionBlock(wide, activation, blocks))
        self.up_enc1 = _up(half, full)
        self.up_dec1 = _up(half, full)
        self.up_enc2 = nn.Sequential(_up(quarter, half), _up(half, full))
        self.up_dec2 = nn.Sequential(_up(quarter, half), _up(half, full))
        for source in ("enc", "dec"):
            for level in (1, 2, 3):
                self.add_module(f"conv_{source}{level}", conv(full, wide, 1))

    def forward(self, x: Tensor, encoded: Levels, decoded: Levels) -> Tensor:
        """Map (N, C, H, W) to the same shape; `encoded` and `decoded` are the features of the second stage."""
        encoded = (encoded[0], self.up_enc1(encoded[1]), self.up_enc2(encoded[2]))
        decoded = (decoded[0], self.up_dec1(decoded[1]), self.up_dec2(decoded[2]))
        for level in (1, 2, 3):
            block, from_encoder, from_decoder = (
                self.get_submodule(f"{name}{level}") for name in ("orb", "conv_enc", "conv_dec")
            )
            x = block(x) + from_encoder(encoded[level - 1]) + from_decoder(decoded[level - 1])
        return x


def join_levels(levels: Levels, dimension: int) -> Levels:
    """Join the halves that were split along a dimension, at every level."""
    first, second, third = levels
    return join_halves(first, dimension), join_halves(second, dimension), join_halves(third, dimension)
