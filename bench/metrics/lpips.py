"""LPIPS, the learned perceptual distance, through the authors' `lpips` package and without its downloads.

Zhang, Isola, Efros, Shechtman, Wang, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
CVPR 2018; linear weights v0.1. The linear weights come with the package; the ImageNet backbone is torchvision's file,
which `restorebench fetch lpips-alex` puts where torchvision looks for it.

Nearly all of the time goes into the convolutions. They run with the channels of a pixel side by side in memory, where
pooling is ten times as fast and SqueezeNet twice; and each image goes through them once, a target once for all
protocols and, as far as memory allows, for all models.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError
from .backbones import BACKBONES, Backbone, LpipsNet, backbone_path, read_backbone, torch_checkpoints
from .images import COLOUR_NDIM, to_unit

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .kept_features import Features
    from .metric import Measure
    from .scored_pair import ScoredPair

    class _Weighted(Protocol):
        """A layer of `lpips.LPIPS` that weighs the channels: dropout, which does nothing here, and a convolution."""

        model: Sequence[nn.Conv2d]

    class _Package(Protocol):
        """The parts of `lpips.LPIPS` that its `forward` is made of."""

        scaling_layer: Callable[[Tensor], Tensor]
        net: Callable[[Tensor], Sequence[Tensor]]
        lins: Sequence[_Weighted]


__all__ = [
    "BACKBONES",
    "Backbone",
    "LpipsImage",
    "LpipsNet",
    "LpipsSpec",
    "backbone_path",
    "load_lpips",
    "lpips",
    "lpips_between",
    "lpips_features",
    "prepare_lpips",
    "torch_checkpoints",
]

LpipsImage = Literal["scored", "clamped", "raw"]

_NO_LENGTH = 1e-10
"""Added by the package to every length, so that a pixel without features is divided by something."""


@dataclass(frozen=True, slots=True)
class LpipsSpec:
    """What a protocol's LPIPS sees."""

    net: LpipsNet = "alex"
    image: LpipsImage = "scored"
    """`scored`: the image that PSNR sees, before crop and alignment; `clamped`: the float output clamped to [0, 1];
    `raw`: the float output as the network gave it.
    """

    def describe(self, peak: str = "1") -> str:  # noqa: ARG002 -- as every spec; LPIPS has no peak
        """In words."""
        seen = {
            "scored": "the image that PSNR sees, uncropped",
            "clamped": "the float output clamped to [0, 1], uncropped",
            "raw": "the raw float output, neither clamped nor quantised, uncropped",
        }
        return f"LPIPS v0.1, {self.net}, RGB scaled to [-1, 1], on {seen[self.image]}"


_building = Lock()


def load_lpips(net: LpipsNet = "alex", path: Path | None = None) -> nn.Module:
    """The LPIPS network, ready to be called from several threads; built once per net and file.

    Args:
        net: backbone.
        path: its weights: torchvision's file, or one that holds only the `features.*` tensors.
            Default: `backbone_path(net)`.

    Raises:
        MetricUnavailableError: the weights are absent or are not this backbone's; the message names the command
            that gets them.
    """
    file = backbone_path(net) if path is None else path
    if not file.is_file():
        # Without the path: this sentence is kept in records, which people share.
        raise MetricUnavailableError(
            f"LPIPS needs the weights of {BACKBONES[net].title}, which are not here: run `restorebench fetch"
            f" lpips-{net}`."
        )
    with _building:
        return _build(net, file, file.stat().st_mtime_ns)


def lpips(network: nn.Module, restored: Tensor, target: Tensor) -> float:
    """The distance between two images; 0 for identical ones, typically below 1.

    Args:
        network: from `load_lpips`.
        restored: (3, H, W) or (1, 3, H, W) float32 RGB, nominally in [0, 1].
        target: same shape and range.
    """
    return lpips_between(network, lpips_features(network, restored), lpips_features(network, target))


def lpips_features(network: nn.Module, image: Tensor) -> Features:
    """What LPIPS compares of an image: the normalised output of each stage, (h w, C), a pixel a row.

    Args:
        network: from `load_lpips`.
        image: (3, H, W) or (1, 3, H, W) float32 RGB, nominally in [0, 1].
    """
    import torch

    package = cast("_Package", network)
    device = next(network.parameters()).device
    with torch.inference_mode():
        scaled = package.scaling_layer(image.to(device).reshape(1, *image.shape[-3:]) * 2 - 1)
        stages = package.net(scaled.contiguous(memory_format=torch.channels_last))
        return tuple(_normalised(stage.permute(0, 2, 3, 1).flatten(0, 2)) for stage in stages)


def lpips_between(network: nn.Module, restored: Features, target: Features) -> float:
    """The distance between two images of which the features are known; within 1e-7 of the package's.

    Args:
        network: that made the features.
        restored: from `lpips_features`.
        target: the same.
    """
    import torch

    with torch.inference_mode():
        weights = (layer.model[-1].weight.flatten() for layer in cast("_Package", network).lins)
        stages = zip(weights, restored, target, strict=True)
        return sum(float((torch.square_(x - y) @ weight).mean()) for weight, x, y in stages)


def _normalised(pixels: Tensor) -> Tensor:
    """Each row (C) divided by its length, as the package's `normalize_tensor` does."""
    return pixels / (pixels.square().sum(1, keepdim=True).sqrt() + _NO_LENGTH)


def prepare_lpips(spec: LpipsSpec) -> Measure:
    """The distance as a protocol asks for it.

    Raises:
        MetricUnavailableError: the weights are absent; the message names the command that gets them.
    """
    network, least = load_lpips(spec.net), BACKBONES[spec.net].minimum

    def features_of(pair: ScoredPair) -> Features:
        return pair.kept.of(pair.target, network, lambda: lpips_features(network, _as_tensor(to_unit(pair.target))))

    def measure(pair: ScoredPair) -> float:
        height, width = pair.target.shape[:2]
        if min(height, width) < least:
            raise MetricUnavailableError(
                f"LPIPS ({spec.net}) needs an image of at least {least}x{least} pixels, and this one has"
                f" {height}x{width}."
            )
        seen = to_unit(pair.scored if spec.image == "scored" else pair.raw)
        if spec.image == "clamped":
            seen = np.clip(seen, 0.0, 1.0)
        # The protocols of a run may see the restored image in several roundings, and all see the same target.
        target = pair.of_target.once((id(network), "lpips"), partial(features_of, pair))
        return lpips_between(network, lpips_features(network, _as_tensor(seen)), target)

    return measure


def _as_tensor(image: NDArray[np.float32]) -> Tensor:
    """(H, W, 3) or (H, W) to a contiguous tensor (3, H, W)."""
    import torch

    planes = np.broadcast_to(image[..., np.newaxis], (*image.shape, 3)) if image.ndim < COLOUR_NDIM else image
    contiguous = np.ascontiguousarray(np.moveaxis(planes, -1, 0))
    return torch.from_numpy(contiguous)  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open


@cache
def _build(net: LpipsNet, file: Path, modified: int) -> nn.Module:  # noqa: ARG001 -- a changed file is another key
    import torch

    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open
        # lpips 0.1.4 calls torchvision by its deprecated argument; its random backbone must not disturb seeds.
        warnings.filterwarnings("ignore", message=".*parameter 'pretrained'.*", category=UserWarning)
        warnings.filterwarnings("ignore", message="Arguments other than a weight enum.*", category=UserWarning)
        import lpips as package

        network = cast("nn.Module", package.LPIPS(net=net, pnet_rand=True, verbose=False))
    names = {  # features.N.* in the slices that LPIPS cuts the backbone into
        "features." + name.split(".", 2)[2]: (name, tuple(parameter.shape))
        for name, parameter in network.named_parameters()
        if name.startswith("net.slice")
    }
    weights = read_backbone(net, file, {source: shape for source, (_, shape) in names.items()})
    network.load_state_dict({names[source][0]: tensor for source, tensor in weights.items()}, strict=False)
    network.eval().requires_grad_(requires_grad=False)
    cast("nn.Module", network.net).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] -- torch's own overload
    return network
