"""Test1200 of Rain13K."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset


@pytest.mark.parametrize(
    ("degraded", "target", "key"),
    [
        ("test/Test1200/input/a_b.png", "test/Test1200/target/a_b.png", "a_b"),
        ("Test1200/test/input/1.png", "Test1200/test/target/1.png", "1"),
    ],
)
def test_layouts(tree: MakeTree, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset("test1200", tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete
