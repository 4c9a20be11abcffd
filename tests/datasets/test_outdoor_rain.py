"""Outdoor-Rain: fifteen hazes of one scene."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError

LAYOUTS = {
    "authors": ["data/synthetic/Test1/in/im_0001_s80_a04.png", "data/synthetic/Test1/gt/im_0001.png"],
    "Test1": ["in/im_0001_s80_a04.png", "gt/im_0001.png"],
    "TransWeather": ["input/im_0001_s80_a04.png", "gt/im_0001_s80_a04.png"],
    "archive": ["CVPR19RainTrain/test/data/im_0001_s80_a04.png", "CVPR19RainTrain/test/gt/im_0001.png"],
}


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_has_the_same_keys(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("outdoor-rain", tree(*names))
    assert [(pair.key, pair.group) for pair in dataset] == [("im_0001/s80_a04", "im_0001")]
    assert dataset["im_0001/s80_a04"].target.read()[0, 0, 0] == 1
    assert dataset.report.completeness == "1 of 750"


def test_two_hazes_share_their_target_and_group(tree: MakeTree) -> None:
    root = tree("in/im_0001_s80_a04.png", "in/im_0001_s100_a06.png", "gt/im_0001.png")
    dataset = open_dataset("outdoor-rain", root)
    assert {pair.group for pair in dataset} == {"im_0001"}
    assert {int(pair.target.read()[0, 0, 0]) for pair in dataset} == {2}


def test_the_training_set_is_refused(tree: MakeTree) -> None:
    names = [f"in/im_{n:04d}_s80_a04.png" for n in range(751)] + [f"gt/im_{n:04d}.png" for n in range(751)]
    with pytest.raises(DatasetError, match="contains 751 pairs"):
        open_dataset("outdoor-rain", tree(*names))
