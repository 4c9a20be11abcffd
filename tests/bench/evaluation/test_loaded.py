from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from restorebench.bench.evaluation.loaded import interleaved


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_channels_come_to_lie_side_by_side_without_a_change_of_values(kind: type[np.float32 | np.uint8]):
    planes: NDArray[Any] = np.random.default_rng(0).integers(0, 255, (3, 5, 7)).astype(kind)
    image = interleaved(planes.transpose(1, 2, 0))
    assert image.flags.c_contiguous
    assert image.dtype == kind
    assert np.array_equal(image, np.moveaxis(planes, 0, -1))


def test_an_image_that_is_laid_out_already_is_not_copied():
    image = np.zeros((5, 7, 3), np.uint8)
    assert interleaved(image) is image
