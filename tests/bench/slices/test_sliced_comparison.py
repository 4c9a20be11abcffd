from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.comparison.comparison import compare
from restorebench.bench.comparison.pairing import Measured, measured
from restorebench.bench.runs.run import load_run
from restorebench.bench.slices.attributes import ATTRIBUTES
from restorebench.bench.slices.sliced_comparison import SlicedComparison, compare_slices, slice_finding
from restorebench.bench.slices.slicing import Slice, slice_images

KEYS = [f"image{index:03d}" for index in range(80)]
BRIGHTNESS = {key: float(index) for index, key in enumerate(KEYS)}
CELL = ("rain100h", "rain100h@1")


def side(out: Path, model: str, gain: list[float], **others: int) -> Measured:
    """A model whose PSNR is that of all plus its gain, image by image."""
    shared = np.random.default_rng(1).normal(28, 3, len(gain))
    run = FakeRun(model=model, psnr=list(shared + gain), ssim=[0.8] * len(gain), images=len(gain), keys=KEYS, **others)  # pyright: ignore[reportArgumentType]
    return measured(load_run(write_run(out, run)))


def noise(seed: int, count: int = 80) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.2, count)


def sliced(first: Measured, second: Measured, slices: list[Slice]) -> SlicedComparison:
    return compare_slices([(first, second)], {CELL: slices}, ATTRIBUTES["brightness"], metrics=["psnr"])[0]


def findings(found: SlicedComparison) -> list[str]:
    return [slice_finding(each.comparison.metrics["psnr"]) for each in found.slices]


def test_a_model_that_wins_on_dark_images_alone_wins_in_their_slice_alone(tmp_path: Path):
    gain = np.where(np.arange(80) < 20, 1.0, 0.0) + noise(2)
    first, second = side(tmp_path / "a", "first", [0.0] * 80), side(tmp_path / "b", "second", list(gain))
    found = sliced(first, second, slice_images(BRIGHTNESS, 4))
    assert findings(found) == ["wins", "undecided", "undecided", "undecided"]
    dark = found.slices[0].comparison.metrics["psnr"]
    assert dark.difference == pytest.approx(gain[:20].mean(), abs=1e-6)
    assert dark.low is not None
    assert dark.high is not None
    assert dark.low < 1.0 < dark.high


def test_a_model_that_trades_dark_for_bright_shows_no_difference_as_a_whole(tmp_path: Path):
    gain = np.where(np.arange(80) < 40, 1.0, -1.0) + noise(3)
    first, second = side(tmp_path / "a", "first", [0.0] * 80), side(tmp_path / "b", "second", list(gain))
    whole = compare(tmp_path / "a" / "rain100h" / "first", tmp_path / "b" / "rain100h" / "second", metrics=["psnr"])
    assert whole.metrics["psnr"].finding == "no difference seen"
    assert findings(sliced(first, second, slice_images(BRIGHTNESS, 4))) == ["wins", "wins", "loses", "loses"]


def test_a_slice_has_the_statistics_of_compare_on_its_images(tmp_path: Path):
    gain = 0.3 + noise(4)
    first, second = side(tmp_path / "a", "first", [0.0] * 80), side(tmp_path / "b", "second", list(gain))
    each = sliced(first, second, slice_images(BRIGHTNESS, 2)).slices[1].comparison.metrics["psnr"]
    shared = np.random.default_rng(1).normal(28, 3, 80)
    upper = {"images": 40, "ssim": [0.8] * 40, "keys": KEYS[40:]}
    for model, values in (("first", shared[40:]), ("second", (shared + gain)[40:])):
        write_run(tmp_path / "upper", FakeRun(model=model, psnr=list(values), **upper))
    place = tmp_path / "upper" / "rain100h"
    alone = compare(place / "first", place / "second", metrics=["psnr"]).metrics["psnr"]
    assert (each.low, each.high, each.difference, each.p) == (alone.low, alone.high, alone.difference, alone.p)


def test_chance_wins_no_slice_more_often_than_five_in_a_hundred(tmp_path: Path):
    won = 0
    for seed in range(30):
        first = side(tmp_path / f"a{seed}", "first", [0.0] * 80)
        second = side(tmp_path / f"b{seed}", "second", list(noise(100 + seed)))
        won += any(finding != "undecided" for finding in findings(sliced(first, second, slice_images(BRIGHTNESS, 8))))
    assert won <= 4  # of 30; more than 4 have a probability of 1 % at a rate of 5 %


def test_a_slice_of_few_images_decides_nothing(tmp_path: Path):
    first, second = side(tmp_path / "a", "first", [0.0] * 80), side(tmp_path / "b", "second", [5.0] * 80)
    few = [Slice("few", tuple(KEYS[:4])), Slice("many", tuple(KEYS[4:]))]
    assert findings(sliced(first, second, few)) == ["too few images", "wins"]


def test_images_without_a_value_are_counted(tmp_path: Path):
    first, second = side(tmp_path / "a", "first", [0.0] * 80), side(tmp_path / "b", "second", [1.0] * 80)
    known = {key: value for key, value in BRIGHTNESS.items() if value < 60}
    assert sliced(first, second, slice_images(known, 2)).left_out == 20
