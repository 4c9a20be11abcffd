"""Rain100H in every layout and both sizes, and its traps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, ImageError, PairingError
from restorebench.bench.files.images import save_png

NUMBERS = (1, 10, 100)
LAYOUTS = {
    "Rain13K": ("input/{}.png", "target/{}.png"),
    "Rain13K, the split above": ("Rain100H/input/{}.png", "Rain100H/target/{}.png"),
    "Rain13K, two above": ("test/Rain100H/input/{}.png", "test/Rain100H/target/{}.png"),
    "Rain13K, other names": ("input/rain-{:03}.png", "target/norain-{:03}.png"),
    "PReNet": ("Rain100H/rainy/rain-{:03}.png", "Rain100H/norain-{:03}.png"),
    "JORDER": ("rain/X2/norain-{}x2.png", "norain/norain-{}.png"),
    "one folder": ("rain-{}.png", "norain-{}.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_keys_are_the_same_in_every_layout(tree: MakeTree, layout: tuple[str, str]) -> None:
    names = [pattern.format(number) for number in NUMBERS for pattern in layout]
    dataset = open_dataset("rain100h", tree(*names))
    assert [pair.key for pair in dataset] == ["1", "10", "100"]
    for index, pair in enumerate(dataset):
        assert pair.degraded.read()[0, 0, 0] == 2 * index
        assert pair.target.read()[0, 0, 0] == 2 * index + 1


def test_an_image_more_on_one_side_stops_instead_of_shifting_pairs(tree: MakeTree) -> None:
    names = ["rainy/rain-001.png", "rainy/rain-010.png", "norain-001.png", "norain-010.png", "norain-100.png"]
    with pytest.raises(PairingError, match=r"1 target without a degraded image \(100\)"):
        open_dataset("rain100h", tree(*names))


def test_a_name_that_fits_nothing_stops(tree: MakeTree) -> None:
    with pytest.raises(PairingError, match=r"1 image whose name matches no pair \(.*/input/preview\.png\)"):
        open_dataset("rain100h", tree("input/1.png", "target/1.png", "input/preview.png"))


@pytest.mark.parametrize(
    ("size", "variant"),
    [((321, 481), "481x321"), ((481, 321), "481x321"), ((320, 480), "480x320"), ((480, 320), "480x320")],
)
def test_the_variant_is_the_size(tree: MakeTree, size: tuple[int, int], variant: str) -> None:
    report = open_dataset("rain100h", tree("input/1.png", "target/1.png", size=size)).report
    assert (report.variant, report.warnings) == (variant, ())


def test_an_unknown_size_is_named_and_warned_of(tree: MakeTree) -> None:
    report = open_dataset("rain100h", tree("input/1.png", "target/1.png", size=(3, 4))).report
    assert report.variant == "4x3"
    assert report.warnings == ("No known copy of Rain100H has images of 4x3 pixels.",)


@pytest.mark.parametrize("altered", [1, 3])
def test_one_altered_image_does_not_decide_the_variant(tree: MakeTree, altered: int) -> None:
    root = tree(*(f"{side}/{number}.png" for number in range(1, 5) for side in ("input", "target")), size=(320, 480))
    for side in ("input", "target"):
        save_png(root / side / f"{altered}.png", np.zeros((160, 240, 3), np.uint8))
    report = open_dataset("rain100h", root).report
    assert report.variant == "480x320"
    assert report.warnings == (f"1 of 4 pairs of this 480x320 copy have another size: {altered} (240x160).",)


def test_an_image_that_cannot_be_read_does_not_decide_the_variant(tree: MakeTree) -> None:
    root = tree(*(f"{side}/{number}.png" for number in (1, 2) for side in ("input", "target")), size=(320, 480))
    (root / "target" / "1.png").write_bytes(b"not an image")
    assert open_dataset("rain100h", root).report.variant == "480x320"
    (root / "target" / "2.png").write_bytes(b"nor is this")
    with pytest.raises(ImageError):
        open_dataset("rain100h", root)


def test_200_pairs_are_the_new_data(tree: MakeTree) -> None:
    names = [f"{side}/{number}.png" for number in range(1, 201) for side in ("input", "target")]
    report = open_dataset("rain100h", tree(*names)).report
    assert report.variant == "new (Rain200H)"
    assert report.expected_pairs == 200
    assert "100 old pairs" in report.warnings[0]


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    with pytest.raises(DatasetError, match="pairs numbered up to 1800, so it is a training split"):
        open_dataset("rain100h", tree("rain-1.png", "norain-1.png", "rain-1800.png", "norain-1800.png"))


def test_the_complete_copy(fixtures: Path) -> None:
    dataset = open_dataset("rain100h", fixtures / "images" / "Rain100H")
    assert dataset.report.complete
    assert dataset.report.variant == "480x320"
    assert [pair.key for pair in dataset] == [str(number) for number in range(1, 101)]


def test_the_groups_are_the_91_backgrounds(fixtures: Path) -> None:
    """Told from the pixels: two targets show the same background exactly when their groups are the same."""
    dataset = open_dataset("rain100h", fixtures / "images" / "Rain100H")
    by_pixels: dict[bytes, set[str]] = {}
    by_group: dict[str, set[str]] = {}
    for pair in dataset:
        by_pixels.setdefault(pair.target.read().tobytes(), set()).add(pair.key)
        by_group.setdefault(pair.group or pair.key, set()).add(pair.key)
    assert len(by_group) == 91
    assert set(map(frozenset, by_pixels.values())) == set(map(frozenset, by_group.values()))


def test_the_native_copy_cropped_is_the_small_copy(fixtures: Path) -> None:
    native = open_dataset("rain100h", fixtures / "images" / "Rain100H_native")
    small = open_dataset("rain100h", fixtures / "images" / "Rain100H")
    assert native.report.completeness == "10 of 100"
    assert native.report.variant == "481x321"
    for pair in native:
        for ours, theirs in ((pair.degraded, small[pair.key].degraded), (pair.target, small[pair.key].target)):
            cropped = theirs.read()
            np.testing.assert_array_equal(ours.read()[: cropped.shape[0], : cropped.shape[1]], cropped)
