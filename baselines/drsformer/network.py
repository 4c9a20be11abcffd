"""The network of DRSformer: Restormer's U-net around other blocks."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..restormer_unet import RestormerUNet
from .attention import SparseTransformerBlock
from .experts import MixtureOfExperts

__all__ = ["DRSformer", "DRSformerConfig"]


@dataclass(frozen=True, slots=True)
class DRSformerConfig:
    """Sizes of the network; the defaults are the official configuration."""

    width: int = 48
    """Channels at full resolution, doubled at each of the three lower levels."""

    blocks: tuple[int, int, int, int] = (4, 6, 6, 8)
    """Transformer blocks per level, in both encoder and decoder; the last level is the bottleneck."""

    heads: tuple[int, int, int, int] = (1, 2, 4, 8)
    expansion: float = 2.66
    """Ratio of hidden channels to channels in the feed-forward network; the product is truncated."""

    experts: bool = True
    """Whether a mixture of experts precedes the encoder and another one follows the decoder."""


class DRSformer(RestormerUNet):
    """The DRSformer network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 8. The output is not clamped."""

    def __init__(self, config: DRSformerConfig) -> None:
        def block(channels: int, level: int) -> SparseTransformerBlock:
            return SparseTransformerBlock(channels, config.heads[level], config.expansion)

        first = {"encoder_level0": MixtureOfExperts(config.width)} if config.experts else None
        super().__init__(config.width, config.blocks, 0, block, first)
        self.experts = config.experts
        if config.experts:
            self.add_module("refinement", MixtureOfExperts(2 * config.width))

    def embed(self, image: Tensor) -> Tensor:
        """Map (N, 3, H, W) to features, with the first mixture of experts where there is one."""
        features = super().embed(image)
        return self.get_submodule("encoder_level0")(features) if self.experts else features
