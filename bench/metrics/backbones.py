"""The ImageNet networks under LPIPS and DISTS: which files hold their convolutions, and where they are looked for.

The files are torchvision's, which `restorebench fetch lpips-alex` puts where torchvision looks for them, or the same
convolutions from another package, converted.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from ..errors import MetricUnavailableError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BACKBONES", "Backbone", "LpipsNet", "backbone_path", "converted_path", "read_backbone", "torch_checkpoints"]

LpipsNet = Literal["alex", "vgg", "squeeze"]

_UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, AttributeError, EOFError, pickle.UnpicklingError)
"""What torch.load raises for a file that is not a checkpoint, or not a safe one."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """The ImageNet network under one LPIPS."""

    filename: str
    """Of torchvision's official file; the eight digits in it begin its sha256."""

    sha256: str

    title: str
    minimum: int
    """Smallest height and width, in pixels, that the network accepts."""

    megabytes: float
    """Size of the file, as torchvision states it (`_file_size`)."""

    @property
    def url(self) -> str:
        """The official address, torchvision's."""
        return f"https://download.pytorch.org/models/{self.filename}"


BACKBONES: dict[LpipsNet, Backbone] = {
    "alex": Backbone(
        "alexnet-owt-7be5be79.pth",
        "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        "AlexNet",
        31,
        233.087,
    ),
    "vgg": Backbone(
        "vgg16-397923af.pth", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", "VGG-16", 16, 527.796
    ),
    "squeeze": Backbone(
        "squeezenet1_1-b8a52dc0.pth",
        "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b",
        "SqueezeNet 1.1",
        17,
        4.729,
    ),
}


def backbone_path(net: LpipsNet) -> Path:
    """Where the backbone of `net` is: $RESTOREBENCH_LPIPS_<NET>, else torchvision's file, else the converted one.

    Where there is none of them, the path of torchvision's.
    """
    if override := os.environ.get(f"RESTOREBENCH_LPIPS_{net.upper()}"):
        return Path(override).expanduser()
    official, converted = torch_checkpoints() / BACKBONES[net].filename, converted_path(net)
    return converted if converted.is_file() and not official.is_file() else official


def converted_path(net: LpipsNet) -> Path:
    """Where the convolutions of `net` are kept if they come from another package than torchvision."""
    return torch_checkpoints() / f"{Path(BACKBONES[net].filename).stem}-features.safetensors"


def torch_checkpoints() -> Path:
    """The folder in which torchvision keeps downloaded weights, found without importing torch."""
    cache_home = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    torch_home = os.environ.get("TORCH_HOME", str(Path(cache_home) / "torch"))
    return Path(torch_home).expanduser() / "hub" / "checkpoints"


def read_backbone(net: LpipsNet, file: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The convolutions of a backbone, by torchvision's names, `features.0.weight`.

    Args:
        net: which backbone.
        file: torchvision's, one that holds only the `features.*` tensors, or the same as safetensors.
        shapes: of the tensors that are needed.

    Raises:
        MetricUnavailableError: the file cannot be read, or lacks one of them.
    """
    title = BACKBONES[net].title
    try:
        weights = _load(file)
    except _UNREADABLE as error:
        raise MetricUnavailableError(f"{file} cannot be read as weights of {title}: {error}.") from error
    known: Mapping[str, Any] = weights if isinstance(weights, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] -- keys are checked one by one below
    found: dict[str, Tensor] = {}
    for name, shape in shapes.items():
        tensor = known.get(name)
        if tensor is None or tuple(tensor.shape) != shape:
            raise MetricUnavailableError(f"{file} does not hold the weights of {title}: {name} is absent or misshapen.")
        found[name] = tensor
    return found


def _load(file: Path) -> object:
    if file.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType] -- its path type is open

        try:
            return load_file(file)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
    import torch

    return cast("object", torch.load(file, map_location="cpu", weights_only=True))
