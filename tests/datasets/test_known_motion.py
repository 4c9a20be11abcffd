"""Photographs blurred by known motion: what is said of the motion must be what was done to the pixels."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench import open_dataset
from restorebench.bench.errors import DatasetError, UsageError
from restorebench.bench.files.images import save_png
from restorebench.datasets.synthesis.light import srgb_to_linear
from restorebench.datasets.synthesis.photographs import photograph

MARGIN = 32


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    for name in ("chelsea", "coffee"):
        save_png(tmp_path / "clean" / f"{name}.png", photograph(name)[:260, :300])
    return tmp_path / "clean"


def test_pairs_are_aligned_cut_by_the_margin_and_reproducible(photographs: Path) -> None:
    pairs, again = (list(open_dataset("known-motion", photographs)) for _ in range(2))
    assert [pair.key for pair in pairs][:3] == ["chelsea/05-15", "chelsea/15-30", "chelsea/30-45"]
    assert len(pairs) == 6
    assert {pair.group for pair in pairs} == {"chelsea", "coffee"}
    for one, two in zip(pairs, again, strict=True):
        degraded, target = one.degraded.read(), one.target.read()
        assert np.array_equal(target, photograph(one.group)[MARGIN : 260 - MARGIN, MARGIN : 300 - MARGIN])
        assert np.array_equal(degraded, two.degraded.read())
        assert one.attributes == two.attributes
        error = degraded.astype(float) - target
        for axis in (0, 1):
            assert (error**2).mean() < ((degraded - np.roll(target.astype(float), 24, axis)) ** 2).mean()


def test_the_extent_is_in_the_range_of_the_key_and_more_of_it_blurs_more(photographs: Path) -> None:
    pairs = list(open_dataset("known-motion", photographs, draws=5))
    energies: dict[str, list[float]] = {}
    for pair in pairs:
        _, bounds, _ = pair.key.split("/")
        low, high = map(int, bounds.split("-"))
        assert low <= pair.attributes["extent"] <= high
        assert 0 <= pair.attributes["direction"] < 180
        image = pair.degraded.read().astype(float)
        energies.setdefault(bounds, []).append(float((np.diff(image, axis=0) ** 2).mean()))
    means = [np.mean(energies[bounds]) for bounds in ("05-15", "15-30", "30-45")]
    assert means == sorted(means, reverse=True)


def test_the_blur_of_a_point_lies_along_the_direction_and_is_as_long_as_the_extent(tmp_path: Path) -> None:
    """The second moments of a point's light are an ellipse whose long axis is the motion's, whatever made them."""
    side = 2 * MARGIN + 101
    point = np.zeros((side, side, 3), np.uint8)
    point[side // 2, side // 2] = 255
    save_png(tmp_path / "point.png", point)
    pairs = list(open_dataset("known-motion", tmp_path, extents="15-30+30-45", draws=12))
    cosines: list[float] = []
    for pair in pairs:
        light = srgb_to_linear(pair.degraded.read()).sum(axis=2)
        rows, columns = np.nonzero(light > 0.02)  # above the noise
        spread = np.hypot(np.subtract.outer(rows, rows), np.subtract.outer(columns, columns)).max()
        assert spread == pytest.approx(pair.attributes["extent"], abs=2.5)
        moments = np.cov(columns, rows)
        axis = np.arctan2(2 * moments[0, 1], moments[0, 0] - moments[1, 1])  # twice its angle
        cosines.append(float(np.cos(axis - np.deg2rad(2 * pair.attributes["direction"]))))
    assert min(cosines) > 0.8
    assert np.mean(cosines) > 0.97


def test_directions_are_spread_over_the_half_circle(photographs: Path) -> None:
    directions = [pair.attributes["direction"] for pair in open_dataset("known-motion", photographs, draws=50)]
    resultant = np.abs(np.exp(2j * np.deg2rad(directions)).mean())
    assert resultant < 3 / np.sqrt(len(directions))  # of random angles: exp(-9), 1 in 8,000


def test_other_photographs_in_the_folder_change_nothing(photographs: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(photographs / "coffee.png", alone)
    (one,), all_ = open_dataset("known-motion", alone, extents="5-15"), open_dataset("known-motion", photographs)
    assert np.array_equal(one.degraded.read(), all_["coffee/05-15"].degraded.read())


def test_crops_differ_by_draw_and_are_those_of_the_photograph(photographs: Path) -> None:
    dataset = open_dataset("known-motion", photographs, extents="5-15", size=48, draws=3)
    assert "crops of 48" in dataset.variant
    windows = np.lib.stride_tricks.sliding_window_view(photograph("chelsea")[:260, :300, 0], (48, 48))
    targets = [dataset[f"chelsea/05-15/{draw}"].target.read() for draw in range(3)]
    for target in targets:
        assert target.shape == (48, 48, 3)
        assert (windows == target[:, :, 0]).all((2, 3)).any()
    assert not np.array_equal(targets[0], targets[1])
    other = open_dataset("known-motion", photographs, extents="5-15", size=48, draws=3, seed=1)
    assert not np.array_equal(other["chelsea/05-15/0"].degraded.read(), dataset["chelsea/05-15/0"].degraded.read())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"extents": "5-15+5-15"}, "must be different ranges from 1 to 45 pixels"),
        ({"extents": "15-5"}, "write 5-15"),
        ({"extents": "30-60"}, "from 1 to 45 pixels"),
        ({"extents": "large"}, r"extents=large\]"),
        ({"draws": 0}, "draws=0"),
        ({"size": -1}, "size=-1"),
    ],
)
def test_nonsense_is_refused(photographs: Path, options: dict[str, str | int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_dataset("known-motion", photographs, **options)


def test_folders_that_do_not_fit_are_refused(photographs: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="write known-motion=FOLDER"):
        open_dataset("known-motion")
    with pytest.raises(DatasetError, match="not a folder with images"):
        open_dataset("known-motion", tmp_path / "none")
    with pytest.raises(DatasetError, match=r"coffee\.png is smaller than 300 pixels|chelsea\.png is smaller than 300"):
        open_dataset("known-motion", photographs, size=236)
    shutil.copy(photographs / "coffee.png", photographs / "coffee.jpg")
    with pytest.raises(DatasetError, match="two images of the name coffee"):
        open_dataset("known-motion", photographs)
