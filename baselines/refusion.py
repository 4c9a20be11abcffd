"""The noise predictor of Refusion: NAFNet's U-net conditioned on time (Luo et al., CVPR workshops 2023)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import GainLayerNorm2d, SimpleGate, TimeEmbedding
from .nafnet import NAFLayers, NAFNetConfig, NAFUNet

__all__ = ["ConditionalNAFNet"]


class ConditionalNAFBlock(NAFLayers):
    """A NAF block whose normalised features are shifted and scaled by the time.

    Args:
        channels: channels of input and output.
        time: length of the time features.
    """

    def __init__(self, channels: int, time: int) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.mlp = nn.Sequential(SimpleGate(), nn.Linear(time // 2, 4 * channels))
        self.add_layers(channels, None, GainLayerNorm2d)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map (N, C, H, W) and (1 or N, time) to (N, C, H, W)."""
        shift1, scale1, shift2, scale2 = self.mlp(time)[..., None, None].chunk(4, 1)
        x = torch.addcmul(x, self.spatial(torch.addcmul(shift1, self.norm1(x), scale1 + 1)), self.beta)
        return torch.addcmul(x, self.channel(torch.addcmul(shift2, self.norm2(x), scale2 + 1)), self.gamma)


class ConditionalNAFNet(NAFUNet):
    """Predictor of the noise from the state, the degraded image and the time (arXiv 2304.08291, section 3).

    Args:
        layout: width and numbers of blocks; officially those of NAFNet's GoPro model with width 64.
    """

    def __init__(self, layout: NAFNetConfig | None = None) -> None:
        super().__init__()
        layout = layout or NAFNetConfig(64)
        width = layout.width
        self.time_mlp = nn.Sequential(
            TimeEmbedding(width), nn.Linear(width, 8 * width), SimpleGate(), nn.Linear(4 * width, 4 * width)
        )
        self.add_unet(layout, channels_in=6, block=lambda channels, _: ConditionalNAFBlock(channels, 4 * width))

    def forward(self, x: Tensor, degraded: Tensor, t: Tensor | float) -> Tensor:
        """Predict the noise in the state `x` (N, 3, H, W) of any size.

        Args:
            x: the state at time `t`.
            degraded: the degraded image, of the same shape.
            t: time from 1 to T, for the whole batch, or (N,).
        """
        times = torch.as_tensor(t, dtype=torch.float32, device=x.device).reshape(-1)
        embedding, *layers = self.time_mlp
        time = embedding(times).to(x.dtype)
        for layer in layers:
            time = layer(time)
        return self.apply_unet(torch.cat((x - degraded, degraded), 1), time)
