"""Test100 of Rain13K."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset


@pytest.mark.parametrize(
    ("degraded", "target", "key"),
    [
        ("Test100/input/3.png", "Test100/target/3.png", "3"),
        ("input/a_b.png", "target/a_b.png", "a_b"),
    ],
)
def test_layouts(tree: MakeTree, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset("test100", tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete


def test_a_folder_of_fewer_pairs_is_partial(tree: MakeTree) -> None:
    names = [f"{side}/{number}.png" for number in range(1, 14) for side in ("input", "target")]
    assert open_dataset("test100", tree(*names)).report.completeness == "13 of 100"
