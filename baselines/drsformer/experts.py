"""The mixture of experts of DRSformer: eight convolutions and poolings, weighted by what the image looks like."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["MixtureOfExperts", "Selector"]

STEPS = 4
OPERATIONS = 8
HIDDEN = 64


def _separable(channels: int, kernel_size: int) -> nn.Sequential:
    def depthwise() -> nn.Conv2d:
        return nn.Conv2d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels, bias=False)

    def pointwise() -> nn.Conv2d:
        return nn.Conv2d(channels, channels, 1, bias=False)

    return nn.Sequential(depthwise(), pointwise(), nn.ReLU(), depthwise(), pointwise())


def _dilated(channels: int, kernel_size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, kernel_size, padding=kernel_size - 1, dilation=2, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
    )


class _Expert(nn.Module):
    """One operation under the official key `op`."""

    def __init__(self, operation: nn.Sequential) -> None:
        super().__init__()
        self.op = operation

    def forward(self, x: Tensor) -> Tensor:
        return self.op(x)


class _Step(nn.Module):
    """All operations side by side, each scaled by its weight, then mixed by a 1x1 convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        operations: list[nn.Module] = [_Expert(_separable(channels, size)) for size in (1, 3, 5, 7)]
        operations += [_Expert(_dilated(channels, size)) for size in (3, 5, 7)]
        operations.append(nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False))
        self._ops = nn.ModuleList(operations)
        self._out = nn.Sequential(nn.Conv2d(OPERATIONS * channels, channels, 1, bias=False), nn.ReLU())

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """Map (N, C, H, W) with weights (N, 8) to the same shape."""
        scaled = [
            operation(x) * weight.view(-1, 1, 1, 1)
            for operation, weight in zip(self._ops, weights.unbind(1), strict=True)
        ]
        return self._out(torch.cat(scaled, 1))


class Selector(nn.Module):
    """Weights of the operations in every step, inferred from the means of the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ca_fc = nn.Sequential(nn.Linear(channels, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, STEPS * OPERATIONS))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, steps, operations); the weights of a step sum to 1."""
        return self.ca_fc(x.mean((2, 3))).unflatten(1, (STEPS, -1)).softmax(-1)


class _Steps(nn.Module):
    """The steps one after the other, each with a residual connection."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.preprocess = _Expert(nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.ReLU()))
        self._ops = nn.ModuleList(_Step(channels) for _ in range(STEPS))

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        x = self.preprocess(x)
        for step, chosen in zip(self._ops, weights.unbind(1), strict=True):
            x = functional.relu(step(x, chosen) + x)
        return x


class MixtureOfExperts(nn.Module):
    """Mixture of experts feature compensator: four steps of eight weighted operations."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList((Selector(channels), _Steps(channels)))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        selector, steps = self.layers
        return steps(x, selector(x))
