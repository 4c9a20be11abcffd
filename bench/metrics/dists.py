"""DISTS, a learned distance of structure and texture that tolerates resampled texture.

Ding, Ma, Wang, Simoncelli, "Image Quality Assessment: Unifying Structure and Texture Similarity", IEEE TPAMI 44(5),
2022, as dingkeyan93/DISTS `DISTS_pytorch/DISTS_pt.py` (commit 1267d8cb, MIT) computes it. Its weights are in
`data/dists_alpha_beta.pt`; the VGG-16 under it is LPIPS's, which `restorebench fetch lpips-vgg` gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError
from .backbones import backbone_path, read_backbone
from .images import to_colour, to_unit
from .metric import Detailed

if TYPE_CHECKING:
    from torch import Tensor

    from .metric import Measure
    from .scored_pair import ScoredPair

__all__ = ["Dists", "load_dists", "prepare_dists"]

SMALLER_SIDE = 256
"""Pixels that the official script resizes the smaller side of larger images to; its class does not."""

_STAGES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
"""The convolutions of VGG-16 in each stage, by torchvision's numbers; behind each stage features are compared."""

_WIDTHS = (64, 128, 256, 512, 512)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_STABLE = 1e-6
_building = Lock()


@dataclass(frozen=True, slots=True)
class Dists:
    """The network and the weights of its features."""

    convolutions: tuple[tuple[tuple[Tensor, Tensor], ...], ...]
    """Weight and bias of each, stage by stage."""

    alpha: Tensor
    """(1475,): of the textures of every channel."""

    beta: Tensor
    """(1475,): of the structures; the sum of both is 1."""

    def distance(self, restored: Tensor, target: Tensor) -> float:
        """From 0 for identical images to 1.

        Args:
            restored: (1, 3, H, W) float32 RGB in [0, 1].
            target: the same.
        """
        import torch

        textures: list[Tensor] = []
        structures: list[Tensor] = []
        with torch.inference_mode():
            for x, y in zip(self._features(restored), self._features(target), strict=True):
                mean_x, mean_y = x.mean((2, 3), keepdim=True), y.mean((2, 3), keepdim=True)
                textures.append((2 * mean_x * mean_y + _STABLE) / (mean_x**2 + mean_y**2 + _STABLE))
                variances = ((x - mean_x) ** 2).mean((2, 3)) + ((y - mean_y) ** 2).mean((2, 3))
                covariance = (x * y).mean((2, 3)) - (mean_x * mean_y)[..., 0, 0]
                structures.append((2 * covariance + _STABLE) / (variances + _STABLE))
            texture = torch.cat([each.flatten() for each in textures])
            structure = torch.cat([each.flatten() for each in structures])
            return float(1 - (self.alpha * texture + self.beta * structure).sum())

    def _features(self, image: Tensor) -> Iterator[Tensor]:
        """The image itself, not normalised, and the five stages."""
        from torch.nn.functional import conv2d, relu

        yield image
        mean, deviation = (image.new_tensor(values).reshape(1, 3, 1, 1) for values in (_MEAN, _DEVIATION))
        stage = (image - mean) / deviation
        for number, convolutions in enumerate(self.convolutions):
            if number:
                stage = _pool(stage)
            for weight, bias in convolutions:
                stage = relu(conv2d(stage, weight, bias, padding=1))
            yield stage


def load_dists(path: Path | None = None) -> Dists:
    """The metric ready for several threads, built once per file.

    Args:
        path: the weights of VGG-16: torchvision's file, or one that holds only the `features.*` tensors. Default: where
            LPIPS looks for them.

    Raises:
        MetricUnavailableError: the weights are absent or not VGG-16's; the message names the command that gets them.
    """
    file = backbone_path("vgg") if path is None else path
    if not file.is_file():
        raise MetricUnavailableError(
            "DISTS needs the weights of VGG-16, which are not here: run `restorebench fetch lpips-vgg`."
        )
    with _building:
        return _build(file, file.stat().st_mtime_ns)


def prepare_dists(*, resized: bool) -> Measure:
    """The distance between restored image and target, as PSNR sees them.

    Args:
        resized: whether larger images are first resized to a smaller side of 256 pixels, as by the official script.

    Raises:
        MetricUnavailableError: the weights are absent.
    """
    network = load_dists()

    def measure(pair: ScoredPair) -> Detailed:
        images = [to_colour(image) for image in (pair.scored, pair.target)]
        details: dict[str, int | str] = {}
        if resized and min(images[1].shape[:2]) > SMALLER_SIDE:
            images = [_resize(image) for image in images]
            details["resized_to"] = f"{images[1].shape[0]}x{images[1].shape[1]}"
        return Detailed(network.distance(*(_as_tensor(image) for image in images)), details)

    return measure


def _pool(features: Tensor) -> Tensor:
    """Root of the weighted mean of squares, 3x3 [1 2 1] window, stride 2, instead of the maximum."""
    from torch.nn.functional import conv2d

    taps = features.new_tensor((1.0, 2.0, 1.0))
    window = (taps[:, None] * taps / 16).expand(features.shape[1], 1, 3, 3)
    squares = conv2d(features**2, window, stride=2, padding=1, groups=features.shape[1])
    return (squares + 1e-12).sqrt()


def _resize(image: NDArray[Any]) -> NDArray[np.uint8]:
    """As torchvision resizes a PIL image: bilinear with antialiasing, the longer side truncated to whole pixels."""
    from PIL import Image

    from .quantise import quantise

    height, width = image.shape[:2]
    short = min(height, width)
    size = (width * SMALLER_SIDE // short, height * SMALLER_SIDE // short)
    eight_bit = image if image.dtype == np.uint8 else quantise(image, "half-even")
    return np.asarray(Image.fromarray(eight_bit).resize(size, Image.Resampling.BILINEAR), np.uint8)


def _as_tensor(image: NDArray[Any]) -> Tensor:
    import torch

    planes = np.ascontiguousarray(np.moveaxis(to_unit(image), -1, 0))
    return torch.from_numpy(planes)[None]  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open


@cache
def _build(file: Path, modified: int) -> Dists:  # noqa: ARG001 -- a changed file is another key
    import torch

    shapes: dict[str, tuple[int, ...]] = {}
    width = 3
    for stage, wider in zip(_STAGES, _WIDTHS, strict=True):
        for number in stage:
            shapes |= {f"features.{number}.weight": (wider, width, 3, 3), f"features.{number}.bias": (wider,)}
            width = wider
    weights = read_backbone("vgg", file, shapes)
    with (files("restorebench.bench.metrics") / "data" / "dists_alpha_beta.pt").open("rb") as stored:
        terms = cast("dict[str, Tensor]", torch.load(stored, weights_only=True))
    total = terms["alpha"].sum() + terms["beta"].sum()
    return Dists(
        tuple(
            tuple((weights[f"features.{number}.weight"], weights[f"features.{number}.bias"]) for number in stage)
            for stage in _STAGES
        ),
        (terms["alpha"] / total).flatten(),
        (terms["beta"] / total).flatten(),
    )
