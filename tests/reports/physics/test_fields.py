from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from restorebench.bench.errors import UsageError
from restorebench.bench.models.physics.layers import PhysicalFields
from restorebench.bench.models.physics.maps import FieldMaps, mean_fields
from restorebench.reports.physics.fields import draw_fields, drift_arrows


def fields(scale: list[float], source: float = 1.0) -> FieldMaps:
    shape = (2, 6, 8)
    still = np.zeros(shape, np.float32)
    moving = still.copy()
    moving[:, :, 4:] = 1
    maps = (moving, still, still + 0.2, still + 0.1, still + source)
    return mean_fields(PhysicalFields(*maps, 8, 1.0, np.array(scale, np.float32)))


GREY = np.full((48, 64, 3), 128, np.uint8)


def test_arrows_are_where_something_moves(tmp_path: Path) -> None:
    draw_fields(fields([1.0, 0.0]), GREY, tmp_path / "sub" / "fields.png")
    pixels = np.asarray(Image.open(tmp_path / "sub" / "fields.png").convert("RGB")).astype(int)
    height, width, _ = pixels.shape
    red = (pixels[..., 0] > 180) & (pixels[..., 1] < 90) & (pixels[..., 2] < 90)
    drift = red[int(0.12 * height) : height // 2, : width // 2]
    middle = drift.shape[1] // 2
    assert drift[:, middle:].sum() > 20 * max(1, drift[:, : middle - middle // 6].sum())


def test_the_longest_arrow_is_as_long_as_a_cell_and_says_what_it_is() -> None:
    maps = replace(fields([1.0, 1.0]), time=0.5)
    arrows = drift_arrows(maps, 48, 64)
    assert arrows.cell == 8
    assert arrows.longest == 0.5
    assert arrows.right[:, :4].max() == 0
    assert arrows.right[:, 4:].min() == arrows.right.max() == 8
    assert not arrows.down.any()
    assert arrows.x[0].tolist() == [4, 12, 20, 28, 36, 44, 52, 60]
    assert arrows.y[:, 0].tolist() == [4, 12, 20, 28, 36, 44]


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"fields\.gif is not a PNG, SVG or PDF file"):
        draw_fields(fields([1.0, 1.0]), GREY, tmp_path / "fields.gif")
