"""Stripformer: attention within and between rows and columns of a feature map.

Tsai, Peng, Lin, Tsai, Lin, "Stripformer: Strip Transformer for Fast Image Deblurring", ECCV 2022,
arXiv 2204.04627. State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .strip_attention import InterStripBlock, IntraStripBlock, StripBlock

__all__ = ["Stripformer", "StripformerConfig", "stripformer", "stripformer_nano", "stripformer_realblur"]


@dataclass(frozen=True, slots=True)
class StripformerConfig:
    """Sizes of the network; the defaults are the official configuration."""

    widths: tuple[int, int, int] = (64, 128, 320)
    """Encoder channels at full, half and quarter resolution."""

    decoder_width: int = 192
    """Channels of the transformer blocks at half resolution."""

    encoder_blocks: int = 12
    """Transformer blocks at quarter resolution, alternating between intra-strip and inter-strip."""

    decoder_blocks: int = 6
    encoder_heads: int = 5
    """Heads at quarter resolution; must divide half of the channels there."""

    decoder_heads: int = 3
    """Heads at half resolution; must divide half of `decoder_width`."""


NANO = StripformerConfig(widths=(16, 24, 40), decoder_width=24, encoder_blocks=4, decoder_blocks=2)
"""0.18 M parameters, for tests and laptops."""


def _alternate(channels: int, heads: int, blocks: int) -> list[StripBlock]:
    """Make alternating intra-strip and inter-strip blocks, starting with intra-strip."""
    return [(IntraStripBlock if index % 2 == 0 else InterStripBlock)(channels, heads) for index in range(blocks)]


def _activation() -> nn.LeakyReLU:
    return nn.LeakyReLU(0.2, inplace=True)


def _conv(channels_in: int, channels_out: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, 3, stride, padding=1), _activation())


def _transposed(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1), _activation())


def _branch(channels_in: int, channels: int, kernel_size: int = 3) -> nn.Sequential:
    first = nn.Conv2d(channels_in, channels, kernel_size, padding=kernel_size // 2)
    return nn.Sequential(first, _activation(), nn.Conv2d(channels, channels, 3, padding=1))


def _add(x: Tensor, branch: Tensor) -> Tensor:
    return functional.leaky_relu_(x + branch, 0.2)


class _FeatureEncoder(nn.Module):
    """Encoder with features at full, half and quarter resolution."""

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        full, half, quarter = widths
        self.en_layer1_1 = _conv(3, full)
        self.en_layer1_2 = _branch(full, full)
        self.en_layer1_3 = _branch(full, full)
        self.en_layer1_4 = _branch(full, full)
        self.en_layer2_1 = _conv(full, half, stride=2)
        self.en_layer2_2 = _branch(half, half)
        self.en_layer2_3 = _branch(half, half)
        self.en_layer2_4 = _branch(half, half)
        self.en_layer3_1 = _conv(half, quarter, stride=2)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        full = self.en_layer1_1(image)
        for branch in (self.en_layer1_2, self.en_layer1_3, self.en_layer1_4):
            full = _add(full, branch(full))
        half = self.en_layer2_1(full)
        for branch in (self.en_layer2_2, self.en_layer2_3, self.en_layer2_4):
            half = _add(half, branch(half))
        return full, half, self.en_layer3_1(half)


class _ImageDecoder(nn.Module):
    """Decoder from features at three resolutions to an image, with transformer blocks at half resolution."""

    def __init__(self, config: StripformerConfig) -> None:
        super().__init__()
        full, half, quarter = config.widths
        width = config.decoder_width
        self.de_layer3_1 = _transposed(quarter, width)
        self.de_layer2_2 = nn.Sequential(nn.Conv2d(width + half, width, 1), _activation())
        self.blocks = config.decoder_blocks
        for index, block in enumerate(_alternate(width, config.decoder_heads, self.blocks), start=1):
            self.add_module(f"de_block_{index}", block)
        self.de_layer2_1 = _transposed(width, full)
        self.de_layer1_3 = _branch(2 * full, full, kernel_size=1)
        self.de_layer1_2 = _branch(full, full)
        self.de_layer1_1 = _conv(full, 3)

    def forward(self, full: Tensor, half: Tensor, x: Tensor) -> Tensor:
        x = self.de_layer2_2(torch.cat((self.de_layer3_1(x), half), 1))
        for index in range(1, self.blocks + 1):
            x = self.get_submodule(f"de_block_{index}")(x)
        x = self.de_layer2_1(x)
        x = _add(x, self.de_layer1_3(torch.cat((x, full), 1)))
        return self.de_layer1_1(_add(x, self.de_layer1_2(x)))


class Stripformer(nn.Module):
    """The Stripformer network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 4. The output is not clamped.

    The input is shifted to [-0.5, 0.5] internally, as in the official scripts.
    """

    def __init__(self, config: StripformerConfig) -> None:
        super().__init__()
        self.encoder = _FeatureEncoder(config.widths)
        self.blocks = config.encoder_blocks
        for index, block in enumerate(_alternate(config.widths[2], config.encoder_heads, self.blocks), start=1):
            self.add_module(f"Trans_block_{index}", block)
        self.decoder = _ImageDecoder(config)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 4."""
        shifted = image - 0.5
        full, half, x = self.encoder(shifted)
        for index in range(1, self.blocks + 1):
            x = self.get_submodule(f"Trans_block_{index}")(x)
        return self.decoder(full, half, x) + shifted + 0.5


_PAPER = Citation(
    ("Tsai, Fu-Jen", "Peng, Yan-Tsung", "Lin, Yen-Yu", "Tsai, Chung-Chi", "Lin, Chia-Wen"),
    "Stripformer: Strip Transformer for Fast Image Deblurring",
    "ECCV",
    2022,
    arxiv="2204.04627",
)
_LICENCE = "custom, non-commercial, as the repository pp00704831/Stripformer-ECCV-2022- says"
_HI_DIFF = "https://github.com/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-1.png (NeurIPS 2023, Table 2)"
_HI_DIFF_REALBLUR = "https://github.com/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-2.png (NeurIPS 2023, Table 3)"
_NOTES = (
    "Attention spans whole rows and columns, so padding and tiles change the result slightly.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)


def _by_hand(filename: str) -> str:
    return f"{filename} from the Google Drive folder linked in the README of pp00704831/Stripformer-ECCV-2022-."


@register_model(
    ModelCard(
        name="stripformer",
        title="Stripformer",
        task="deblurring",
        family="Stripformer",
        citation=_PAPER,
        licence=_LICENCE,
        size=SizeRequirements(multiple_of=4, padding="reflect"),
        quantiser="half-up",
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro (also tested on HIDE)",
                url="",
                filename="Stripformer_gopro.pth",
                licence=_LICENCE,
                by_hand=_by_hand("Stripformer_gopro.pth"),
            ),
        ),
        published=(
            PublishedResult("gopro", "psnr", 33.08, "gopro@1", _HI_DIFF),
            PublishedResult("gopro", "ssim", 0.962, "gopro@1", _HI_DIFF),
            PublishedResult("hide", "psnr", 31.03, "gopro@1", _HI_DIFF),
            PublishedResult("hide", "ssim", 0.940, "gopro@1", _HI_DIFF),
        ),
        notes=("The official GoPro and HIDE scripts do not pad, since image sides are multiples of 4.", *_NOTES),
    )
)
def stripformer() -> nn.Module:
    """Stripformer as in its GoPro and HIDE scripts."""
    return Stripformer(StripformerConfig())


@register_model(
    ModelCard(
        name="stripformer-realblur",
        title="Stripformer",
        task="deblurring",
        family="Stripformer",
        citation=_PAPER,
        licence=_LICENCE,
        size=SizeRequirements(multiple_of=8, padding="reflect"),
        quantiser="half-up",
        checkpoints=tuple(
            Checkpoint(
                name=f"realblur-{letter.lower()}",
                trained_on=f"RealBlur-{letter}",
                url="",
                filename=f"Stripformer_realblur_{letter}.pth",
                licence=_LICENCE,
                by_hand=_by_hand(f"Stripformer_realblur_{letter}.pth"),
            )
            for letter in "JR"
        ),
        published=(
            PublishedResult("realblur-r", "psnr", 39.84, "realblur@1", _HI_DIFF_REALBLUR),
            PublishedResult("realblur-r", "ssim", 0.974, "realblur@1", _HI_DIFF_REALBLUR),
            PublishedResult("realblur-j", "psnr", 32.48, "realblur@1", _HI_DIFF_REALBLUR),
            PublishedResult("realblur-j", "ssim", 0.929, "realblur@1", _HI_DIFF_REALBLUR),
        ),
        notes=("Each published result uses the weights trained on that set.", *_NOTES),
    )
)
def stripformer_realblur() -> nn.Module:
    """Stripformer as in its RealBlur scripts: the same network, padded to a multiple of 8."""
    return Stripformer(StripformerConfig())


@register_model(
    ModelCard(
        name="stripformer-nano",
        title="Stripformer-nano",
        task="restoration",
        family="Stripformer",
        citation=_PAPER,
        size=SizeRequirements(multiple_of=4, padding="reflect"),
        quantiser="half-up",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def stripformer_nano() -> nn.Module:
    """Stripformer with a fraction of the widths and a third of the blocks."""
    return Stripformer(NANO)
