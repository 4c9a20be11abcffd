"""Test2800 of Rain13K."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.datasets.rain1400 import CARD as RAIN1400


@pytest.mark.parametrize(
    ("degraded", "target", "key"),
    [
        ("input/1.png", "target/1.jpg", "1"),
        ("test/Test2800/input/1.png", "test/Test2800/target/1.png", "1"),
    ],
)
def test_layouts(tree: MakeTree, degraded: str, target: str, key: str) -> None:
    dataset = open_dataset("test2800", tree(degraded, target))
    assert [pair.key for pair in dataset] == [key]
    assert dataset[key].degraded.read()[0, 0, 0] == 0
    assert dataset[key].target.read()[0, 0, 0] in (1, 2)  # one of the targets is a JPEG
    assert not dataset.report.complete


def test_the_images_are_those_of_the_authors_of_rain1400(tree: MakeTree) -> None:
    card = open_dataset("test2800", tree("input/1.png", "target/1.png")).card
    assert (card.citation, card.homepage) == (RAIN1400.citation, RAIN1400.homepage)
