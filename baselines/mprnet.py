"""MPRNet: three stages that restore quarters, halves and the whole image.

Zamir, Arora, Khan, Hayat, Khan, Yang, Shao, "Multi-Stage Progressive Image Restoration", CVPR 2021, arXiv 2102.02808.
State-dict keys are those of the official checkpoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..bench.contracts import Checkpoint, Citation, ModelCard, SizeRequirements
from ..bench.models.entries import register_model
from .blocks import SupervisedAttention, join_halves, split_halves
from .card_parts import HI_DIFF, on_google_drive, psnr_and_ssim
from .mprnet_stages import (
    ChannelAttentionBlock,
    OriginalResolutionNetwork,
    StageDecoder,
    StageEncoder,
    conv,
    join_levels,
)

__all__ = ["MPRNet", "MPRNetConfig", "mprnet_deblur", "mprnet_derain", "mprnet_nano"]


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


class MPRNet(nn.Module):
    """Multi-stage progressive restoration network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8.

    The first stage processes quarters of the image, the second its top and bottom halves, the third the whole. The
    patches of a stage are one batch.
    """

    def __init__(self, config: MPRNetConfig) -> None:
        super().__init__()
        width, step = config.width, config.width_step
        widths = (width, width + step, width + 2 * step)
        wide = width + config.extra_width
        # All blocks share one scalar, which the official state dict holds under the key of every block.
        activation = nn.PReLU()
        for stage in (1, 2, 3):
            shallow = nn.Sequential(conv(3, width, 3), ChannelAttentionBlock(width, activation))
            self.add_module(f"shallow_feat{stage}", shallow)
        self.stage1_encoder = StageEncoder(widths, activation, fuses=False)
        self.stage1_decoder = StageDecoder(widths, activation)
        self.stage2_encoder = StageEncoder(widths, activation, fuses=True)
        self.stage2_decoder = StageDecoder(widths, activation)
        self.stage3_orsnet = OriginalResolutionNetwork(wide, widths, activation, blocks=config.blocks)
        self.sam12 = SupervisedAttention(width, kernel_size=1, bias=False)
        self.sam23 = SupervisedAttention(width, kernel_size=1, bias=False)
        self.concat12 = conv(2 * width, width, 3)
        self.concat23 = conv(2 * width, wide, 3)
        self.tail = conv(wide, 3, 3)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); return the last stage's image, not clamped."""
        return self.stages(image)[-1]

    def stages(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images (N, 3, H, W) of the first, second and third stage. The official network returns them in reverse."""
        halves = split_halves(image, 2)
        quarters = self.stage1_encoder(self._shallow(1, split_halves(halves, 3)))
        encoded = join_levels(quarters, 3)
        decoded = self.stage1_decoder(encoded)
        attended, first = self.sam12(decoded[0], halves)

        x = self.concat12(torch.cat((self._shallow(2, halves), attended), 1))
        encoded = join_levels(self.stage2_encoder(x, encoded, decoded), 2)
        decoded = self.stage2_decoder(encoded)
        attended, second = self.sam23(decoded[0], image)

        x = self.concat23(torch.cat((self._shallow(3, image), attended), 1))
        third = self.tail(self.stage3_orsnet(x, encoded, decoded)) + image
        return join_halves(first, 2), second, third

    def _shallow(self, stage: int, images: Tensor) -> Tensor:
        return self.get_submodule(f"shallow_feat{stage}")(images)


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
_DGUNET = (
    "https://github.com/MC-E/Deep-Generalized-Unfolding-Networks-for-Image-Restoration/blob/6001665463/figs/t_rain.PNG"
)


def _checkpoint(name: str, trained_on: str, filename: str, file_id: str) -> Checkpoint:
    return on_google_drive(name, trained_on, filename, file_id=file_id, repository="swz30/MPRNet", licence=_LICENCE)


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
            *psnr_and_ssim("gopro@1", HI_DIFF, {"gopro": (32.66, 0.959), "hide": (30.96, 0.939)}),
            *psnr_and_ssim("realblur@1", HI_DIFF, {"realblur-r": (35.99, 0.952), "realblur-j": (28.70, 0.873)}),
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
        published=psnr_and_ssim(
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
