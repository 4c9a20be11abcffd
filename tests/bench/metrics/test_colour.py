from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from restorebench.bench.metrics.colour import luma
from restorebench.bench.metrics.psnr import mean_squared_error, psnr


@pytest.fixture
def colours() -> np.ndarray:
    steps = [0, 1, 2, 17, 51, 100, 128, 200, 254, 255]
    return np.array(list(product(steps, repeat=3)), np.uint8)[np.newaxis]


def test_y_is_scikit_images_luma(colours: np.ndarray) -> None:
    from skimage.color import rgb2ycbcr

    assert np.allclose(luma(colours, "y"), rgb2ycbcr(colours)[..., 0], rtol=0, atol=1e-12)


def test_rounded_y_is_the_exact_rational_rounded_half_up(colours: np.ndarray) -> None:
    def exact(red: int, green: int, blue: int) -> int:
        return int(Fraction(65481 * red + 128553 * green + 24966 * blue, 255000) + 16 + Fraction(1, 2))

    found = luma(colours, "y-rounded")
    assert found.dtype == np.uint8
    assert found[0].tolist() == [exact(*map(int, colour)) for colour in colours[0]]


def test_rounded_y_has_its_exact_ties_half_up() -> None:
    rgb = np.stack(np.meshgrid(*[np.arange(256, dtype=np.uint8)] * 2, indexing="ij"), -1)
    ties = 0
    for blue in (8, 93, 178):
        image = np.dstack([rgb, np.full((256, 256), blue, np.uint8)])
        numerator = image.astype(np.int64) @ [65481, 128553, 24966]
        tie = numerator % 255000 == 127500
        ties += int(tie.sum())
        assert np.array_equal(luma(image, "y-rounded")[tie], numerator[tie] // 255000 + 17)
    assert ties > 0


def test_float32_y_is_a_rounding_of_y(colours: np.ndarray) -> None:
    for rule in ("y-float32", "y-float32-sum"):
        difference = np.abs(luma(colours, rule) - luma(colours, "y"))
        assert 0 < difference.max() < 5e-5, rule


def test_full_range_y_is_opencvs(colours: np.ndarray) -> None:
    cv2 = pytest.importorskip("cv2")
    assert np.array_equal(luma(colours, "y-full-range"), cv2.cvtColor(colours, cv2.COLOR_RGB2YCrCb)[..., 0])


def test_full_range_costs_20_log10_of_255_over_219() -> None:
    target = np.full((8, 8, 3), 100, np.uint8)
    restored = target + np.uint8(20)
    limited, full = (
        psnr(mean_squared_error(luma(restored, rule), luma(target, rule)), 255) for rule in ("y", "y-full-range")
    )
    assert limited - full == pytest.approx(20 * np.log10(255 / 219))


def test_swapped_luma_is_that_of_the_reversed_channels(colours: np.ndarray) -> None:
    assert np.array_equal(luma(colours, "y-swapped"), luma(np.ascontiguousarray(colours[..., ::-1]), "y"))
    assert not np.allclose(luma(colours, "y-swapped"), luma(colours, "y"))
