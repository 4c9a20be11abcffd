"""HIDE in both layouts."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset


@pytest.mark.parametrize(
    ("degraded", "target", "key"),
    [
        ("test/HIDE/input/1fromGOPR0950.png", "test/HIDE/target/1fromGOPR0950.png", "1fromGOPR0950"),
        ("blur/7.png", "sharp/7.png", "7"),
    ],
)
def test_layouts(tree: MakeTree, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset("hide", tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete
