"""DDN-Data is Rain1400 under another name."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError


def test_names_with_clean_image_and_rain_are_grouped(tree: MakeTree) -> None:
    names = ("rainy_image/901_1.jpg", "rainy_image/901_2.jpg", "ground_truth/901.jpg")
    dataset = open_dataset("ddn-data", tree(*(f"testing/{name}" for name in names)))
    assert [(pair.key, pair.group) for pair in dataset] == [("901/1", "901"), ("901/2", "901")]
    assert dataset.card.title == "DDN-Data"
    assert dataset.report.expected_pairs == 1400


def test_other_names_are_keys_as_they_are(tree: MakeTree) -> None:
    dataset = open_dataset("ddn-data", tree("test/DDN-Data/input/1.png", "test/DDN-Data/target/1.png"))
    assert [(pair.key, pair.group) for pair in dataset] == [("1", "")]


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    with pytest.raises(DatasetError, match="outside DDN-Data's test split"):
        open_dataset("ddn-data", tree("rainy_image/1_1.jpg", "ground_truth/1.jpg"))
