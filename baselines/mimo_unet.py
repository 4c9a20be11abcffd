"""MIMO-UNet: one U-net that takes the image in three sizes and returns it in three.

Cho, Ji, Hong, Jung, Ko, "Rethinking Coarse-to-Fine Approach in Single Image Deblurring", ICCV 2021, arXiv 2108.05054.
State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .blocks import under
from .card_parts import HI_DIFF, on_google_drive, psnr_and_ssim

__all__ = ["MIMOUNet", "MIMOUNetConfig", "mimo_unet", "mimo_unet_nano", "mimo_unet_plus"]


@dataclass(frozen=True, slots=True)
class MIMOUNetConfig:
    """Sizes of the network."""

    blocks: int
    """Residual blocks at each of the three resolutions, in the encoder and in the decoder."""

    width: int = 32
    """Channels at full resolution, doubled at half and again at quarter resolution; a multiple of 4."""

    dropout: float = 0.0
    """Probability with which training drops a whole channel of the fused features."""


BASE = MIMOUNetConfig(blocks=8)
PLUS = MIMOUNetConfig(blocks=20, dropout=0.1)
NANO = MIMOUNetConfig(blocks=2, width=8)
"""0.14 M parameters, for tests and laptops."""


def _conv(channels_in: int, channels_out: int, kernel_size: int = 3, *, stride: int = 1) -> nn.Sequential:
    """Make a convolution that halves the size with stride 2, without activation."""
    return under(
        "main", nn.Sequential(nn.Conv2d(channels_in, channels_out, kernel_size, stride, padding=kernel_size // 2))
    )


def _active(channels_in: int, channels_out: int, kernel_size: int = 3, *, stride: int = 1) -> nn.Sequential:
    """Make a convolution with a ReLU behind it."""
    convolution = nn.Conv2d(channels_in, channels_out, kernel_size, stride, padding=kernel_size // 2)
    return under("main", nn.Sequential(convolution, nn.ReLU(inplace=True)))


def _transposed(channels_in: int, channels_out: int) -> nn.Sequential:
    """Make a transposed convolution that doubles the size, with a ReLU behind it."""
    convolution = nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1)
    return under("main", nn.Sequential(convolution, nn.ReLU(inplace=True)))


class _ResidualBlock(nn.Module):
    """Residual block x + conv(ReLU(conv(x)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main = nn.Sequential(_active(channels, channels), _conv(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + x


def _blocks(channels: int, count: int) -> nn.Sequential:
    return under("layers", nn.Sequential(*(_ResidualBlock(channels) for _ in range(count))))


class _ShallowConvolutions(nn.Module):
    """Features of a small image (section 3.1): four convolutions, with the image itself in front of their result."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            _active(3, channels // 4),
            _active(channels // 4, channels // 2, 1),
            _active(channels // 2, channels // 2),
            _active(channels // 2, channels - 3, 1),
        )
        self.conv = _conv(channels, channels, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.conv(torch.cat((image, self.main(image)), 1))


class _FeatureAttention(nn.Module):
    """Features of the encoder plus a convolution of their product with those of a small image (section 3.1)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.merge = _conv(channels, channels)

    def forward(self, x: Tensor, of_image: Tensor) -> Tensor:
        return x + self.merge(x * of_image)


class _FeatureFusion(nn.Module):
    """Asymmetric feature fusion (section 3.3): the features of all three sizes, brought to one."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(_active(channels_in, channels_out, 1), _conv(channels_out, channels_out))

    def forward(self, full: Tensor, half: Tensor, quarter: Tensor) -> Tensor:
        return self.conv(torch.cat((full, half, quarter), 1))


def _resized(x: Tensor, scale: float) -> Tensor:
    """Resize by nearest neighbour; at half the size, the top left pixel of each four is kept."""
    return functional.interpolate(x, scale_factor=scale)


class MIMOUNet(nn.Module):
    """Multi-input multi-output U-net on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 4. It does not clamp."""

    def __init__(self, config: MIMOUNetConfig) -> None:
        super().__init__()
        full, half, quarter = widths = (config.width, 2 * config.width, 4 * config.width)
        self.Encoder = nn.ModuleList(_blocks(width, config.blocks) for width in widths)
        self.feat_extract = nn.ModuleList(
            (
                _active(3, full),
                _active(full, half, stride=2),
                _active(half, quarter, stride=2),
                _transposed(quarter, half),
                _transposed(half, full),
                _conv(full, 3),
            )
        )
        self.Decoder = nn.ModuleList(_blocks(width, config.blocks) for width in reversed(widths))
        self.Convs = nn.ModuleList((_active(quarter, half, 1), _active(half, full, 1)))
        self.ConvsOut = nn.ModuleList((_conv(quarter, 3), _conv(half, 3)))
        self.AFFs = nn.ModuleList(_FeatureFusion(sum(widths), width) for width in (full, half))
        # The official names count the small images from the smallest.
        self.FAM1 = _FeatureAttention(quarter)
        self.SCM1 = _ShallowConvolutions(quarter)
        self.FAM2 = _FeatureAttention(half)
        self.SCM2 = _ShallowConvolutions(half)
        self.dropout = nn.Dropout2d(config.dropout)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 4."""
        return self.scales(image)[-1]

    def scales(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images of quarter, half and full size; training compares each with a target of its size."""
        image_half = _resized(image, 0.5)
        image_quarter = _resized(image_half, 0.5)
        full, half, quarter = self._encoded(image, image_half, image_quarter)
        skip_full = self.AFFs[0](full, _resized(half, 2), _resized(_resized(quarter, 2), 2))
        skip_half = self.AFFs[1](_resized(full, 0.5), half, _resized(quarter, 2))
        quarter = self.Decoder[0](quarter)
        half = self._decoded(1, self.feat_extract[3](quarter), self.dropout(skip_half))
        full = self._decoded(2, self.feat_extract[4](half), self.dropout(skip_full))
        return (
            self.ConvsOut[0](quarter) + image_quarter,
            self.ConvsOut[1](half) + image_half,
            self.feat_extract[5](full) + image,
        )

    def _encoded(self, image: Tensor, image_half: Tensor, image_quarter: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        full = self.Encoder[0](self.feat_extract[0](image))
        half = self.Encoder[1](self.FAM2(self.feat_extract[1](full), self.SCM2(image_half)))
        quarter = self.Encoder[2](self.FAM1(self.feat_extract[2](half), self.SCM1(image_quarter)))
        return full, half, quarter

    def _decoded(self, level: int, x: Tensor, skip: Tensor) -> Tensor:
        return self.Decoder[level](self.Convs[level - 1](torch.cat((x, skip), 1)))


_PAPER = Citation(
    ("Cho, Sung-Jin", "Ji, Seo-Won", "Hong, Jun-Pyo", "Jung, Seung-Won", "Ko, Sung-Jea"),
    "Rethinking Coarse-to-Fine Approach in Single Image Deblurring",
    "ICCV",
    2021,
    arxiv="2108.05054",
)
_LICENCE = "none stated (all rights reserved)"
_SIZE = SizeRequirements(multiple_of=4, padding="reflect")
_README = "https://github.com/chosj95/MIMO-UNet/blob/013be9fe7c/README.md"
_NOTES = (
    "The official script does not pad, since image sides are multiples of 4.",
    "The official PSNR is that of images that were not rounded: mimo-unet@1.",
    "The SSIM in the official README was computed with a tool that the repository does not hold.",
    "MIMO-UNet++ of the paper is a self-ensemble of mimo-unet-plus over four turns, without weights of its own.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)


def _checkpoint(name: str, trained_on: str, filename: str, file_id: str) -> Checkpoint:
    return on_google_drive(
        name, trained_on, filename, file_id=file_id, repository="chosj95/MIMO-UNet", licence=_LICENCE
    )


@register_model(
    ModelCard(
        name="mimo-unet",
        title="MIMO-UNet",
        task="deblurring",
        family="MIMO-UNet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-up",
        checkpoints=(_checkpoint("gopro", "GoPro", "MIMO-UNet.pkl", "1EQJoQj3YMLFfzrbgzWMD3Xj96RqLdIlx"),),
        published=(PublishedResult("gopro", "psnr", 31.73, "mimo-unet@1", _README),),
        notes=_NOTES,
    )
)
def mimo_unet() -> nn.Module:
    """MIMO-UNet with 8 residual blocks at each resolution."""
    return MIMOUNet(BASE)


@register_model(
    ModelCard(
        name="mimo-unet-plus",
        title="MIMO-UNet+",
        task="deblurring",
        family="MIMO-UNet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-up",
        checkpoints=(_checkpoint("gopro", "GoPro", "MIMO-UNetPlus.pkl", "166sufeHcdDTgXHNbCRzTC4T6DzuflB5m"),),
        published=(
            PublishedResult("gopro", "psnr", 32.45, "mimo-unet@1", _README),
            *psnr_and_ssim("gopro@1", HI_DIFF, {"gopro": (32.45, 0.957), "hide": (29.99, 0.930)}),
            *psnr_and_ssim("realblur@1", HI_DIFF, {"realblur-r": (35.54, 0.947), "realblur-j": (27.63, 0.837)}),
        ),
        notes=_NOTES,
    )
)
def mimo_unet_plus() -> nn.Module:
    """MIMO-UNet+ with 20 residual blocks at each resolution."""
    return MIMOUNet(PLUS)


@register_model(
    ModelCard(
        name="mimo-unet-nano",
        title="MIMO-UNet-nano",
        task="restoration",
        family="MIMO-UNet",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-up",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def mimo_unet_nano() -> nn.Module:
    """MIMO-UNet with a quarter of the width and of the blocks."""
    return MIMOUNet(NANO)
