"""The U-Nets of IR-SDE, which predict the noise from the state, the time and, but for denoising, the degraded image."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..blocks import GainLayerNorm2d, TimeEmbedding, pad_to_multiple, under

__all__ = ["ConditionalUNet", "DenoisingUNet"]


class _Convolution(nn.Module):
    """A 3x3 convolution without bias, under the checkpoint's key `proj`, followed by SiLU."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels_in, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None) -> Tensor:
        x = self.proj(x)
        if scale is not None and shift is not None:
            x = torch.addcmul(shift, x, scale + 1)
        return functional.silu(x, inplace=not torch.is_grad_enabled())


class ResidualBlock(nn.Module):
    """Residual block of two convolutions; the time scales and shifts the features after the first."""

    def __init__(self, channels_in: int, channels: int, time_channels: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_channels, 2 * channels))
        self.block1 = _Convolution(channels_in, channels)
        self.block2 = _Convolution(channels, channels)
        same = channels_in == channels
        self.res_conv = nn.Identity() if same else nn.Conv2d(channels_in, channels, 1, bias=False)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Map (N, C_in, H, W) and time features (N, D) to (N, C, H, W)."""
        scale, shift = self.mlp(time)[:, :, None, None].chunk(2, dim=1)
        return self.block2(self.block1(x, scale, shift)) + self.res_conv(x)


class LinearAttention(nn.Module):
    """Linear attention: softmax of queries over channels and of keys over pixels, then two products."""

    def __init__(self, channels: int, heads: int, head_channels: int) -> None:
        super().__init__()
        self.heads = heads
        hidden = heads * head_channels
        self.to_qkv = nn.Conv2d(channels, 3 * hidden, 1, bias=False)
        self.to_out = nn.Sequential(nn.Conv2d(hidden, channels, 1), GainLayerNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        pixels = x.shape[-2] * x.shape[-1]
        query, key, value = self.to_qkv(x).flatten(2).unflatten(1, (3, self.heads, -1)).unbind(1)
        context = value @ key.softmax(-1).transpose(-2, -1)
        # The scale factors of query and value are applied to the small matrix between them.
        attended = (context * (query.shape[2] ** -0.5 / pixels)) @ query.softmax(-2)
        return self.to_out(attended.flatten(1, 2).unflatten(-1, x.shape[-2:]))


class _Normalised(nn.Module):
    """Pre-norm attention under the checkpoint's keys `fn` and `norm`."""

    def __init__(self, channels: int, heads: int, head_channels: int) -> None:
        super().__init__()
        self.fn = LinearAttention(channels, heads, head_channels)
        self.norm = GainLayerNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.fn(self.norm(x))


class _Level(nn.ModuleList):
    """Two residual blocks, an attention and a resampling, under the checkpoint's keys 0 to 3."""

    def __init__(
        self, channels_in: int, channels: int, time_channels: int, heads: tuple[int, int], resample: nn.Module
    ) -> None:
        blocks = [ResidualBlock(channels_in, channels, time_channels) for _ in range(2)]
        super().__init__([*blocks, under("fn", _Normalised(channels, *heads)), resample])


class _Down(_Level):
    """Encoder level, which pushes the features of both blocks on the stack of skips."""

    def forward(self, x: Tensor, time: Tensor, skips: list[Tensor]) -> Tensor:
        block1, block2, attention, resample = self
        x = block1(x, time)
        skips.append(x)
        x = block2(x, time)
        x = x + attention(x)
        skips.append(x)
        return resample(x)


class _Up(_Level):
    """Decoder level, which pops two features from the stack of skips."""

    def forward(self, x: Tensor, time: Tensor, skips: list[Tensor]) -> Tensor:
        block1, block2, attention, resample = self
        x = block1(torch.cat((x, skips.pop()), 1), time)
        x = block2(torch.cat((x, skips.pop()), 1), time)
        return resample(x + attention(x))


class _TimedUNet(nn.Module):
    """The U-Net on any number of input channels.

    Args:
        channels: channels of the input.
        width: channels at full resolution, doubled at each level.
        depth: number of levels. The last does not halve the resolution, but the padding assumes that it does.
        heads: heads of each attention.
        head_channels: channels per head, at every level.
    """

    def __init__(self, channels: int, width: int, depth: int, heads: int, head_channels: int) -> None:
        super().__init__()
        self.multiple = 2**depth
        time = 4 * width
        attention = (heads, head_channels)
        self.init_conv = nn.Conv2d(channels, width, 7, padding=3, bias=False)
        self.time_mlp = nn.Sequential(TimeEmbedding(width), nn.Linear(width, time), nn.GELU(), nn.Linear(time, time))
        self.downs = nn.ModuleList()
        self.ups = nn.ModuleList()
        for level in range(depth):
            upper, lower = width * 2**level, width * 2 ** (level + 1)
            down = _conv3(upper, lower) if level == depth - 1 else nn.Conv2d(upper, lower, 4, stride=2, padding=1)
            up = _conv3(lower, upper) if level == 0 else _up(lower, upper)
            self.downs.append(_Down(upper, upper, time, attention, down))
            self.ups.insert(0, _Up(upper + lower, lower, time, attention, up))
        bottom = width * 2**depth
        self.mid_block1 = ResidualBlock(bottom, bottom, time)
        self.mid_attn = under("fn", _Normalised(bottom, *attention))
        self.mid_block2 = ResidualBlock(bottom, bottom, time)
        self.final_res_block = ResidualBlock(2 * width, width, time)
        self.final_conv = nn.Conv2d(width, 3, 3, padding=1)

    def _predict(self, inputs: Tensor, t: Tensor | float) -> Tensor:
        height, width = inputs.shape[-2:]
        padded = pad_to_multiple(inputs, self.multiple, "reflect")
        time = self._time_features(t, padded)
        first = features = self.init_conv(padded)
        skips: list[Tensor] = []
        for level in self.downs:
            features = level(features, time, skips)
        features = self.mid_block1(features, time)
        features = self.mid_block2(features + self.mid_attn(features), time)
        for level in self.ups:
            features = level(features, time, skips)
        features = self.final_res_block(torch.cat((features, first), 1), time)
        return self.final_conv(features)[..., :height, :width]

    def _time_features(self, t: Tensor | float, like: Tensor) -> Tensor:
        times = torch.as_tensor(t, dtype=torch.float32, device=like.device).reshape(-1)
        embedding, *layers = self.time_mlp
        features = embedding(times).to(like.dtype)
        for layer in layers:
            features = layer(features)
        return features


class ConditionalUNet(_TimedUNet):
    """Predictor of the noise in x_t (N, 3, H, W), given a degraded image of the same shape.

    H and W must be larger than the internal reflection padding to a multiple of 2^depth.

    Args:
        width: channels at full resolution, doubled at each level.
        depth: number of levels. The last does not halve the resolution, but the padding assumes that it does.
        heads: heads of each attention.
        head_channels: channels per head, at every level.
    """

    def __init__(self, *, width: int = 64, depth: int = 4, heads: int = 4, head_channels: int = 32) -> None:
        super().__init__(6, width, depth, heads, head_channels)

    def forward(self, x: Tensor, degraded: Tensor, t: Tensor | float) -> Tensor:
        """Predict the noise in `x` (N, 3, H, W) at time `t`, one number or (N,)."""
        return self._predict(torch.cat((x - degraded, degraded), 1), t)


class DenoisingUNet(_TimedUNet):
    """Predictor of the noise in x_t (N, 3, H, W) of a denoising process, whose degraded image is a state of itself.

    Arguments are those of `ConditionalUNet`.
    """

    def __init__(self, *, width: int = 64, depth: int = 4, heads: int = 4, head_channels: int = 32) -> None:
        super().__init__(3, width, depth, heads, head_channels)

    def forward(self, x: Tensor, t: Tensor | float) -> Tensor:
        """Predict the noise in `x` (N, 3, H, W) at time `t`, one number or (N,)."""
        return self._predict(x, t)


def _conv3(channels_in: int, channels: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels, 3, padding=1, bias=False)


def _up(channels_in: int, channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(channels_in, channels, 3, padding=1))
