"""The network of NeRD-Rain: six U-nets at three scales that exchange their deepest features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...bench.errors import UsageError
from ..blocks import pad_to_multiple, shuffle_up, under, unshuffle_down
from .blocks import Fusion, ImplicitImage, transformer_block
from .windows import restore_in_windows

__all__ = ["NeRDRain", "NeRDRainConfig", "NeRDRainImages"]

MULTIPLE = 16
"""Sides that three scales of three levels need."""


@dataclass(frozen=True, slots=True)
class NeRDRainConfig:
    """Sizes of the network; the defaults are the official configuration."""

    width: int = 48
    """Channels at the full resolution of each scale, doubled at each of the two lower levels."""

    blocks: tuple[int, int, int] = (2, 3, 3)
    """Transformer blocks per level, in both encoder and decoder; the last level is the bottleneck."""

    heads: tuple[int, int, int] = (1, 2, 4)
    expansion: float = 2.66
    """Ratio of hidden channels to channels in the feed-forward network; the product is truncated."""


class NeRDRainImages(NamedTuple):
    """All images that the network makes, in the official order; the losses of the training use them."""

    restored: Tensor
    half: Tensor
    """Restored at half the size."""

    quarter: Tensor
    implicit_half: Tensor
    """Sum of the degraded image at half the size and of what the second implicit representation predicts."""

    guided_half: Tensor
    """Half of the sum that enters the U-nets at half the size."""

    implicit_quarter: Tensor
    degraded_quarter: Tensor


class Encoded(NamedTuple):
    """Features of an encoder: two for the decoder's skip connections, and the deepest ones."""

    full: Tensor
    half: Tensor
    latent: Tensor


class UNetKeys(NamedTuple):
    """Endings of the official keys of one U-net."""

    blocks: str
    steps: str
    """Ending of the changes of resolution."""

    last_reduction: str
    """Ending of the reduction at the highest level; the third U-net at full size borrows that of the second."""


SMALL = UNetKeys("small", "small", "small")
MID = (UNetKeys("mid1", "mid", "mid1"), UNetKeys("mid2", "mid2", "mid2"))
MAX = (UNetKeys("max1", "max", "max1"), UNetKeys("max2", "max2", "max2"), UNetKeys("max3", "max3", "max2"))


def _resize(x: Tensor, factor: float) -> Tensor:
    return functional.interpolate(x, scale_factor=factor, mode="nearest")


def _conv(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)


class NeRDRain(nn.Module):
    """The NeRD-Rain network on (N, 3, H, W) RGB in [0, 1], H and W at least 16. The output is not clamped.

    Args:
        config: sizes.
        window: side of the windows that larger images are restored in, as officially tested.

    Raises:
        UsageError: the window is smaller than 16 pixels.
    """

    def __init__(self, config: NeRDRainConfig, *, window: int = 256) -> None:
        super().__init__()
        if window < MULTIPLE:
            raise UsageError(f"NeRD-Rain cannot have window {window}: use at least {MULTIPLE} pixels.")
        self.window = window
        width = config.width
        self._add_unets(config, "small", (SMALL,))
        self.output_small = _conv(width, 3)
        self.INR = ImplicitImage(width)
        self._add_unets(config, "mid", MID)
        self.output_mid = _conv(width, 3)
        self.output_mid_context = _conv(width, width)
        self.INR2 = ImplicitImage(width)
        self._add_unets(config, "max", MAX)
        self.output_max = _conv(width, 3)
        self.output_max_context1 = _conv(width, width)
        self.output_max_context2 = _conv(width, width)
        self.BF1 = Fusion(4 * width)
        self.BF2 = Fusion(4 * width)
        self.BF3 = Fusion(4 * width)
        self.upsmall2mid1 = under("body", shuffle_up(4 * width, 3))
        self.upsmall2mid2 = under("body", shuffle_up(2 * width, 3))
        self.upmid2max1 = under("body", shuffle_up(4 * width, 3))
        self.upmid2max2 = under("body", shuffle_up(2 * width, 3))

    def _add_unets(self, config: NeRDRainConfig, scale: str, unets: tuple[UNetKeys, ...]) -> None:
        """Register the U-nets of one scale in the order of the official state dict."""
        width = config.width

        def level(index: int) -> nn.Sequential:
            channels, heads = width << index, config.heads[index]
            blocks = (transformer_block(channels, heads, config.expansion) for _ in range(config.blocks[index]))
            return nn.Sequential(*blocks)

        def reduction(channels: int) -> nn.Conv2d:
            return nn.Conv2d(2 * channels, channels, 1, bias=False)

        self.add_module(f"patch_embed_{scale}", under("proj", _conv(3, width)))
        layers: tuple[tuple[str, Callable[[], nn.Module]], ...] = (
            ("encoder_level1_{blocks}", lambda: level(0)),
            ("down1_2_{steps}", lambda: under("body", unshuffle_down(width, 3))),
            ("encoder_level2_{blocks}", lambda: level(1)),
            ("down2_3_{steps}", lambda: under("body", unshuffle_down(2 * width, 3))),
            ("latent_{blocks}", lambda: level(2)),
            ("up3_2_{steps}", lambda: under("body", shuffle_up(4 * width, 3))),
            ("reduce_chan_level2_{blocks}", lambda: reduction(2 * width)),
            ("decoder_level2_{blocks}", lambda: level(1)),
            ("up2_1_{steps}", lambda: under("body", shuffle_up(2 * width, 3))),
            ("reduce_chan_level1_{blocks}", lambda: reduction(width)),
            ("decoder_level1_{blocks}", lambda: level(0)),
        )
        for (key, make), unet in product(layers, unets):
            self.add_module(key.format(blocks=unet.blocks, steps=unet.steps), make())

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W) in windows; sides of 16 pixels or more."""
        return restore_in_windows(image, self.window, self._restore_window)

    def _restore_window(self, image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        return self.restore_scales(pad_to_multiple(image, MULTIPLE, "reflect")).restored[..., :height, :width]

    def restore_scales(self, image: Tensor) -> NeRDRainImages:
        """Restore (N, 3, H, W) without windows, at three scales; H and W multiples of 16."""
        half, quarter = _resize(image, 0.5), _resize(image, 0.25)
        small = self._encode(self._embed("small", quarter), SMALL)
        implicit_quarter = self.INR(self.upsmall2mid2(self.upsmall2mid1(small.latent))) + quarter
        half_sum = half + _resize(implicit_quarter, 2)
        mid1 = self._encode(self._embed("mid", half_sum), MID[0])
        implicit_half = self.INR2(self.upmid2max2(self.upmid2max1(mid1.latent))) + half_sum
        max1 = self._encode(self._embed("max", image + _resize(implicit_half, 2)), MAX[0])
        max2 = self._encode(self.output_max_context1(self._decode(max1, MAX[0])), MAX[1])
        max3 = self._encode(self.output_max_context2(self._decode(max2, MAX[1])), MAX[2])

        received = mid1._replace(latent=mid1.latent + _resize(self.BF1(max1.latent, max2.latent), 0.5))
        mid2 = self._encode(self.output_mid_context(self._decode(received, MID[0])), MID[1])
        received = small._replace(latent=small.latent + _resize(self.BF3(mid1.latent, mid2.latent), 0.5))
        small_decoded = self._decode(received, SMALL)
        received = mid2._replace(latent=mid2.latent + _resize(self.BF2(max2.latent, max3.latent), 0.5))
        mid_decoded = self._decode(received, MID[1]) + _resize(small_decoded, 2)
        max_decoded = self._decode(max3, MAX[2]) + _resize(mid_decoded, 2)
        return NeRDRainImages(
            restored=self.output_max(max_decoded) + image,
            half=self.output_mid(mid_decoded) + half,
            quarter=self.output_small(small_decoded) + quarter,
            implicit_half=implicit_half,
            guided_half=half_sum / 2,
            implicit_quarter=implicit_quarter,
            degraded_quarter=quarter,
        )

    def _embed(self, scale: str, image: Tensor) -> Tensor:
        return self.get_submodule(f"patch_embed_{scale}")(image)

    def _encode(self, x: Tensor, unet: UNetKeys) -> Encoded:
        full = self.get_submodule(f"encoder_level1_{unet.blocks}")(x)
        half = self.get_submodule(f"down1_2_{unet.steps}")(full)
        half = self.get_submodule(f"encoder_level2_{unet.blocks}")(half)
        latent = self.get_submodule(f"down2_3_{unet.steps}")(half)
        return Encoded(full, half, self.get_submodule(f"latent_{unet.blocks}")(latent))

    def _decode(self, encoded: Encoded, unet: UNetKeys) -> Tensor:
        x = self.get_submodule(f"up3_2_{unet.steps}")(encoded.latent)
        x = self.get_submodule(f"reduce_chan_level2_{unet.blocks}")(torch.cat((x, encoded.half), 1))
        x = self.get_submodule(f"decoder_level2_{unet.blocks}")(x)
        x = self.get_submodule(f"up2_1_{unet.steps}")(x)
        x = self.get_submodule(f"reduce_chan_level1_{unet.last_reduction}")(torch.cat((x, encoded.full), 1))
        return self.get_submodule(f"decoder_level1_{unet.blocks}")(x)
