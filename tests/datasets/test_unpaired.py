from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError
from restorebench.bench.files.images import save_png

GREY = np.full((8, 8, 3), 100, np.uint8)


def test_keys_are_paths_and_there_is_nothing_to_compare_with(tmp_path: Path):
    for name in ("b.png", "a/10.png", "a/2.png", ".thumbnails/b.png", "__MACOSX/b.png"):
        save_png(tmp_path / name, GREY)
    dataset = open_dataset("unpaired", tmp_path)
    assert [pair.key for pair in dataset] == ["a/2", "a/10", "b"]
    assert all(pair.target is pair.degraded for pair in dataset)
    assert not dataset.card.has_targets
    assert open_dataset("unpaired", tmp_path).report == dataset.report


def test_the_folder_must_hold_images_of_distinct_names(tmp_path: Path):
    with pytest.raises(DatasetError, match="There is no folder"):
        open_dataset("unpaired", tmp_path / "nothing")
    with pytest.raises(DatasetError, match="There are no images in"):
        open_dataset("unpaired", tmp_path)
    save_png(tmp_path / "a.png", np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "a.jpg").write_bytes((tmp_path / "a.png").read_bytes())
    with pytest.raises(PairingError, match="have the same key a: remove one of them"):
        open_dataset("unpaired", tmp_path)
