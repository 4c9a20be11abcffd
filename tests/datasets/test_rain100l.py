"""Rain100L in the layouts of Rain100H, and its limit."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError


@pytest.mark.parametrize(
    ("degraded", "target", "key"),
    [
        ("rainy/rain-001.png", "norain-001.png", "1"),
        ("test/Rain100L/input/1.png", "test/Rain100L/target/1.png", "1"),
        ("rain/X2/norain-1x2.png", "norain/norain-1.png", "1"),
    ],
)
def test_layouts(tree: MakeTree, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset("rain100l", tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete


def test_more_pairs_than_the_test_split_has(tree: MakeTree) -> None:
    names = [f"{side}/{number}.png" for number in range(1, 102) for side in ("input", "target")]
    with pytest.raises(DatasetError, match="contains 101 pairs, but the test split of Rain100L has 100"):
        open_dataset("rain100l", tree(*names))
