from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from restorebench.bench.errors import UsageError
from restorebench.bench.physics import PhysicalFields
from restorebench.reports.physics_fields import _coarse, _weights, draw_fields


def fields(scale: list[float], source: float = 1.0) -> PhysicalFields:
    shape = (2, 6, 8)
    still = np.zeros(shape, np.float32)
    moving = still.copy()
    moving[:, :, 4:] = 1
    return PhysicalFields(moving, still, still + 0.2, still + 0.1, still + source, 8, 1.0, np.array(scale, np.float32))


GREY = np.full((48, 64, 3), 128, np.uint8)


def test_arrows_are_where_something_moves(tmp_path: Path) -> None:
    draw_fields(fields([1.0, 0.0]), GREY, tmp_path / "sub" / "fields.png")
    pixels = np.asarray(Image.open(tmp_path / "sub" / "fields.png").convert("RGB")).astype(int)
    height, width, _ = pixels.shape
    red = (pixels[..., 0] > 180) & (pixels[..., 1] < 90) & (pixels[..., 2] < 90)
    drift = red[int(0.12 * height) : height // 2, : width // 2]
    middle = drift.shape[1] // 2
    assert drift[:, middle:].sum() > 20 * max(1, drift[:, : middle - middle // 6].sum())


def test_channels_count_by_their_scale() -> None:
    assert _weights(fields([3.0, -1.0])).tolist() == [0.75, 0.25]
    assert _weights(fields([0.0, 0.0])).tolist() == [0.5, 0.5]


def test_coarse_fields_are_means() -> None:
    field = np.arange(35.0).reshape(5, 7)
    assert _coarse(field, 2).tolist() == [[4, 6, 8], [18, 20, 22]]
    assert np.array_equal(_coarse(field, 1), field)
    assert _coarse(field[:1], 2).shape == (1, 3)


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"fields\.gif is not a PNG, SVG or PDF file"):
        draw_fields(fields([1.0, 1.0]), GREY, tmp_path / "fields.gif")
