"""The generator of DeblurGAN-v2: a feature pyramid on a classifier's backbone, and a head that merges its levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .picture_norm import PictureInstanceNorm2d

__all__ = ["Backbone", "Generator", "Level"]

BLOCK = 32
"""Images are padded to the next multiple of this, by a whole block if they already are one."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a backbone: half the resolution of the level before."""

    layers: nn.Module
    channels: int
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Reflected pixels at the left, right, top and bottom that make up for convolutions without padding."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """A classifier's network and the five parts of it that the pyramid takes."""

    key: str
    """Name of the whole network in the state dict, which has its parts a second time."""

    network: nn.Module
    levels: tuple[Level, Level, Level, Level, Level]


def _smooth(channels_in: int, channels_out: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1)
    return nn.Sequential(convolution, PictureInstanceNorm2d(channels_out), nn.ReLU())


def _up(x: Tensor, factor: float = 2.0) -> Tensor:
    return functional.interpolate(x, scale_factor=factor, mode="nearest")


class FeaturePyramid(nn.Module):
    """Features of five resolutions, from a half to a 32nd; the lower ones are passed up (top-down pathway).

    Args:
        backbone: where the features come from.
        channels: of the four lower maps; the highest has half as many.
    """

    def __init__(self, backbone: Backbone, channels: int) -> None:
        super().__init__()
        self.paddings = tuple(level.padding for level in backbone.levels)
        self.add_module(backbone.key, backbone.network)
        for index, level in enumerate(backbone.levels):
            self.add_module(f"enc{index}", level.layers)
        self.td1 = _smooth(channels, channels)
        self.td2 = _smooth(channels, channels)
        self.td3 = _smooth(channels, channels)
        for index, level in reversed(tuple(enumerate(backbone.levels))):
            width = channels if index else channels // 2
            self.add_module(f"lateral{index}", nn.Conv2d(level.channels, width, 1, bias=False))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Map (N, 3, H, W), multiples of 32, to maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size."""
        laterals: list[Tensor] = []
        for index, padding in enumerate(self.paddings):
            x = self.get_submodule(f"enc{index}")(x)
            lateral = self.get_submodule(f"lateral{index}")(x)
            laterals.append(functional.pad(lateral, padding, mode="reflect") if any(padding) else lateral)
        map4 = laterals[4]
        map3 = self.td1(laterals[3] + _up(map4))
        map2 = self.td2(laterals[2] + _up(map3))
        map1 = self.td3(laterals[1] + _up(map2))
        return laterals[0], map1, map2, map3, map4


class Head(nn.Module):
    """Two convolutions with a ReLU after each."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.block0 = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.block1 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, H, W) to (N, channels_out, H, W)."""
        return self.block1(self.block0(x).relu()).relu()


class Generator(nn.Module):
    """The DeblurGAN-v2 network on (N, 3, H, W) RGB in [0, 1] of any size that the backbone allows.

    Args:
        backbone: where the features come from.
        width: channels of each head; the maps of the pyramid have twice as many.
    """

    def __init__(self, backbone: Backbone, width: int) -> None:
        super().__init__()
        self.fpn = FeaturePyramid(backbone, 2 * width)
        self.head1 = Head(2 * width, width)
        self.head2 = Head(2 * width, width)
        self.head3 = Head(2 * width, width)
        self.head4 = Head(2 * width, width)
        self.smooth = _smooth(4 * width, width)
        self.smooth2 = _smooth(width, width // 2)
        self.final = nn.Conv2d(width // 2, 3, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); the output is within [0, 1].

        As in the official script, the image is extended by mid grey at the right and bottom, by up to 32 pixels. The
        padding matters: normalisations use the statistics of the extended image.
        """
        height, width = image.shape[2:]
        x = (image - 0.5) / 0.5
        extended = functional.pad(x, (0, BLOCK - width % BLOCK, 0, BLOCK - height % BLOCK))
        return (self.generate(extended)[..., :height, :width] + 1) / 2

    def generate(self, x: Tensor) -> Tensor:
        """Map (N, 3, H, W) in [-1, 1], H and W multiples of 32, to the same."""
        map0, map1, map2, map3, map4 = self.fpn(x)
        heads: Sequence[Tensor] = (
            _up(self.head4(map4), 8.0),
            _up(self.head3(map3), 4.0),
            _up(self.head2(map2)),
            self.head1(map1),
        )
        smooth = self.smooth2(_up(self.smooth(torch.cat(tuple(heads), 1))) + map0)
        return (self.final(_up(smooth)).tanh() + x).clamp(-1, 1)
