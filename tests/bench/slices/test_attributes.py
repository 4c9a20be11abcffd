from __future__ import annotations

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.contracts import UInt8Image
from restorebench.bench.slices.attributes import ATTRIBUTES, blur_extent, brightness, gradient_energy, rain_density
from scipy.ndimage import gaussian_filter


def flat(*colour: int) -> UInt8Image:
    return np.full((20, 30, 3), colour, np.uint8)


def blurred(image: UInt8Image, extent: float) -> UInt8Image:
    return np.rint(gaussian_filter(image.astype(np.float64), (extent, extent, 0))).astype(np.uint8)


@pytest.fixture
def noise() -> UInt8Image:
    """Smooth grey noise: what a sampled Gaussian does to the finest details is another thing than its extent."""
    grey = gaussian_filter(np.random.default_rng(0).normal(0, 1, (120, 160)), 1.5)
    levels = (128 + 40 * grey / grey.std()).clip(0, 255).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def test_brightness_is_the_mean_grey_level_of_the_target():
    assert brightness(flat(0, 0, 0), flat(90, 90, 90)) == 90
    assert brightness(flat(0, 0, 0), flat(255, 0, 0)) == pytest.approx(0.299 * 255)


def test_gradient_energy_of_a_ramp_is_its_squared_slope_on_both_axes():
    rows, columns = np.mgrid[:20, :30]
    ramp = np.repeat((3 * columns + 4 * rows)[..., None], 3, axis=2).astype(np.uint8)
    assert gradient_energy(ramp, ramp) == pytest.approx(3**2 + 4**2)
    assert gradient_energy(ramp, flat(9, 9, 9)) == 0


@pytest.mark.parametrize("extent", [0.5, 1.0, 2.0, 4.0])
def test_the_blur_extent_of_a_gaussian_is_its_standard_deviation(noise: UInt8Image, extent: float):
    assert blur_extent(blurred(noise, extent), noise) == pytest.approx(extent, rel=0.1)


def test_more_blur_of_a_photograph_has_a_larger_extent():
    image = photograph(0)
    found = [blur_extent(blurred(image, extent), image) for extent in (0.0, 0.8, 1.6, 3.2)]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[2] == pytest.approx(1.6, rel=0.2)


def test_an_image_that_is_not_smoother_is_not_blurred(noise: UInt8Image):
    assert blur_extent(noise, blurred(noise, 1.0)) == 0
    assert blur_extent(flat(5, 5, 5), flat(9, 9, 9)) == 0


def test_rain_density_is_the_share_of_brightened_pixels():
    target = flat(50, 50, 50)
    rainy = target.copy()
    rainy[:5] = 80  # a quarter of the rows
    rainy[5:10] = 20  # darker is no rain
    rainy[10:15] = 57  # nor are seven grey levels
    assert rain_density(rainy, target) == pytest.approx(0.25)


def test_every_computed_attribute_is_a_number_of_any_pair():
    image = photograph(3)
    for attribute in ATTRIBUTES.values():
        if attribute.compute is None:
            assert attribute.name in {"extent", "direction"}
            continue
        assert np.isfinite(attribute.compute(blurred(image, 1.0), image))
        assert np.isfinite(attribute.compute(image[:1, :1], image[:1, :1]))
