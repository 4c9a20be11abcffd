"""The golden values of the official evaluation code, as fixtures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.golden import Golden


@pytest.fixture(scope="session")
def golden(fixtures: Path) -> Golden:
    return Golden(fixtures / "evaluators")


@pytest.fixture(scope="session")
def golden_2(fixtures: Path) -> Golden:
    return Golden(fixtures / "evaluators", "expected_2.json")


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
