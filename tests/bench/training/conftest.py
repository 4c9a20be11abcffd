"""A small training: pairs in a folder, a network of one convolution, a recipe for both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.files.images import save_png
from restorebench.bench.training.recipe import DataSource, Recipe, Stage, Validation

NETWORK = """
from torch import nn

def build():
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(4, 3, 3, padding=1))
"""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Four pairs of 32x40; the degraded ones are darker."""
    root, rng = tmp_path / "pairs", np.random.default_rng(0)
    for index in range(4):
        target = rng.integers(0, 256, (32, 40, 3), dtype=np.uint8)
        save_png(root / "target" / f"{index}.png", target)
        save_png(root / "input" / f"{index}.png", target // 2)
    return root


@pytest.fixture
def recipe(tmp_path: Path, pairs: Path) -> Recipe:
    """Twelve iterations in two stages, with a dropout layer that draws random numbers."""
    (tmp_path / "tiny.py").write_text(NETWORK)
    return Recipe(
        title="tiny",
        model=f"{tmp_path}/tiny.py:build",
        data=(DataSource(f"paired={pairs}"),),
        stages=(
            Stage(7, learning_rate=1e-2, warmup=2),
            Stage(5, optimiser="sgd", learning_rate=1e-3, crop=24, batch=2),
        ),
        validation=Validation(f"paired={pairs}", every=4, limit=2),
        losses={"charbonnier": 1.0, "fft": 0.1},
        crop=16,
        batch=3,
        ema=0.9,
        save_every=3,
        log_every=2,
    )
