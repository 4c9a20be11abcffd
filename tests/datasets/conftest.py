"""Trees of tiny images, so that every layout can be opened without the data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.trees import MakeTree
from PIL import Image


@pytest.fixture
def tree(tmp_path: Path) -> MakeTree:
    """Write 3x4 images at the given paths, each of its own colour, and return the folder that holds them."""

    def make(*names: str, size: tuple[int, int] = (3, 4)) -> Path:
        for number, name in enumerate(names):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((*size, 3), number % 256, np.uint8)).save(path)
        return tmp_path

    return make
