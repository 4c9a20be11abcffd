"""A model to begin with: it sharpens a little. Put your own network in its place."""

import torch
from torch import nn
from torch.nn import functional


class Mine(nn.Module):
    """Take and return float32 images of shape (N, 3, H, W), RGB, from 0 to 1; any height and width."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Restore the images."""
        blurred = functional.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
        return (images + 0.2 * (images - blurred)).clamp(0, 1)


def build() -> nn.Module:
    """Make the model; with arguments, they are options: ./mine.py:build[width=32]."""
    model = Mine()
    # model.load_state_dict(torch.load("weights.pth", weights_only=True))
    return model.eval()
