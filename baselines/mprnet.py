"""MPRNet: three stages that restore quarters, halves and the whole image.

Zamir, Arora, Khan, Hayat, Khan, Yang, Shao, "Multi-Stage Progressive Image Restoration", CVPR 2021, arXiv 2102.02808.
State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .blocks import SupervisedAttention, join_halves, split_halves, under

__all__ = ["MPRNet", "MPRNetConfig", "mprnet_deblur", "mprnet_derain", "mprnet_nano"]

Levels: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Features at full, half and quarter resolution."""

REDUCTION = 4
"""Ratio of channels to hidden channels in the channel attention."""


@dataclass(frozen=True, slots=True)
class MPRNetConfig:
    """Sizes of the network."""

    width: int
    """Channels at full resolution in the first two stages."""

    width_step: int
    """Channels added at each lower resolution."""

    extra_width: int
    """Channels that the third stage has more than `width`."""

    blocks: int = 8
    """Channel attention blocks in each of the three parts of the third stage."""


DEBLURRING = MPRNetConfig(width=96, width_step=48, extra_width=32)
DERAINING = MPRNetConfig(width=40, width_step=20, extra_width=16)
NANO = MPRNetConfig(width=12, width_step=8, extra_width=4, blocks=2)
"""0.28 M parameters, for tests and laptops."""


def _conv(channels_in: int, channels_out: int, kernel_size: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, kernel_size, padding=kernel_size // 2, bias=False)


class ChannelAttentionBlock(nn.Module):
    """Residual block whose branch is scaled by an attention between channels (section 3.1).

    Args:
        channels: channels of input and output.
        activation: the parametric ReLU, of which the whole network has one.
    """

    def __init__(self, channels: int, activation: nn.PReLU) -> None:
        super().__init__()
        hidden = channels // REDUCTION
        weigh = (_conv(channels, hidden, 1), nn.ReLU(inplace=True), _conv(hidden, channels, 1), nn.Sigmoid())
        self.CA = under("conv_du", nn.Sequential(*weigh))
        self.body = nn.Sequential(_conv(channels, channels, 3), activation, _conv(channels, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        branch = self.body(x)
        return branch * self.CA(branch.mean((2, 3), keepdim=True)) + x


def _blocks(channels: int, activation: nn.PReLU, count: int = 2) -> nn.Sequential:
    return nn.Sequential(*(ChannelAttentionBlock(channels, activation) for _ in range(count)))


def _down(channels_in: int, channels_out: int) -> nn.Sequential:
    return under("down", nn.Sequential(_resize(0.5), _conv(channels_in, channels_out, 1)))


def _up(channels_in: int, channels_out: int) -> nn.Sequential:
    return under("up", nn.Sequential(_resize(2), _conv(channels_in, channels_out, 1)))


def _resize(scale: float) -> nn.Upsample:
    return nn.Upsample(scale_factor=scale, mode="bilinear", align_corners=False)


class _Encoder(nn.Module):
    """Encoder of three levels; with `fuses`, it adds the features of the previous stage at each level."""

    def __init__(self, widths: tuple[int, int, int], activation: nn.PReLU, *, fuses: bool) -> None:
        super().__init__()
        full, half, quarter = widths
        self.encoder_level1 = _blocks(full, activation)
        self.encoder_level2 = _blocks(half, activation)
        self.encoder_level3 = _blocks(quarter, activation)
        self.down12 = _down(full, half)
        self.down23 = _down(half, quarter)
        self.fuses = fuses
        for source in ("enc", "dec") if fuses else ():
            for level, width in enumerate(widths, start=1):
                self.add_module(f"csff_{source}{level}", _conv(width, width, 1))

    def forward(self, x: Tensor, encoded: Levels | None = None, decoded: Levels | None = None) -> Levels:
        first = self._fused(self.encoder_level1(x), 1, encoded, decoded)
        second = self._fused(self.encoder_level2(self.down12(first)), 2, encoded, decoded)
        third = self._fused(self.encoder_level3(self.down23(second)), 3, encoded, decoded)
        return first, second, third

    def _fused(self, x: Tensor, level: int, encoded: Levels | None, decoded: Levels | None) -> Tensor:
        if encoded is None or decoded is None:
            return x
        from_encoder, from_decoder = (self.get_submodule(f"csff_{source}{level}") for source in ("enc", "dec"))
        return x + from_encoder(encoded[level - 1]) + from_decoder(decoded[level - 1])


class _Decoder(nn.Module):
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
        first, second, third = levels
        third = self.decoder_level3(third)
        second = self.decoder_level2(self.up32(third) + self.skip_attn2(second))
        first = self.decoder_level1(self.up21(second) + self.skip_attn1(first))
        return first, second, third


class _OriginalResolutionBlock(nn.Module):
    """Several channel attention blocks and a convolution, added to the input."""

    def __init__(self, channels: int, activation: nn.PReLU, blocks: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_blocks(channels, activation, blocks), _conv(channels, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + x


class _OriginalResolutionNetwork(nn.Module):
    """Third stage: no downsampling; the features of the second stage, brought to full size, are added."""

    def __init__(self, config: MPRNetConfig, widths: tuple[int, int, int], activation: nn.PReLU) -> None:
        super().__init__()
        full, half, quarter = widths
        wide = config.width + config.extra_width
        for level in (1, 2, 3):
            self.add_module(f"orb{level}", _OriginalResolutionBlock(wide, activation, config.blocks))
        self.up_enc1 = _up(half, full)
        self.up_dec1 = _up(half, full)
        self.up_enc2 = nn.Sequential(_up(quarter, half), _up(half, full))
        self.up_dec2 = nn.Sequential(_up(quarter, half), _up(half, full))
        for source in ("enc", "dec"):
            for level in (1, 2, 3):
                self.add_module(f"conv_{source}{level}", _conv(full, wide, 1))

    def forward(self, x: Tensor, encoded: Levels, decoded: Levels) -> Tensor:
        encoded = (encoded[0], self.up_enc1(encoded[1]), self.up_enc2(encoded[2]))
        decoded = (decoded[0], self.up_dec1(decoded[1]), self.up_dec2(decoded[2]))
        for level in (1, 2, 3):
            block, from_encoder, from_decoder = (
                self.get_submodule(f"{name}{level}") for name in ("orb", "conv_enc", "conv_dec")
            )
            x = block(x) + from_encoder(encoded[level - 1]) + from_decoder(decoded[level - 1])
        return x


class MPRNet(nn.Module):
    """Multi-stage progressive restoration network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8.

    The first stage processes quarters of the image, the second its top and bottom halves, the third the whole. The
    patches of a stage are one batch.
    """

    def __init__(self, config: MPRNetConfig) -> None:
        super().__init__()
        width, step = config.width, config.width_step
        widths = (width, width + step, width + 2 * step)
        # All blocks share one scalar, which the official state dict holds under the key of every block.
        activation = nn.PReLU()
        for stage in (1, 2, 3):
            shallow = nn.Sequential(_conv(3, width, 3), ChannelAttentionBlock(width, activation))
            self.add_module(f"shallow_feat{stage}", shallow)
        self.stage1_encoder = _Encoder(widths, activation, fuses=False)
        self.stage1_decoder = _Decoder(widths, activation)
        self.stage2_encoder = _Encoder(widths, activation, fuses=True)
        self.stage2_decoder = _Decoder(widths, activation)
        self.stage3_orsnet = _OriginalResolutionNetwork(config, widths, activation)
        self.sam12 = SupervisedAttention(width, kernel_size=1, bias=False)
        self.sam23 = SupervisedAttention(width, kernel_size=1, bias=False)
        self.concat12 = _conv(2 * width, width, 3)
        self.concat23 = _conv(2 * width, width + config.extra_width, 3)
        self.tail = _conv(width + config.extra_width, 3, 3)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); return the last stage's image, not clamped."""
        return self.stages(image)[-1]

    def stages(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images (N, 3, H, W) of the first, second and third stage. The official network returns them in reverse."""
        halves = split_halves(image, 2)
        quarters = self.stage1_encoder(self._shallow(1, split_halves(halves, 3)))
        encoded = _joined(quarters, 3)
        decoded = self.stage1_decoder(encoded)
        attended, first = self.sam12(decoded[0], halves)

        x = self.concat12(torch.cat((self._shallow(2, halves), attended), 1))
        encoded = _joined(self.stage2_encoder(x, encoded, decoded), 2)
        decoded = self.stage2_decoder(encoded)
        attended, second = self.sam23(decoded[0], image)

        x = self.concat23(torch.cat((self._shallow(3, image), attended), 1))
        third = self.tail(self.stage3_orsnet(x, encoded, decoded)) + image
        return join_halves(first, 2), second, third

    def _shallow(self, stage: int, images: Tensor) -> Tensor:
        return self.get_submodule(f"shallow_feat{stage}")(images)


def _joined(levels: Levels, dimension: int) -> Levels:
    first, second, third = levels
    return join_halves(first, dimension), join_halves(second, dimension), join_halves(third, dimension)


_PAPER = Citation(
    (
        "Zamir, Syed Waqas",
        "Arora, Aditya",
        "Khan, Salman",
        "Hayat, Munawar",
        "Khan, Fahad Shahbaz",
        "Yang, Ming-Hsuan",
        "Shao, Ling",
    ),
    "Multi-Stage Progressive Image Restoration",
    "CVPR",
    2021,
    arxiv="2102.02808",
)
_LICENCE = "Academic Public License (non-commercial, share-alike), as the repository swz30/MPRNet says"
_SIZE = SizeRequirements(multiple_of=8, padding="reflect")
_NOTES = (
    (
        "The first stage restores quarters and the second halves, each with a channel attention of its own, so that "
        "tiles change the result."
    ),
    "torch.compile, bfloat16, float16 and channels_last work.",
)
_HI_DIFF = "https://github.com/zhengchen1999/HI-Diff/blob/a02d9ed2b2/figs/Tab-1.png (NeurIPS 2023, Table 2)"
_DGUNET = (
    "https://github.com/MC-E/Deep-Generalized-Unfolding-Networks-for-Image-Restoration/blob/6001665463/figs/t_rain.PNG"
)


def _checkpoint(name: str, trained_on: str, filename: str, file_id: str) -> Checkpoint:
    return Checkpoint(
        name=name,
        trained_on=trained_on,
        url="",
        filename=filename,
        licence=_LICENCE,
        by_hand=(
            f"Download {filename} from https://drive.google.com/file/d/{file_id}/view, linked in the README of "
            "swz30/MPRNet."
        ),
    )


def _published(protocol: str, source: str, rows: dict[str, tuple[float, float]]) -> tuple[PublishedResult, ...]:
    """Make the published results of `rows`: data set to PSNR and SSIM."""
    return tuple(
        PublishedResult(data, metric, value, protocol, source)
        for data, values in rows.items()
        for metric, value in zip(("psnr", "ssim"), values, strict=True)
    )


@register_model(
    ModelCard(
        name="mprnet-deblur",
        title="MPRNet",
        task="deblurring",
        family="MPRNet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(
            _checkpoint(
                "gopro",
                "GoPro (the same file is tested on GoPro, HIDE, RealBlur-R and RealBlur-J)",
                "model_deblurring.pth",
                "1QwQUVbk6YVOJViCsOKYNykCsdJSVGRtb",
            ),
        ),
        published=(
            *_published("gopro@1", _HI_DIFF, {"gopro": (32.66, 0.959), "hide": (30.96, 0.939)}),
            *_published("realblur@1", _HI_DIFF, {"realblur-r": (35.99, 0.952), "realblur-j": (28.70, 0.873)}),
        ),
        notes=_NOTES,
    )
)
def mprnet_deblur() -> nn.Module:
    """MPRNet for motion deblurring."""
    return MPRNet(DEBLURRING)


@register_model(
    ModelCard(
        name="mprnet-derain",
        title="MPRNet",
        task="deraining",
        family="MPRNet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(_checkpoint("rain13k", "Rain13K", "model_deraining.pth", "1O3WEJbcat7eTY6doXWeorAbQ1l_WmMnM"),),
        published=_published(
            "rain13k@1",
            _DGUNET,
            {
                "test100": (30.27, 0.897),
                "rain100h": (30.41, 0.890),
                "rain100l": (36.40, 0.965),
                "test2800": (33.64, 0.938),
                "test1200": (32.91, 0.916),
            },
        ),
        notes=_NOTES,
    )
)
def mprnet_derain() -> nn.Module:
    """MPRNet for deraining: the same network, narrower."""
    return MPRNet(DERAINING)


@register_model(
    ModelCard(
        name="mprnet-nano",
        title="MPRNet-nano",
        task="restoration",
        family="MPRNet",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-even",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def mprnet_nano() -> nn.Module:
    """MPRNet with an eighth of the width and a quarter of the blocks of its third stage."""
    return MPRNet(NANO)
