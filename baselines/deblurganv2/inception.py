"""Inception-ResNet-v2 as the backbone of DeblurGAN-v2, with the names of the package `pretrainedmodels`.

Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
AAAI 2017. The layers after the second last stage are in the checkpoints, but nothing uses them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .picture_norm import PictureBatchNorm2d
from .pyramid import Backbone, Level

__all__ = ["inception"]


class BasicConv(nn.Module):
    """A convolution without bias, a normalisation and a ReLU.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.
        kernel: rows and columns, or one number for both.
        stride: in both directions.
        padding: of zeros; rows and columns, or one number for both.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int | tuple[int, int] = 1,
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, stride, padding, bias=False)
        self.bn = PictureBatchNorm2d(channels_out, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, H, W) to (N, channels_out, H', W')."""
        return self.bn(self.conv(x)).relu()


class Branches(nn.Module):
    """Layers side by side, their outputs joined; registered as `branch0`, `branch1`, ..."""

    def __init__(self, branches: Sequence[nn.Module]) -> None:
        super().__init__()
        self.count = len(branches)
        for index, branch in enumerate(branches):
            self.add_module(f"branch{index}", branch)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, sum of the branches' channels, H', W')."""
        return torch.cat([self.get_submodule(f"branch{index}")(x) for index in range(self.count)], 1)


class ResidualBranches(Branches):
    """Branches whose joined output is projected, scaled and added to the input.

    Args:
        branches: layers that keep the size.
        joined: sum of their channels.
        channels: channels of input and output.
        scale: factor of what is added.
        relu: whether a ReLU follows.
    """

    def __init__(
        self, branches: Sequence[nn.Module], joined: int, channels: int, scale: float, *, relu: bool = True
    ) -> None:
        super().__init__(branches)
        self.conv2d = nn.Conv2d(joined, channels, 1)
        self.scale = scale
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = self.conv2d(super().forward(x)) * self.scale + x
        return x.relu() if self.relu else x


def _mixed_5b() -> Branches:
    pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return Branches(
        (
            BasicConv(192, 96),
            nn.Sequential(BasicConv(192, 48), BasicConv(48, 64, 5, padding=2)),
            nn.Sequential(BasicConv(192, 64), BasicConv(64, 96, 3, padding=1), BasicConv(96, 96, 3, padding=1)),
            nn.Sequential(pool, BasicConv(192, 64)),
        )
    )


def _block35() -> ResidualBranches:
    branches = (
        BasicConv(320, 32),
        nn.Sequential(BasicConv(320, 32), BasicConv(32, 32, 3, padding=1)),
        nn.Sequential(BasicConv(320, 32), BasicConv(32, 48, 3, padding=1), BasicConv(48, 64, 3, padding=1)),
    )
    return ResidualBranches(branches, 128, 320, 0.17)


def _mixed_6a() -> Branches:
    return Branches(
        (
            BasicConv(320, 384, 3, 2),
            nn.Sequential(BasicConv(320, 256), BasicConv(256, 256, 3, padding=1), BasicConv(256, 384, 3, 2)),
            nn.MaxPool2d(3, 2),
        )
    )


def _block17() -> ResidualBranches:
    row, column = BasicConv(128, 160, (1, 7), padding=(0, 3)), BasicConv(160, 192, (7, 1), padding=(3, 0))
    branches = (BasicConv(1088, 192), nn.Sequential(BasicConv(1088, 128), row, column))
    return ResidualBranches(branches, 384, 1088, 0.10)


def _mixed_7a() -> Branches:
    return Branches(
        (
            nn.Sequential(BasicConv(1088, 256), BasicConv(256, 384, 3, 2)),
            nn.Sequential(BasicConv(1088, 256), BasicConv(256, 288, 3, 2)),
            nn.Sequential(BasicConv(1088, 256), BasicConv(256, 288, 3, padding=1), BasicConv(288, 320, 3, 2)),
            nn.MaxPool2d(3, 2),
        )
    )


def _block8(*, relu: bool = True) -> ResidualBranches:
    row, column = BasicConv(192, 224, (1, 3), padding=(0, 1)), BasicConv(224, 256, (3, 1), padding=(1, 0))
    branches = (BasicConv(2080, 192), nn.Sequential(BasicConv(2080, 192), row, column))
    return ResidualBranches(branches, 448, 2080, 0.20 if relu else 1.0, relu=relu)


class InceptionResNetV2(nn.Module):
    """All layers of the classifier, in the order of its state dict."""

    def __init__(self) -> None:
        super().__init__()
        self.conv2d_1a = BasicConv(3, 32, 3, 2)
        self.conv2d_2a = BasicConv(32, 32, 3)
        self.conv2d_2b = BasicConv(32, 64, 3, padding=1)
        self.conv2d_3b = BasicConv(64, 80)
        self.conv2d_4a = BasicConv(80, 192, 3)
        self.mixed_5b = _mixed_5b()
        self.repeat = nn.Sequential(*(_block35() for _ in range(10)))
        self.mixed_6a = _mixed_6a()
        self.repeat_1 = nn.Sequential(*(_block17() for _ in range(20)))
        self.mixed_7a = _mixed_7a()
        self.repeat_2 = nn.Sequential(*(_block8() for _ in range(9)))
        self.block8 = _block8(relu=False)
        self.conv2d_7b = BasicConv(2080, 1536)
        self.last_linear = nn.Linear(1536, 1000)


def inception() -> Backbone:
    """Inception-ResNet-v2 up to `mixed_7a`, with the paddings that restore powers of two."""
    network = InceptionResNetV2()
    parts = (
        network.conv2d_1a,
        nn.Sequential(network.conv2d_2a, network.conv2d_2b, nn.MaxPool2d(3, 2)),
        nn.Sequential(network.conv2d_3b, network.conv2d_4a, nn.MaxPool2d(3, 2)),
        nn.Sequential(network.mixed_5b, network.repeat, network.mixed_6a),
        nn.Sequential(network.repeat_1, network.mixed_7a),
    )
    return Backbone(
        "inception",
        network,
        (
            Level(parts[0], 32, (0, 1, 0, 1)),
            Level(parts[1], 64, (1, 1, 1, 1)),
            Level(parts[2], 192, (1, 2, 1, 2)),
            Level(parts[3], 1088, (1, 1, 1, 1)),
            Level(parts[4], 2080, (1, 1, 1, 1)),
        ),
    )
