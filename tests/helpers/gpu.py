"""What the tests in `tests/gpu` share: their marks, and pictures of any size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from restorebench.bench.contracts import InferenceSettings, UInt8Image
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.specs import parse_spec

__all__ = ["NEEDS_GPU", "picture", "restorer_of"]

NEEDS_GPU = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, which torch does not find here"),
]


def picture(height: int, width: int, seed: int = 0) -> UInt8Image:
    """Smooth colours with noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    smooth = np.stack([rows * 200 / height, columns * 200 / width, (rows + columns) * 100 / (height + width)], -1)
    return np.clip(smooth + rng.normal(25, 15, (height, width, 3)), 0, 255).astype(np.uint8)


def restorer_of(name: str, device: str = "cuda", **settings: object) -> Restorer:
    """A registered model with random weights, the same each time and on every device."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        loaded = open_model(parse_spec(name), weights="random")
    return Restorer(loaded.network, loaded.card, InferenceSettings(device=device, **settings))  # pyright: ignore[reportArgumentType]
