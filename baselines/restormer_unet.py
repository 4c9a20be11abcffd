"""Restormer's U-net around blocks of any kind (arXiv 2111.09881, figure 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from .blocks import shuffle_up, under, unshuffle_down

__all__ = ["RestormerUNet"]


class RestormerUNet(nn.Module):
    """Four levels of blocks with concatenated skips, and a global residual; registered in the official order.

    Args:
        width: channels at full resolution, doubled at each of the three lower levels.
        blocks: blocks per level, in both encoder and decoder; the last level is the bottleneck.
        refinement_blocks: blocks after the decoder, at full resolution.
        block: builds one block from its channels and its level, 0 at full resolution.
        extra: further modules of a network that builds on this one, which its checkpoints list after the embedding.
    """

    def __init__(
        self,
        width: int,
        blocks: tuple[int, int, int, int],
        refinement_blocks: int,
        block: Callable[[int, int], nn.Module],
        extra: Mapping[str, nn.Module] | None = None,
    ) -> None:
        super().__init__()

        def stack(channels: int, level: int, count: int) -> nn.Sequential:
            return nn.Sequential(*(block(channels, level) for _ in range(count)))

        encoders = [stack(width << level, level, count) for level, count in enumerate(blocks)]
        self.patch_embed = under("proj", nn.Conv2d(3, width, 3, padding=1, bias=False))
        for name, module in (extra or {}).items():
            self.add_module(name, module)
        self.encoder_level1 = encoders[0]
        self.down1_2 = under("body", unshuffle_down(width, 3))
        self.encoder_level2 = encoders[1]
        self.down2_3 = under("body", unshuffle_down(2 * width, 3))
        self.encoder_level3 = encoders[2]
        self.down3_4 = under("body", unshuffle_down(4 * width, 3))
        self.latent = encoders[3]
        self.up4_3 = under("body", shuffle_up(8 * width, 3))
        self.reduce_chan_level3 = nn.Conv2d(8 * width, 4 * width, 1, bias=False)
        self.decoder_level3 = stack(4 * width, 2, blocks[2])
        self.up3_2 = under("body", shuffle_up(4 * width, 3))
        self.reduce_chan_level2 = nn.Conv2d(4 * width, 2 * width, 1, bias=False)
        self.decoder_level2 = stack(2 * width, 1, blocks[1])
        self.up2_1 = under("body", shuffle_up(2 * width, 3))
        # At full resolution the concatenated features are not reduced: twice the width, with the blocks of level 0.
        self.decoder_level1 = stack(2 * width, 0, blocks[0])
        self.refinement = stack(2 * width, 0, refinement_blocks)
        self.output = nn.Conv2d(2 * width, 3, 3, padding=1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W) RGB in [0, 1]; H and W must be multiples of 8. The output is not clamped."""
        skip1 = self.encoder_level1(self.embed(image))
        skip2 = self.encoder_level2(self.down1_2(skip1))
        skip3 = self.encoder_level3(self.down2_3(skip2))
        x = self.between_levels(self.latent(self.down3_4(skip3)), image, 3)
        x = self.decoder_level3(self.reduce_chan_level3(torch.cat((self.up4_3(x), skip3), 1)))
        x = self.between_levels(x, image, 2)
        x = self.decoder_level2(self.reduce_chan_level2(torch.cat((self.up3_2(x), skip2), 1)))
        x = self.between_levels(x, image, 1)
        x = self.decoder_level1(torch.cat((self.up2_1(x), skip1), 1))
        return self.output(self.refinement(x)) + image

    def embed(self, image: Tensor) -> Tensor:
        """Map (N, 3, H, W) to the features (N, width, H, W) that the encoder begins with."""
        return self.patch_embed(image)

    def between_levels(self, x: Tensor, image: Tensor, level: int) -> Tensor:
        """Change the features (N, C, H / 2^level, W / 2^level) before they go up a level; here, return them."""
        del image, level
        return x
