"""The network of ConvIR: MIMO-UNet's three scales with other blocks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..blocks import under
from .filters import MultiScalePooling

__all__ = ["ConvIR", "ConvIRConfig"]


@dataclass(frozen=True, slots=True)
class ConvIRConfig:
    """Sizes of the network; the defaults are those of the official deblurring network (L)."""

    width: int = 32
    """Channels at full resolution, doubled at each of the two lower levels; a multiple of 8."""

    blocks: int = 16
    """Residual blocks per level, in both encoder and decoder; the last of them filters."""

    dilations: tuple[int, int, int] = (7, 9, 11)
    """Distances of the taps of the dynamic filters at an eighth, a quarter and a half of each level's size."""


class Convolution(nn.Module):
    """A convolution that keeps the size or changes it by `stride`, with an optional GELU.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.
        kernel_size: side of the kernel.
        stride: halves the size if 2.
        transposed: doubles the size instead, with a kernel of 4.
        gelu: whether the exact GELU follows.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel_size: int = 3,
        *,
        stride: int = 1,
        transposed: bool = False,
        gelu: bool = False,
    ) -> None:
        super().__init__()
        if transposed:
            layer: nn.Module = nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1)
        else:
            layer = nn.Conv2d(channels_in, channels_out, kernel_size, stride, kernel_size // 2)
        self.main = nn.Sequential(layer, nn.GELU()) if gelu else nn.Sequential(layer)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels_in, H, W) to (N, channels_out, H', W')."""
        return self.main(x)


class ResidualBlock(nn.Module):
    """Two convolutions with a GELU between them, and in the last block of a level the filters.

    Args:
        channels: channels of input and output.
        dilations: of the filters; `None` for a block without.
    """

    def __init__(self, channels: int, dilations: tuple[int, int, int] | None) -> None:
        super().__init__()
        self.main = nn.Sequential(
            Convolution(channels, channels, gelu=True),
            nn.Identity() if dilations is None else MultiScalePooling(channels, dilations),
            Convolution(channels, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        return self.main(x) + x


def _level(channels: int, config: ConvIRConfig) -> nn.Sequential:
    dilations = [None] * (config.blocks - 1) + [config.dilations]
    return under("layers", nn.Sequential(*(ResidualBlock(channels, each) for each in dilations)))


class ImageFeatures(nn.Module):
    """Features of a smaller copy of the image (SCM), normalised per image and channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            Convolution(3, channels // 4, gelu=True),
            Convolution(channels // 4, channels // 2, 1, gelu=True),
            Convolution(channels // 2, channels // 2, gelu=True),
            Convolution(channels // 2, channels, 1),
            nn.InstanceNorm2d(channels, affine=True),
        )

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, 3, H, W) to (N, C, H, W)."""
        return self.main(image)


class Merge(nn.Module):
    """The encoder's features joined with those of the smaller image (FAM)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.merge = Convolution(2 * channels, channels)

    def forward(self, x: Tensor, features: Tensor) -> Tensor:
        """Map two (N, C, H, W) to one."""
        return self.merge(torch.cat((x, features), 1))


class ConvIR(nn.Module):
    """The ConvIR network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 32. The output is not clamped.

    The smallest size is that at which the coarsest maps exceed the dilations: 256 with those for deblurring.
    """

    def __init__(self, config: ConvIRConfig) -> None:
        super().__init__()
        full, half, quarter = config.width, 2 * config.width, 4 * config.width
        self.Encoder = nn.ModuleList(_level(channels, config) for channels in (full, half, quarter))
        self.feat_extract = nn.ModuleList(
            (
                Convolution(3, full, gelu=True),
                Convolution(full, half, stride=2, gelu=True),
                Convolution(half, quarter, stride=2, gelu=True),
                Convolution(quarter, half, transposed=True, gelu=True),
                Convolution(half, full, transposed=True, gelu=True),
                Convolution(full, 3),
            )
        )
        self.Decoder = nn.ModuleList(_level(channels, config) for channels in (quarter, half, full))
        self.Convs = nn.ModuleList((Convolution(quarter, half, 1, gelu=True), Convolution(half, full, 1, gelu=True)))
        self.ConvsOut = nn.ModuleList((Convolution(quarter, 3), Convolution(half, 3)))
        self.FAM1 = Merge(quarter)
        self.SCM1 = ImageFeatures(quarter)
        self.FAM2 = Merge(half)
        self.SCM2 = ImageFeatures(half)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 32."""
        return self.scales(image)[-1]

    def scales(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Restore (N, 3, H, W) at a quarter, a half and the full size, as the training loss takes them."""
        half, quarter = image[..., ::2, ::2], image[..., ::4, ::4]
        skip1 = self.Encoder[0](self.feat_extract[0](image))
        skip2 = self.Encoder[1](self.FAM2(self.feat_extract[1](skip1), self.SCM2(half)))
        x = self.Encoder[2](self.FAM1(self.feat_extract[2](skip2), self.SCM1(quarter)))
        x = self.Decoder[0](x)
        smallest = self.ConvsOut[0](x) + quarter
        x = self.Decoder[1](self.Convs[0](torch.cat((self.feat_extract[3](x), skip2), 1)))
        smaller = self.ConvsOut[1](x) + half
        x = self.Decoder[2](self.Convs[1](torch.cat((self.feat_extract[4](x), skip1), 1)))
        return smallest, smaller, self.feat_extract[5](x) + image
