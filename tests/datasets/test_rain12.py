"""Rain12 in its layouts, and its limit."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError


@pytest.mark.parametrize(
    ("degraded", "target", "key"),
    [
        ("input/001_in.png", "groundtruth/001_GT.png", "1"),
        ("Rain12/rainy/rain-012.png", "Rain12/norain-012.png", "12"),
    ],
)
def test_layouts(tree: MakeTree, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset("rain12", tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete


def test_more_pairs_than_the_test_split_has(tree: MakeTree) -> None:
    names = [f"{side}/{number}.png" for number in range(1, 14) for side in ("input", "target")]
    with pytest.raises(DatasetError, match="contains 13 pairs, but the test split of Rain12 has 12"):
        open_dataset("rain12", tree(*names))
