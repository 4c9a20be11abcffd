"""PromptIR: a Restormer whose decoder is conditioned on learned prompts of the degradation (NeurIPS 2023).

Potlapalli, Zamir, Khan, Khan, "PromptIR: Prompting for All-in-One Image Restoration", arXiv 2306.13090. State-dict
keys are those of the official checkpoint, those of layers without influence included.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .blocks import shuffle_up, under, unshuffle_down
from .transposed_attention import TransformerBlock

__all__ = ["PromptIR", "PromptIRConfig", "promptir", "promptir_nano"]

PROMPTS = 5
"""Stored prompts per level, mixed for each image."""

PROMPT_HEADS = 4
"""Attention heads of the block after each prompt, at every level."""


@dataclass(frozen=True, slots=True)
class PromptIRConfig:
    """Sizes of the network; the defaults are the published ones, and the official code allows no other widths."""

    width: int = 48
    """Channels at full resolution, doubled at each of the three lower levels."""

    prompts: tuple[int, int, int] = (64, 128, 320)
    """Channels of the prompts at a half, a quarter and an eighth of the resolution."""

    prompt_sides: tuple[int, int, int] = (64, 32, 16)
    """Height and width of the stored prompts, which are resized to the features."""

    blocks: tuple[int, int, int, int] = (4, 6, 6, 8)
    """Transformer blocks per level, in both encoder and decoder; the last level is the bottleneck."""

    refinement_blocks: int = 4
    heads: tuple[int, int, int, int] = (1, 2, 4, 8)


NANO = PromptIRConfig(width=8, prompts=(12, 24, 56), prompt_sides=(16, 8, 4), blocks=(1, 1, 1, 2), refinement_blocks=1)
"""A preset by this project, for tests and laptops."""


class Prompt(nn.Module):
    """Prompt generation (section 3.1.1): a mixture of stored prompts whose weights depend on the features.

    Args:
        channels: channels of the features.
        width: channels of the prompts.
        side: height and width of the stored prompts.
    """

    def __init__(self, channels: int, width: int, side: int) -> None:
        super().__init__()
        self.prompt_param = nn.Parameter(torch.rand(1, PROMPTS, width, side, side))
        self.linear_layer = nn.Linear(channels, PROMPTS)
        self.conv3x3 = nn.Conv2d(width, width, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map features (N, channels, H, W) to their prompt (N, width, H, W)."""
        weights = self.linear_layer(x.mean((2, 3))).softmax(1)
        mixture = (weights[:, :, None, None, None] * self.prompt_param).sum(1)
        return self.conv3x3(functional.interpolate(mixture, x.shape[2:], mode="bilinear", align_corners=False))


class PromptIR(nn.Module):
    """The PromptIR network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8. The output is not clamped."""

    def __init__(self, config: PromptIRConfig) -> None:
        super().__init__()
        width, blocks, heads = config.width, config.blocks, config.heads
        prompt1, prompt2, prompt3 = config.prompts
        reduced3 = prompt3 * 4 // 5

        def stack(channels: int, heads: int, count: int) -> nn.Sequential:
            return nn.Sequential(*(TransformerBlock(channels, heads) for _ in range(count)))

        def pointwise(channels_in: int, channels_out: int) -> nn.Conv2d:
            return nn.Conv2d(channels_in, channels_out, 1, bias=False)

        self.patch_embed = under("proj", nn.Conv2d(3, width, 3, padding=1, bias=False))
        self.prompt1 = Prompt(2 * width, prompt1, config.prompt_sides[0])
        self.prompt2 = Prompt(4 * width, prompt2, config.prompt_sides[1])
        self.prompt3 = Prompt(8 * width, prompt3, config.prompt_sides[2])
        # The six layers `chnl_reduce` and `reduce_noise_channel` are in the checkpoint, but nothing uses them.
        self.chnl_reduce1 = pointwise(prompt1, prompt1)
        self.chnl_reduce2 = pointwise(prompt2, prompt2)
        self.chnl_reduce3 = pointwise(prompt3, reduced3)
        self.reduce_noise_channel_1 = pointwise(width + prompt1, width)
        self.encoder_level1 = stack(width, heads[0], blocks[0])
        self.down1_2 = under("body", unshuffle_down(width, 3))
        self.reduce_noise_channel_2 = pointwise(2 * width + prompt2, 2 * width)
        self.encoder_level2 = stack(2 * width, heads[1], blocks[1])
        self.down2_3 = under("body", unshuffle_down(2 * width, 3))
        self.reduce_noise_channel_3 = pointwise(4 * width + reduced3, 4 * width)
        self.encoder_level3 = stack(4 * width, heads[2], blocks[2])
        self.down3_4 = under("body", unshuffle_down(4 * width, 3))
        self.latent = stack(8 * width, heads[3], blocks[3])
        # The layer after the third prompt halves the channels, so that `up4_3` takes half as many as Restormer's.
        self.up4_3 = under("body", shuffle_up(4 * width, 3))
        self.reduce_chan_level3 = pointwise(6 * width, 4 * width)
        self.noise_level3 = TransformerBlock(8 * width + prompt3, PROMPT_HEADS)
        self.reduce_noise_level3 = pointwise(8 * width + prompt3, 4 * width)
        self.decoder_level3 = stack(4 * width, heads[2], blocks[2])
        self.up3_2 = under("body", shuffle_up(4 * width, 3))
        self.reduce_chan_level2 = pointwise(4 * width, 2 * width)
        self.noise_level2 = TransformerBlock(4 * width + prompt2, PROMPT_HEADS)
        self.reduce_noise_level2 = pointwise(4 * width + prompt2, 4 * width)
        self.decoder_level2 = stack(2 * width, heads[1], blocks[1])
        self.up2_1 = under("body", shuffle_up(2 * width, 3))
        self.noise_level1 = TransformerBlock(2 * width + prompt1, PROMPT_HEADS)
        self.reduce_noise_level1 = pointwise(2 * width + prompt1, 2 * width)
        self.decoder_level1 = stack(2 * width, heads[0], blocks[0])
        self.refinement = stack(2 * width, heads[0], config.refinement_blocks)
        self.output = nn.Conv2d(2 * width, 3, 3, padding=1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 8."""
        skip1 = self.encoder_level1(self.patch_embed(image))
        skip2 = self.encoder_level2(self.down1_2(skip1))
        skip3 = self.encoder_level3(self.down2_3(skip2))
        x = self.latent(self.down3_4(skip3))
        x = self.reduce_noise_level3(self.noise_level3(torch.cat((x, self.prompt3(x)), 1)))
        x = self.decoder_level3(self.reduce_chan_level3(torch.cat((self.up4_3(x), skip3), 1)))
        x = self.reduce_noise_level2(self.noise_level2(torch.cat((x, self.prompt2(x)), 1)))
        x = self.decoder_level2(self.reduce_chan_level2(torch.cat((self.up3_2(x), skip2), 1)))
        x = self.reduce_noise_level1(self.noise_level1(torch.cat((x, self.prompt1(x)), 1)))
        x = self.decoder_level1(torch.cat((self.up2_1(x), skip1), 1))
        return self.output(self.refinement(x)) + image


_PAPER = Citation(
    ("Potlapalli, Vaishnav", "Zamir, Syed Waqas", "Khan, Salman", "Khan, Fahad Shahbaz"),
    "PromptIR: Prompting for All-in-One Image Restoration",
    "NeurIPS",
    2023,
    arxiv="2306.13090",
)
_LICENCE = "Academic Public License (non-commercial, share-alike), as the repository va1shn9v/PromptIR says"
_SIZE = SizeRequirements(multiple_of=8, padding="reflect")
_EVOIR_README = "https://github.com/leonmakise/EvoIR/blob/15eef31462/README.md"


@register_model(
    ModelCard(
        name="promptir",
        title="PromptIR",
        task="restoration",
        family="PromptIR",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="truncate",
        checkpoints=(
            Checkpoint(
                name="all-in-one",
                trained_on="three tasks: denoising, deraining (Rain100L) and dehazing (SOTS) together",
                url="",
                filename="model.ckpt",
                licence=_LICENCE,
                by_hand=(
                    "Download model.ckpt from the releases of va1shn9v/PromptIR or from "
                    "https://drive.google.com/file/d/1j-b5Od70pGF7oaCqKAfUzmf-N-xEAjYl/view, linked in its README."
                ),
            ),
        ),
        published=(
            PublishedResult("rain100l", "psnr", 36.37, "promptir@1", _EVOIR_README),
            PublishedResult("rain100l", "ssim", 0.972, "promptir@1", _EVOIR_README),
        ),
        notes=(
            "The official test crops image and target centrally to multiples of 16; promptir@1 does so too.",
            "The 158 GMACs in papers count convolutions only; with the attention products it is 172.7 at 256x256.",
        ),
    )
)
def promptir() -> nn.Module:
    """PromptIR in its only published configuration."""
    return PromptIR(PromptIRConfig())


@register_model(
    ModelCard(
        name="promptir-nano",
        title="PromptIR-nano",
        task="restoration",
        family="PromptIR",
        citation=_PAPER,
        size=_SIZE,
        quantiser="truncate",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def promptir_nano() -> nn.Module:
    """PromptIR with a sixth of the width and few blocks."""
    return PromptIR(NANO)
