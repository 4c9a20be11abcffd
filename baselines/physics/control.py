"""The control for a physics layer: an ordinary convolution block of the same size, cost and receptive field."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..blocks import LayerNorm2d
from .layer import Front, front_convolution

__all__ = ["ConvolutionControl"]

ROUNDS = 5
"""The physics layer has five depthwise kernels per channel: two velocities, two diffusivities, a source."""


class ConvolutionControl(nn.Module):
    """A convolution block with the parameters and MACs of `AdvectionDiffusion`, but without physics.

    The same normalisation and front are followed by five residual steps h + depthwise3x3(GELU(h)), with the receptive
    field of five solver steps, and the same zero-initialised scale.

    Args:
        channels: C of input and output (N, C, H, W).
        front: as in `AdvectionDiffusion`.
    """

    cost_group = "control"
    starts_as_identity = True

    def __init__(self, channels: int, *, front: Front = "standard") -> None:
        super().__init__()
        self.norm = LayerNorm2d(channels, 1e-6)
        self.front = front_convolution(channels, front)
        self.rounds = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1, groups=channels) for _ in range(ROUNDS))
        self.scale = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape and dtype."""
        h = self.front(self.norm(x))
        for convolution in self.rounds:
            h = h + convolution(functional.gelu(h))
        return torch.addcmul(x, h.to(x.dtype), self.scale.to(x.dtype))
