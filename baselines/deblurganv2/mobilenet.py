"""MobileNetV2 as the backbone of DeblurGAN-v2, with its own names of layers.

Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
"""

from __future__ import annotations

from torch import Tensor, nn

from .picture_norm import PictureBatchNorm2d
from .pyramid import Backbone, Level

__all__ = ["mobilenet"]

STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, blocks and first stride of each stage (table 2 of the paper)."""

STEM, LAST = 32, 1280
"""Channels of the first and of the last convolution."""


def _convolution(channels_in: int, channels_out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False)


def _activated(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, PictureBatchNorm2d(convolution.out_channels), nn.ReLU6()]


class InvertedResidual(nn.Module):
    """Expand the channels, filter each, and project them back without an activation.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output; the input is added if both sizes agree.
        stride: of the filter.
        expansion: ratio of the filtered channels to those of the input; with 1 nothing is expanded.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = channels_in * expansion
        self.adds = stride == 1 and channels_in == channels_out
        self.conv = nn.Sequential(
            *(_activated(_convolution(channels_in, hidden)) if expansion > 1 else ()),
            *_activated(_convolution(hidden, hidden, 3, stride, groups=hidden)),
            _convolution(hidden, channels_out),
            PictureBatchNorm2d(channels_out),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, channels_out, H / stride, W / stride)."""
        return x + self.conv(x) if self.adds else self.conv(x)


def mobilenet() -> Backbone:
    """MobileNetV2 up to its second last stage; the rest is in the checkpoints, but nothing uses it."""
    layers: list[nn.Module] = [nn.Sequential(*_activated(_convolution(3, STEM, 3, 2)))]
    channels = STEM
    for expansion, width, count, stride in STAGES:
        for index in range(count):
            layers.append(InvertedResidual(channels, width, 1 if index else stride, expansion))
            channels = width
    layers.append(nn.Sequential(*_activated(_convolution(channels, LAST))))
    features = nn.Sequential(*layers)
    return Backbone(
        "features",
        features,
        (
            Level(nn.Sequential(*features[0:2]), 16),
            Level(nn.Sequential(*features[2:4]), 24),
            Level(nn.Sequential(*features[4:7]), 32),
            Level(nn.Sequential(*features[7:11]), 64),
            Level(nn.Sequential(*features[11:16]), 160),
        ),
    )
