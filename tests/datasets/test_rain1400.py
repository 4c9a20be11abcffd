"""Rain1400: 14 rainy images of each clean one, and its training split."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError


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
