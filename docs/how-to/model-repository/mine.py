"""A model of one file: a median filter whose result is mixed with its input."""

import torch
from torch import nn
from torch.nn import functional

STRENGTH = 0.5


class Mixed(nn.Module):
    """Maps (N, 3, H, W) RGB in [0, 1] to the same."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Restore a batch."""
        padded = functional.pad(images, (1, 1, 1, 1), mode="reflect")
        windows = padded.unfold(2, 3, 1).unfold(3, 3, 1).flatten(-2)
        return torch.lerp(images, windows.median(-1).values, STRENGTH)


def build() -> nn.Module:
    """Build the network."""
    return Mixed().eval()
