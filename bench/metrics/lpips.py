"""LPIPS, the learned perceptual distance, through the authors' `lpips` package and without its downloads.

Zhang, Isola, Efros, Shechtman, Wang, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
CVPR 2018; linear weights v0.1. The linear weights come with the package; the ImageNet backbone is torchvision's file,
which `restorebench fetch lpips-alex` puts where torchvision looks for it.
"""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError
from .images import COLOUR_NDIM, to_unit

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .metric import Measure
    from .scored_pair import ScoredPair

__all__ = [
    "BACKBONES",
    "Backbone",
    "LpipsImage",
    "LpipsNet",
    "LpipsSpec",
    "backbone_path",
    "load_lpips",
    "lpips",
    "prepare_lpips",
    "torch_checkpoints",
]

LpipsNet = Literal["alex", "vgg", "squeeze"]
LpipsImage = Literal["scored", "clamped", "raw"]


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


@dataclass(frozen=True, slots=True)
class Backbone:
    """The ImageNet network under one LPIPS."""

    filename: str
    """Of torchvision's official file; the eight digits in it begin its sha256."""

    sha256: str

    title: str
    minimum: int
    """Smallest height and width, in pixels, that the network accepts."""

    @property
    def url(self) -> str:
        """The official address, torchvision's."""
        return f"https://download.pytorch.org/models/{self.filename}"


BACKBONES: dict[LpipsNet, Backbone] = {
    "alex": Backbone(
        "alexnet-owt-7be5be79.pth", "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02", "AlexNet", 31
    ),
    "vgg": Backbone(
        "vgg16-397923af.pth", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", "VGG-16", 16
    ),
    "squeeze": Backbone(
        "squeezenet1_1-b8a52dc0.pth",
        "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        "SqueezeNet 1.1",
        17,
    ),
}
_building = Lock()
_UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, AttributeError, EOFError, pickle.UnpicklingError)
"""What torch.load raises for a file that is not a checkpoint, or not a safe one."""


def backbone_path(net: LpipsNet) -> Path:
    """Where the backbone of `net` is looked for: $RESTOREBENCH_LPIPS_<NET>, else torchvision's own cache."""
    override = os.environ.get(f"RESTOREBENCH_LPIPS_{net.upper()}")
    return Path(override).expanduser() if override else torch_checkpoints() / BACKBONES[net].filename


def torch_checkpoints() -> Path:
    """The folder in which torchvision keeps downloaded weights, found without importing torch."""
    cache_home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    torch_home = os.environ.get("TORCH_HOME", str(Path(cache_home) / "torch"))
    return Path(torch_home).expanduser() / "hub" / "checkpoints"


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
    import torch

    device = next(network.parameters()).device
    with torch.inference_mode():
        pair = (image.to(device).reshape(1, *image.shape[-3:]) * 2 - 1 for image in (restored, target))
        return float(network(*pair).item())


def prepare_lpips(spec: LpipsSpec) -> Measure:
    """The distance as a protocol asks for it.

    Raises:
        MetricUnavailableError: the weights are absent; the message names the command that gets them.
    """
    network, least = load_lpips(spec.net), BACKBONES[spec.net].minimum

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
        return lpips(network, _as_tensor(seen), _as_tensor(to_unit(pair.target)))

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
    try:
        weights = cast("object", torch.load(file, map_location="cpu", weights_only=True))
    except _UNREADABLE as error:
        raise MetricUnavailableError(f"{file} cannot be read as weights of {BACKBONES[net].title}: {error}.") from error
    network.load_state_dict(_by_slices(network, weights, file, BACKBONES[net].title), strict=False)
    return network.eval().requires_grad_(requires_grad=False)


def _by_slices(network: nn.Module, weights: object, file: Path, title: str) -> dict[str, Tensor]:
    """Rename `features.N.*` to the slices that LPIPS cuts the backbone into, and check that none is missing."""
    known: Mapping[str, Any] = weights if isinstance(weights, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] -- keys are checked one by one below
    renamed: dict[str, Tensor] = {}
    for name, parameter in network.named_parameters():
        if not name.startswith("net.slice"):
            continue
        source = "features." + name.split(".", 2)[2]
        tensor = known.get(source)
        if tensor is None or tensor.shape != parameter.shape:
            raise MetricUnavailableError(
                f"{file} does not hold the weights of {title}: {source} is absent or misshapen."
            )
        renamed[name] = tensor
    return renamed
