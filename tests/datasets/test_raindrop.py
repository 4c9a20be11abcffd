"""Raindrop: test A and test B."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError

LAYOUTS = {
    "authors": ["test_a/data/0_rain.png", "test_a/gt/0_clean.png"],
    "authors, twice in the archive": ["test_a/test_a/data/0_rain.png", "test_a/test_a/gt/0_clean.png"],
    "the split itself": ["data/0_rain.png", "gt/0_clean.png"],
    "TransWeather": ["test/input/0_rain.png", "test/gt/0_clean.png"],
    "WeatherDiffusion": ["input/0_rain.png", "gt/0_rain.png"],
}


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_has_the_same_keys(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("raindrop", tree(*names))
    assert [pair.key for pair in dataset] == ["0"]
    assert dataset["0"].target.read()[0, 0, 0] == 1
    assert (dataset.variant, dataset.report.completeness) == ("test A", "1 of 58")


def test_test_b_is_another_set(tree: MakeTree) -> None:
    root = tree(*LAYOUTS["authors"], "test_b/data/7_rain.jpg", "test_b/gt/7_clean.jpg")
    dataset = open_dataset("raindrop", root, variant="b")
    assert [pair.key for pair in dataset] == ["7"]
    assert (dataset.variant, dataset.report.completeness) == ("test B", "1 of 249")
    assert [pair.key for pair in open_dataset("raindrop", root)] == ["0"]


def test_more_pairs_than_test_a_are_refused(tree: MakeTree) -> None:
    names = [name for n in range(59) for name in (f"data/{n}_rain.png", f"gt/{n}_clean.png")]
    with pytest.raises(DatasetError, match="contains 59 pairs, but the test split of Raindrop has 58"):
        open_dataset("raindrop", tree(*names))
