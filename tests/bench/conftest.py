"""The golden values of the official evaluation code, as fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class Golden:
    """`evaluators/expected.json` and the images that its values belong to."""

    folder: Path

    @cached_property
    def document(self) -> dict[str, Any]:
        return json.loads((self.folder / "expected.json").read_text())

    @cached_property
    def pairs(self) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        """Name to (restored, target)."""
        return {name: (self._read(e["pred"]), self._read(e["gt"])) for name, e in self.document["pairs"].items()}

    def entries(self, protocol: str, metric: str) -> list[dict[str, Any]]:
        return [e for e in self.document["expected"] if (e["protocol"], e["metric"]) == (protocol, metric)]

    def tolerance(self, protocol: str) -> float:
        return self.document["protocols"][protocol]["tol"]

    def _read(self, relative: str) -> NDArray[Any]:
        path = self.folder / relative
        if path.suffix == ".npy":
            return np.load(path)
        with Image.open(path) as image:
            return np.asarray(image)


@pytest.fixture(scope="session")
def golden(fixtures: Path) -> Golden:
    return Golden(fixtures / "evaluators")


@pytest.fixture(scope="session")
def synthetic_backbone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes the synthetic backbone of the golden LPIPS values: He-scaled RandomState(0), no biases."""
    import torch
    import torchvision

    builders = {"alex": torchvision.models.alexnet, "vgg": torchvision.models.vgg16}
    folder = tmp_path_factory.mktemp("backbones")

    def write(net: str) -> Path:
        path = folder / f"{net}.pth"
        if not path.exists():
            with torch.device("meta"):
                shapes = {
                    name: p.shape for name, p in builders[net]().named_parameters() if name.startswith("features")
                }
            random = np.random.RandomState(0)
            torch.save({name: _draw(random, tuple(shape)) for name, shape in shapes.items()}, path)
        return path

    def _draw(random: np.random.RandomState, shape: tuple[int, ...]) -> torch.Tensor:
        if len(shape) == 1:
            return torch.zeros(shape)
        return torch.from_numpy((random.randn(*shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32))

    return write
