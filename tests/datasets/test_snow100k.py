"""Snow100K: three parts that look alike."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError

WITHIN = ("", "test/", "media/jdway/GameSSD/overlapping/test/", "jdway/GameSSD/overlapping/test/")


def part(size: str, above: str = "") -> list[str]:
    return [f"{above}Snow100K-{size}/{side}/beautiful_smile_00003.jpg" for side in ("synthetic", "gt", "mask")]


@pytest.mark.parametrize("above", WITHIN)
@pytest.mark.parametrize(("size", "pairs"), [("S", 16611), ("M", 16588), ("L", 16801)])
def test_each_part_is_found_among_the_others(tree: MakeTree, above: str, size: str, pairs: int) -> None:
    root = tree(*(name for each in "SML" for name in part(each, above)))
    dataset = open_dataset(f"snow100k-{size.lower()}", root)
    assert [pair.key for pair in dataset] == ["beautiful_smile_00003"]
    assert dataset["beautiful_smile_00003"].degraded.read()[0, 0, 0] == 3 * "SML".index(size)
    assert dataset["beautiful_smile_00003"].target.read()[0, 0, 0] == 3 * "SML".index(size) + 1
    assert dataset.report.completeness == f"1 of {pairs}"


def test_the_parts_have_all_the_test_images() -> None:
    sizes = [open_card(f"snow100k-{size}") for size in "sml"]
    assert sum(sizes) == 50_000


def open_card(name: str) -> int:
    from restorebench.bench.datasets import DATASETS

    pairs = DATASETS.get(name).card.expected_pairs
    assert pairs is not None
    return pairs


def test_another_part_is_named(tree: MakeTree) -> None:
    root = tree(*part("M"))
    with pytest.raises(DatasetError, match=r"is Snow100K-M, not Snow100K-L: write snow100k-m="):
        open_dataset("snow100k-l", root / "Snow100K-M")


def test_weatherdiffusions_folders(tree: MakeTree) -> None:
    assert len(open_dataset("snow100k-l", tree("input/a_1.jpg", "gt/a_1.jpg"))) == 1
