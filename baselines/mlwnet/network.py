"""The encoder, fusion and decoder of MLWNet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...bench.errors import UsageError
from ...bench.models.local_windows import Window, window_at
from ..blocks import shuffle_up, under
from ..nafnet import NAFBlock
from .wavelets import WaveletBlock

__all__ = ["MLWNet", "MLWNetConfig"]

MULTIPLE = 16
"""Sides that four levels need, with a wavelet transform at the lowest."""

Blocks = Callable[[int], nn.Sequential]
"""Makes the wavelet blocks of a level."""


@dataclass(frozen=True, slots=True)
class MLWNetConfig:
    """Width and numbers of blocks; the defaults are official but for the width, which is 32 or 64."""

    width: int
    """Channels at full resolution, doubled at each of the three lower levels."""

    encoder: tuple[int, int, int, int] = (1, 2, 4, 24)
    """NAF blocks per encoder level, highest resolution first."""

    wavelet_blocks: int = 2
    """Wavelet blocks per level of fusion and decoder."""


def _to_image(channels: int) -> nn.Sequential:
    return under("block", nn.Sequential(nn.Conv2d(channels, 3, 3, padding=1)))


class _Encoder(nn.Module):
    """NAF blocks at four resolutions."""

    def __init__(self, config: MLWNetConfig, windows: list[Window | None]) -> None:
        super().__init__()
        width = config.width

        def blocks(level: int) -> nn.Sequential:
            return nn.Sequential(*(NAFBlock(width << level, windows[level]) for _ in range(config.encoder[level])))

        def down(level: int) -> nn.Conv2d:
            return nn.Conv2d(width << level, width << (level + 1), 2, 2)

        self.feature_embed = nn.Conv2d(3, width, 3, padding=1)
        self.b1 = blocks(0)
        self.down1 = down(0)
        self.b2 = blocks(1)
        self.down2 = down(1)
        self.b3 = blocks(2)
        self.down3 = down(2)
        self.b4 = blocks(3)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        full = self.b1(self.feature_embed(image))
        half = self.b2(self.down1(full))
        quarter = self.b3(self.down2(half))
        return full, half, quarter, self.b4(self.down3(quarter))


class _Fusion(nn.Module):
    """Carries features of lower resolution into those at a quarter and at half."""

    def __init__(self, width: int, blocks: Blocks) -> None:
        super().__init__()
        self.up43 = shuffle_up(8 * width, 1)
        self.d3 = blocks(2)
        self.up32 = shuffle_up(4 * width, 1)
        self.d2 = blocks(1)

    def forward(self, half: Tensor, quarter: Tensor, eighth: Tensor) -> tuple[Tensor, Tensor]:
        quarter = self.d3(self.up43(eighth) + quarter)
        return self.d2(self.up32(quarter) + half), quarter


class _Decoder(nn.Module):
    """Wavelet blocks at four resolutions, and heads; those of lower resolution serve the training only."""

    def __init__(self, width: int, blocks: Blocks) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(1, 2 * width, 1, 1))
        self.head4 = _to_image(8 * width)
        self.up43 = shuffle_up(8 * width, 1)
        self.head3 = _to_image(4 * width)
        self.up32 = shuffle_up(4 * width, 1)
        self.head2 = _to_image(2 * width)
        self.up21 = shuffle_up(2 * width, 1)
        self.head1 = _to_image(width)
        self.d4 = blocks(3)
        self.d3 = blocks(2)
        self.d2 = blocks(1)
        self.d1 = blocks(0)

    def forward(self, full: Tensor, half: Tensor, quarter: Tensor, eighth: Tensor) -> Tensor:
        x = self.d3(self.up43(self.d4(eighth)) + quarter)
        x = self.d2(self.up32(x) + half)
        x = self.d1(self.up21(torch.addcmul(x, half, self.alpha)) + full)
        return self.head1(x)


class MLWNet(nn.Module):
    """The MLWNet network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 16. The output is not clamped.

    Args:
        config: width and numbers of blocks.
        train_size: side of the training patches that sets the TLC windows; `None` for global means.

    Raises:
        UsageError: `train_size` is too small for the number of levels.
    """

    def __init__(self, config: MLWNetConfig, *, train_size: int | None = None) -> None:
        super().__init__()
        if train_size is not None and train_size < MULTIPLE:
            raise UsageError(f"MLWNet cannot have train_size {train_size}: use at least {MULTIPLE} pixels.")
        windows = [None if train_size is None else window_at(train_size, level) for level in range(4)]

        def blocks(level: int) -> nn.Sequential:
            made = (WaveletBlock(config.width << level, windows[level]) for _ in range(config.wavelet_blocks))
            return nn.Sequential(*made)

        self.encoder = _Encoder(config, windows)
        self.fusion = _Fusion(config.width, blocks)
        self.decoder = _Decoder(config.width, blocks)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 16."""
        full, half, quarter, eighth = self.encoder(image)
        half, quarter = self.fusion(half, quarter, eighth)
        return self.decoder(full, half, quarter, eighth) + image
