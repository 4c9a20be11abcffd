from __future__ import annotations

import numpy as np
import pytest
from helpers.restored_images import restored_pair
from numpy.typing import NDArray
from restorebench.bench.explanation.similarity import similarities
from restorebench.bench.explanation.ways import COLOUR_WORDS, REGIONS, SSIM_FORMS, planes
from restorebench.bench.metrics.ssim import ssim

Planes = tuple[NDArray[np.float64], NDArray[np.float64]]


def planes_of(seed: int, colour: str, height: int = 97, width: int = 130) -> Planes:
    restored, target = restored_pair(seed, height, width)
    return planes(restored, colour), planes(target, colour)


@pytest.mark.parametrize("colour", COLOUR_WORDS)
def test_every_form_in_every_region_is_what_measuring_the_cut_image_gives(colour: str):
    pair = planes_of(1, colour)
    specs = {
        name: form.spec
        for name, form in SSIM_FORMS.items()
        if name != "wang-reduced" and (colour == "rgb" or not form.colour_only)
    }
    boxes = {name: region.box(97, 130) for name, region in REGIONS.items()}
    shared = similarities(*pair, specs, boxes)
    assert shared.keys() == {(region, form) for region in boxes for form in specs}
    for (region, form), value in shared.items():
        top, left, bottom, right = boxes[region]
        restored, target = (np.moveaxis(image[:, top:bottom, left:right], 0, -1) for image in pair)
        assert value == pytest.approx(ssim(restored, target, specs[form]), abs=1e-12), (region, form)


def test_a_large_image_is_reduced_and_a_small_one_is_not_counted_as_reduced():
    spec = {"wang-reduced": SSIM_FORMS["wang-reduced"].spec}
    large = planes_of(2, "y", 390, 400)
    (value,) = similarities(*large, spec, {"whole": (0, 0, 390, 400)}).values()
    assert value == pytest.approx(ssim(large[0][0], large[1][0], spec["wang-reduced"]), abs=1e-12)
    assert value != pytest.approx(ssim(large[0][0], large[1][0], SSIM_FORMS["wang"].spec), abs=1e-3)
    small = planes_of(2, "y")
    assert similarities(*small, spec, {"whole": (0, 0, 97, 130)}) == {}


def test_a_region_smaller_than_a_window_has_no_value_and_the_others_do():
    pair = planes_of(3, "y", 24, 40)
    specs = {name: SSIM_FORMS[name].spec for name in ("wang", "skimage")}
    found = similarities(*pair, specs, {name: REGIONS[name].box(24, 40) for name in ("crop0", "crop8")})
    assert found.keys() == {("crop0", "wang"), ("crop0", "skimage"), ("crop8", "skimage")}
