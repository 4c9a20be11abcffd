"""SPA-Data in both layouts."""

from __future__ import annotations

from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset


def test_the_authors_names(tree: MakeTree) -> None:
    names = ("rain/000.png", "gt/000gt.png", "rain/010.png", "gt/010gt.png")
    dataset = open_dataset("spa-data", tree(*(f"real_test_1000/{name}" for name in names)))
    assert [pair.key for pair in dataset] == ["000", "010"]
    assert [pair.target.read()[0, 0, 0] for pair in dataset] == [1, 3]
    assert dataset.report.completeness == "2 of 1000"


def test_equal_names(tree: MakeTree) -> None:
    dataset = open_dataset("spa-data", tree("test/SPA-Data/input/1.png", "test/SPA-Data/target/1.png"))
    assert [pair.key for pair in dataset] == ["1"]
    assert dataset.report.layout == "{input,target}/NAME.png"
