"""HINet: two U-nets whose encoders normalise half of their channels.

Chen, Lu, Zhang, Chu, Chen, "HINet: Half Instance Normalization Network for Image Restoration", CVPR workshops 2021,
arXiv 2105.06086. State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import (
    Checkpoint,
    Citation,
    InferenceScheme,
    ModelCard,
    SizeRequirements,
)
from ..bench.models.entries import register_model
from .blocks import SupervisedAttention
from .card_parts import HI_DIFF, on_google_drive, psnr_and_ssim

__all__ = ["HINet", "HINetConfig", "hinet_deblur", "hinet_derain", "hinet_nano"]

SLOPE = 0.2
"""Of the leaky ReLUs."""


@dataclass(frozen=True, slots=True)
class HINetConfig:
    """Sizes of the network."""

    normalised_from: int
    """First level of the encoders that is normalised, 0 at full resolution; all lower resolutions are as well."""

    width: int = 64
    """Channels at full resolution, doubled at each of the four lower levels."""


DEBLURRING = HINetConfig(normalised_from=3)
DERAINING = HINetConfig(normalised_from=0)
NANO = HINetConfig(normalised_from=0, width=4)
"""0.35 M parameters, for tests and laptops."""

LEVELS = 5


def _conv3(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1)


class _Block(nn.Module):
    """Two convolutions and a pointwise shortcut.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.
        normalises: whether the first half of the channels is instance-normalised after the first convolution.
        fuses: whether features of the previous stage are added.
        shrinks: whether `downsample` follows, which halves the size.
    """

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        *,
        normalises: bool = False,
        fuses: bool = False,
        shrinks: bool = False,
    ) -> None:
        super().__init__()
        self.identity = nn.Conv2d(channels_in, channels_out, 1)
        self.conv_1 = _conv3(channels_in, channels_out)
        self.conv_2 = _conv3(channels_out, channels_out)
        self.csff_enc = _conv3(channels_out, channels_out) if fuses else None
        self.csff_dec = _conv3(channels_out, channels_out) if fuses else None
        self.norm = nn.InstanceNorm2d(channels_out // 2, affine=True) if normalises else None
        self.downsample = nn.Conv2d(channels_out, channels_out, 4, 2, padding=1, bias=False) if shrinks else None

    def forward(self, x: Tensor, *previous: Tensor) -> Tensor:
        """Map (N, C, H, W) to features of the same size; `previous` are those of encoder and decoder of a stage."""
        features = self.conv_1(x)
        if self.norm is not None:
            first, second = features.chunk(2, dim=1)
            features = torch.cat((self.norm(first), second), 1)
        features = functional.leaky_relu_(self.conv_2(functional.leaky_relu_(features, SLOPE)), SLOPE)
        features = features + self.identity(x)
        if self.csff_enc is not None and self.csff_dec is not None:
            encoded, decoded = previous
            features = features + self.csff_enc(encoded) + self.csff_dec(decoded)
        return features


class _UpBlock(nn.Module):
    """A transposed convolution that doubles the size, then a block on its result beside the skipped features."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(channels_in, channels_out, 2, 2)
        self.conv_block = _Block(channels_in, channels_out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv_block(torch.cat((self.up(x), skip), 1))


class HINet(nn.Module):
    """Half instance normalisation network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 16, at least 32.

    Two U-nets follow each other; the second takes the features of the first at every level but the last. The output
    is not clamped.
    """

    def __init__(self, config: HINetConfig) -> None:
        super().__init__()
        widths = [config.width << level for level in range(LEVELS)]
        self.down_path_1 = _encoder(config, widths, fuses=False)
        self.down_path_2 = _encoder(config, widths, fuses=True)
        self.conv_01 = _conv3(3, config.width)
        self.conv_02 = _conv3(3, config.width)
        going_up = list(pairwise(reversed(widths)))
        self.up_path_1 = nn.ModuleList(_UpBlock(*channels) for channels in going_up)
        self.up_path_2 = nn.ModuleList(_UpBlock(*channels) for channels in going_up)
        self.skip_conv_1 = nn.ModuleList(_conv3(channels, channels) for _, channels in going_up)
        self.skip_conv_2 = nn.ModuleList(_conv3(channels, channels) for _, channels in going_up)
        self.sam12 = SupervisedAttention(config.width, kernel_size=3, bias=True)
        self.cat12 = nn.Conv2d(2 * config.width, config.width, 1)
        self.last = _conv3(config.width, 3)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); return the second stage's image."""
        return self.stages(image)[-1]

    def stages(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Images (N, 3, H, W) of the first and the second stage."""
        encoded = _encode(self.down_path_1, self.conv_01(image))
        decoded = _decode(self.up_path_1, self.skip_conv_1, encoded)
        attended, first = self.sam12(decoded[-1], image)
        x = self.cat12(torch.cat((self.conv_02(image), attended), 1))
        encoded = _encode(self.down_path_2, x, list(zip(encoded, reversed(decoded), strict=False)))
        return first, self.last(_decode(self.up_path_2, self.skip_conv_2, encoded)[-1]) + image


def _encoder(config: HINetConfig, widths: Sequence[int], *, fuses: bool) -> nn.ModuleList:
    blocks: list[_Block] = []
    for level, (channels_in, channels_out) in enumerate(pairwise((widths[0], *widths))):
        inner = level < LEVELS - 1
        normalises = level >= config.normalised_from
        blocks.append(_Block(channels_in, channels_out, normalises=normalises, fuses=fuses and inner, shrinks=inner))
    return nn.ModuleList(blocks)


def _encode(blocks: nn.ModuleList, x: Tensor, previous: Sequence[tuple[Tensor, Tensor]] = ()) -> list[Tensor]:
    """Features of all levels, highest resolution first; `previous` has those of the other stage's two halves."""
    levels: list[Tensor] = []
    for level, block in enumerate(cast("Iterable[_Block]", blocks)):
        levels.append(block(x, *previous[level]) if level < len(previous) else block(x))
        if block.downsample is not None:
            x = block.downsample(levels[-1])
    return levels


def _decode(blocks: nn.ModuleList, skips: nn.ModuleList, levels: Sequence[Tensor]) -> list[Tensor]:
    """Decoded features, lowest resolution first."""
    *skipped, x = levels
    decoded: list[Tensor] = []
    for block, skip, features in zip(blocks, skips, reversed(skipped), strict=True):
        x = block(x, skip(features))
        decoded.append(x)
    return decoded


_PAPER = Citation(
    ("Chen, Liangyu", "Lu, Xin", "Zhang, Jie", "Chu, Xiaojie", "Chen, Chengpeng"),
    "HINet: Half Instance Normalization Network for Image Restoration",
    "CVPR Workshops",
    2021,
    arxiv="2105.06086",
)
_LICENCE = "MIT (parts from BasicSR: Apache-2.0)"
_SIZE = SizeRequirements(multiple_of=16, minimum=32, padding="reflect")
_SCHEME = InferenceScheme(grid=256)
_NOTES = (
    "The normalisation sees one cell of the grid at a time, so that grid=0 and --tile give another result.",
    "The official script refuses images with a side below 256 pixels; here one is padded to a multiple of 16.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)
_FIGURES = "https://github.com/megvii-model/HINet/blob/1fd9559ba1/figures"


def _checkpoint(name: str, trained_on: str, filename: str, file_id: str) -> Checkpoint:
    return on_google_drive(
        name, trained_on, filename, file_id=file_id, repository="megvii-model/HINet", licence=_LICENCE
    )


@register_model(
    ModelCard(
        name="hinet-deblur",
        title="HINet",
        task="deblurring",
        family="HINet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        scheme=_SCHEME,
        checkpoints=(
            _checkpoint("gopro", "GoPro", "HINet-GoPro.pth", "1dw8PKVkLfISzNtUu3gqGh83NBO83ZQ5n"),
            _checkpoint(
                "reds", "REDS, blurred and JPEG-compressed", "HINet-REDS.pth", "1uYH8XvLgrn-Vg6L0NjUcO2Fblhqrc8TU"
            ),
        ),
        published=(
            *psnr_and_ssim("gopro@1", f"{_FIGURES}/GoPro%20Result.jpg", {"gopro": (32.77, 0.959)}),
            *psnr_and_ssim("gopro@1", HI_DIFF, {"gopro": (32.71, 0.959), "hide": (30.32, 0.932)}),
            *psnr_and_ssim("realblur@1", HI_DIFF, {"realblur-r": (35.75, 0.949), "realblur-j": (28.17, 0.849)}),
        ),
        notes=_NOTES,
        settings={"grid": _SCHEME.grid},
    )
)
def hinet_deblur() -> nn.Module:
    """HINet for motion deblurring, normalised at the two lowest resolutions."""
    return HINet(DEBLURRING)


@register_model(
    ModelCard(
        name="hinet-derain",
        title="HINet",
        task="deraining",
        family="HINet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        scheme=_SCHEME,
        checkpoints=(_checkpoint("rain13k", "Rain13K", "HINet-Rain13k.pth", "1AVedAkb1B2F2b3XGWlMFFVSsNfQlCwxa"),),
        published=psnr_and_ssim(
            "hinet@1",
            f"{_FIGURES}/Rain13k%20Result.jpg",
            {
                "test100": (30.29, 0.906),
                "rain100h": (30.65, 0.894),
                "rain100l": (37.28, 0.970),
                "test2800": (33.91, 0.941),
                "test1200": (33.05, 0.919),
            },
        ),
        notes=_NOTES,
        settings={"grid": _SCHEME.grid},
    )
)
def hinet_derain() -> nn.Module:
    """HINet for deraining, normalised at every resolution."""
    return HINet(DERAINING)


@register_model(
    ModelCard(
        name="hinet-nano",
        title="HINet-nano",
        task="restoration",
        family="HINet",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-even",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def hinet_nano() -> nn.Module:
    """HINet with a sixteenth of the width, normalised at every resolution."""
    return HINet(NANO)
