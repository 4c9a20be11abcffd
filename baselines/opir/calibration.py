"""How well OPIR's uncertainty map predicts the error of its first stage."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from ...bench.contracts import ImagePair
from ...bench.models.functions import from_pixels
from ...bench.statistics.calibration import Calibration, calibrate
from .network import OPIR

__all__ = ["calibrate_uncertainty"]


@torch.inference_mode()
def calibrate_uncertainty(network: OPIR, pairs: Iterable[ImagePair], *, bins: int = 10) -> Calibration:
    """Compare the expected error of the first stage with its actual error, pixel by pixel, in bins.

    The actual error of a pixel is the mean absolute error of its colours, in the unit of images in [0, 1].

    Args:
        network: on any device; its option `task` holds for all images.
        pairs: images of any sizes.
        bins: number of bins.

    Raises:
        ImageError: an image cannot be read.
        UsageError: there are fewer pixels than bins.
    """
    device = next(network.parameters()).device
    predicted: list[torch.Tensor] = []
    actual: list[torch.Tensor] = []
    for pair in pairs:
        degraded, target = (from_pixels(source.read())[None].to(device) for source in (pair.degraded, pair.target))
        stages = network.stages(degraded)
        predicted.append(stages.expected_error.flatten().cpu())
        actual.append((stages.first - target).abs().mean(1).flatten().cpu())
    return calibrate(torch.cat(predicted).numpy(), torch.cat(actual).numpy(), bins=bins)
