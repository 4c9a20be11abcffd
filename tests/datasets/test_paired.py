"""Two folders of one's own."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError, UsageError
from restorebench.bench.registry.specs import parse_spec


@pytest.mark.parametrize(
    ("degraded", "target"), [("input", "target"), ("blur", "sharp"), ("lq", "gt"), ("rain", "norain")]
)
def test_usual_names_need_no_option(tree: MakeTree, degraded: str, target: str) -> None:
    dataset = open_dataset(
        "paired", tree(f"{degraded}/a.png", f"{target}/a.png", f"{degraded}/b.jpg", f"{target}/b.png")
    )
    assert [pair.key for pair in dataset] == ["a", "b"]
    assert dataset.report.complete
    assert dataset.report.expected_pairs is None


def test_named_folders_with_folders_in_them(tree: MakeTree) -> None:
    root = tree("foggy/x/1.png", "clear/x/1.png", "foggy/y/1.png", "clear/y/1.png", "foggy/.cache/1.png")
    dataset = open_dataset("paired", root, degraded="foggy", target="clear")
    assert [pair.key for pair in dataset] == ["x/1", "y/1"]
    assert dataset["y/1"].target.read()[0, 0, 0] == 3


def test_patterns_pair_by_what_the_stars_stand_for(tree: MakeTree) -> None:
    root = tree("s1/blur_7.png", "s1/gt_7.png", "s2/blur_7.png", "s2/gt_7.png", "s2/other_7.png")
    spec = parse_spec(f"paired[degraded=*/blur_*.png,target=*/gt_*.png]={root}")
    dataset = open_dataset(spec.name, spec.path, **spec.options)
    assert [pair.key for pair in dataset] == ["s1/7", "s2/7"]
    assert [pair.target.read()[0, 0, 0] for pair in dataset] == [1, 3]


def test_a_pattern_of_files_that_are_not_images_finds_nothing(tree: MakeTree) -> None:
    root = tree("a.png")
    (root / "a.txt").write_text("not an image")
    with pytest.raises(DatasetError):
        open_dataset("paired", root, degraded="*.txt", target="*.txt")


def test_one_option_alone(tree: MakeTree) -> None:
    with pytest.raises(UsageError, match="Give both patterns or none"):
        open_dataset("paired", tree("a/1.png"), degraded="a")


def test_patterns_that_cannot_pair(tree: MakeTree) -> None:
    with pytest.raises(UsageError, match=r"the same number of \*"):
        open_dataset("paired", tree("a/1.png"), degraded="*/a_*.png", target="gt_*.png")


def test_unpaired_and_doubled_images_stop(tree: MakeTree) -> None:
    root = tree("input/a.png", "input/b.png", "target/a.png", "target/c.png")
    with pytest.raises(PairingError, match=r"without a target \(b\); 1 target without a degraded image \(c\)"):
        open_dataset("paired", root)
    tree("input/a.jpg")
    with pytest.raises(PairingError, match="have the same key a: remove one"):
        open_dataset("paired", root)


def test_a_folder_that_is_not_there(tree: MakeTree) -> None:
    with pytest.raises(DatasetError, match="clean does not exist, but the other images"):
        open_dataset("paired", tree("foggy/1.png"), degraded="foggy", target="clean")
