"""The neighbours: HIDE, Rain100L, Rain12, Rain1400 and the test sets of Rain13K."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError


@pytest.mark.parametrize(
    ("name", "degraded", "target", "key"),
    [
        ("hide", "test/HIDE/input/1fromGOPR0950.png", "test/HIDE/target/1fromGOPR0950.png", "1fromGOPR0950"),
        ("hide", "blur/7.png", "sharp/7.png", "7"),
        ("rain100l", "rainy/rain-001.png", "norain-001.png", "1"),
        ("rain100l", "test/Rain100L/input/1.png", "test/Rain100L/target/1.png", "1"),
        ("rain100l", "rain/X2/norain-1x2.png", "norain/norain-1.png", "1"),
        ("rain12", "input/001_in.png", "groundtruth/001_GT.png", "1"),
        ("rain12", "Rain12/rainy/rain-012.png", "Rain12/norain-012.png", "12"),
        ("test100", "Test100/input/3.png", "Test100/target/3.png", "3"),
        ("test1200", "test/Test1200/input/a_b.png", "test/Test1200/target/a_b.png", "a_b"),
        ("test2800", "input/1.png", "target/1.jpg", "1"),
    ],
)
def test_layouts(tree: MakeTree, name: str, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset(name, tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete


def test_more_pairs_than_the_test_split_has(tree: MakeTree) -> None:
    names = [f"{side}/{number}.png" for number in range(1, 14) for side in ("input", "target")]
    with pytest.raises(DatasetError, match="holds 13 pairs, but the test split of Rain12 has 12"):
        open_dataset("rain12", tree(*names))
    assert len(open_dataset("test100", tree())) == 13


def test_rain1400_has_14_rainy_images_for_each_clean_one(tree: MakeTree) -> None:
    rainy = [f"testing/rainy_image/{clean}_{n}.jpg" for clean in (901, 1000) for n in range(1, 15)]
    clean = ["testing/ground_truth/901.jpg", "testing/ground_truth/1000.jpg"]
    dataset = open_dataset("rain1400", tree(*rainy, *clean))
    assert len(dataset) == 28
    assert [pair.key for pair in dataset][:2] == ["901/1", "901/2"]
    assert dataset["1000/14"].target.name.endswith("ground_truth/1000.jpg")
    assert {pair.group for pair in dataset} == {"901", "1000"}
    assert dataset.report.completeness == "28 of 1400"


def test_rain1400_with_a_target_for_each_rainy_image(tree: MakeTree) -> None:
    dataset = open_dataset("rain1400", tree("input/901_1.jpg", "target/901_1.jpg"))
    assert dataset["901/1"].group == "901"


def test_rain1400_without_a_clean_image(tree: MakeTree) -> None:
    names = ["rainy_image/901_1.jpg", "rainy_image/902_1.jpg", "ground_truth/901.jpg", "ground_truth/903.jpg"]
    with pytest.raises(PairingError, match=r"without a target \(902/1\); 1 target without a degraded image \(903\)"):
        open_dataset("rain1400", tree(*names))


def test_rain1400s_training_split_is_refused(tree: MakeTree) -> None:
    with pytest.raises(DatasetError, match="it is the training split"):
        open_dataset("rain1400", tree("rainy_image/900_1.jpg", "ground_truth/900.jpg"))
