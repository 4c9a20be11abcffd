"""Normalisations by the statistics of the picture at hand, as DeblurGAN-v2 uses them for inference too.

The official code never leaves training mode, so that the running averages of its checkpoints have no influence. Here,
evaluation mode normalises each picture by itself, which for one picture is the same and makes a batch no mixture.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["PictureBatchNorm2d", "PictureInstanceNorm2d"]


class PictureBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation in training; in evaluation, each picture by its own mean and variance."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name in torch
        """Normalise (N, C, H, W); H * W must be more than 1."""
        if self.training:
            return super().forward(input)
        return functional.instance_norm(input, weight=self.weight, bias=self.bias, eps=self.eps)


class PictureInstanceNorm2d(nn.InstanceNorm2d):
    """Instance normalisation that keeps running averages, as the checkpoints do, but never uses them."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, affine=False, track_running_stats=True)  # pyright: ignore[reportUnknownMemberType] - torch's `device` is not typed

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name in torch
        """Normalise (N, C, H, W); H * W must be more than 1."""
        if self.training:
            return super().forward(input)
        return functional.instance_norm(input, eps=self.eps)
