"""DID-Data: two folders, or both images of a pair in one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.trees import MakeTree
from PIL import Image
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import ImageError
from restorebench.bench.files.images import source_size


def test_two_folders(tree: MakeTree) -> None:
    dataset = open_dataset("did-data", tree("test/DID-Data/input/7.jpg", "test/DID-Data/target/7.jpg"))
    assert [pair.key for pair in dataset] == ["7"]
    assert dataset.card.default_protocol == "rain100h@1"


def test_the_rainy_half_is_the_left_one(tmp_path: Path) -> None:
    folder = tmp_path / "DID-MDN-test"
    folder.mkdir()
    for number in (0, 3):
        both = np.concatenate([np.full((4, 6, 3), 10 + number), np.full((4, 6, 3), 200 + number)], axis=1)
        Image.fromarray(both.astype(np.uint8)).save(folder / f"{number}.png")
    dataset = open_dataset("did-data", tmp_path)
    assert [pair.key for pair in dataset] == ["0", "3"]
    pair = dataset["3"]
    assert (pair.degraded.read() == 13).all()
    assert (pair.target.read() == 203).all()
    assert pair.degraded.read().shape == pair.target.read().shape == (4, 6, 3)
    assert source_size(pair.degraded) == (4, 6)
    assert pair.degraded.name.endswith("3.png (left half)")


def test_an_odd_width_is_no_pair(tree: MakeTree) -> None:
    dataset = open_dataset("did-data", tree("0.png", size=(4, 5)))
    with pytest.raises(ImageError, match="is 5 pixels wide, so it is no pair side by side"):
        dataset["0"].degraded.read()
