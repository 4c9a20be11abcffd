"""Ten networks that each do one thing that no model should, and the check that has to name it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class HiddenDropout(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return functional.dropout(images, 0.1)  # training=True is the default


class UnseededNoise(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        generator = torch.Generator()
        generator.seed()
        return images + 0.1 * torch.randn(images.shape, generator=generator)


class RunningMean(nn.Module):
    """Carries the mean of the images before into the next."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = None

    def forward(self, images: Tensor) -> Tensor:
        mean = images.mean()
        self.mean = mean if self.mean is None else 0.5 * (self.mean + mean)
        return images - mean + self.mean


class BatchStatistics(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images - images.mean((0, 2, 3), keepdim=True) + 0.5


class WritesInput(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        images.sub_(0.5)
        return images + 0.5


class ReusedBuffer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.buffer = None

    def forward(self, images: Tensor) -> Tensor:
        if self.buffer is None or self.buffer.shape != images.shape:
            self.buffer = torch.empty_like(images)
        return self.buffer.copy_(images)


class AlwaysTraining(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3, track_running_stats=False)

    def forward(self, images: Tensor) -> Tensor:
        return 0.5 + 0.2 * self.norm(images)


class EightBitValues(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images * 255


class BlueGreenRed(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images.flip(1)


class NeedsMultiplesOf8(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[-1] % 8 == images.shape[-2] % 8 == 0
        return images + 0


class KeepsEverything(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        self.features.append(images * 2)
        return images + 0


class ChangesDefaultDtype(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        torch.set_default_dtype(torch.float64)
        return images + 0


class ReturnsIntegers(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return (images * 255).to(torch.uint8)


class CountsCalls(nn.Module):
    """Another kind of state: an iterator."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = itertools.count()

    def forward(self, images: Tensor) -> Tensor:
        return images + 0.01 * next(self.calls)


BAD_MODELS: dict[Callable[[], nn.Module], tuple[str, str]] = {
    HiddenDropout: ("repeatability", "global generator of torch"),
    UnseededNoise: ("repeatability", "no seed reaches"),
    RunningMean: ("order", "carried from image to image"),
    CountsCalls: ("order", "carried from image to image"),
    BatchStatistics: ("batch", "batch dependence"),
    WritesInput: ("input", "in place"),
    ReusedBuffer: ("output memory", "overwrites"),
    AlwaysTraining: ("train mode", "BatchNorm2d norm"),
    EightBitValues: ("range", "0..255"),
    BlueGreenRed: ("channels", "BGR"),
    NeedsMultiplesOf8: ("sizes", "SizeRequirements(multiple_of=8)"),
    KeepsEverything: ("memory", "with every image"),
    ChangesDefaultDtype: ("process settings", "torch's default dtype"),
    ReturnsIntegers: ("output", "[output_range=0..255]"),
}
"""Network to the check that must fail and words of its reason."""
