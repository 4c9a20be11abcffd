"""RSBlur: lists that tell the test pairs from the rest, and the three means of the official script."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.archives import pack
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError

KEYS = ("0001/000022", "0019/003082", "0002/000001")
SATURATED, PLAIN, TRAINING = KEYS


def names(keys: tuple[str, ...] = KEYS, top: str = "RSBlur/") -> list[str]:
    inside = ("real_blur/real_blur.png", "gt/gt_sharp.png", "avg65_img/avg_blur.png")
    return [f"{top}{key}/{name}" for key in keys for name in inside]


def write_list(path: Path, *keys: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"RSBlur/{key}/gt/gt_sharp.png RSBlur/{key}/real_blur/real_blur.png\n" for key in keys)
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture
def lists(tree: MakeTree) -> Path:
    root = tree(*names())
    folder = root / "datalist" / "RSBlur"
    write_list(folder / "RSBlur_real_test.txt", SATURATED, PLAIN)
    write_list(folder / "RSBlur_real_test_saturation.txt", SATURATED)
    write_list(folder / "RSBlur_real_test_non_saturation.txt", PLAIN)
    return root


def test_three_subsets_by_the_authors_lists(lists: Path) -> None:
    everything = open_dataset("rsblur", lists)
    assert [pair.key for pair in everything] == [SATURATED, PLAIN]
    assert [pair.group for pair in everything] == ["0001", "0019"]
    assert everything.report.completeness == "2 of 3360"
    assert everything.report.warnings == ()
    for subset, key, pairs in (("saturated", SATURATED, 1626), ("non-saturated", PLAIN, 1734)):
        part = open_dataset("rsblur", lists, subset=subset)
        assert [pair.key for pair in part] == [key]
        assert (part.variant, part.report.completeness) == (subset, f"1 of {pairs}")


def test_the_two_subsets_are_all_pairs() -> None:
    from restorebench.datasets.rsblur import LISTS

    assert LISTS["saturated"][1] + LISTS["non-saturated"][1] == LISTS["all"][1]


def test_the_blur_is_the_real_one(lists: Path) -> None:
    pair = open_dataset("rsblur", lists)[SATURATED]
    assert [pair.degraded.read()[0, 0, 0], pair.target.read()[0, 0, 0]] == [0, 1]


def test_lists_beside_an_archive(lists: Path) -> None:
    archive = pack(lists / "RSBlur", lists / "RSBlur.zip", "RSBlur")
    assert [pair.key for pair in open_dataset("rsblur", archive)] == [SATURATED, PLAIN]


def test_without_a_list_the_subsets_cannot_be_told(tree: MakeTree) -> None:
    root = tree(*names())
    with pytest.raises(DatasetError, match=r"has no RSBlur_real_test_saturation\.txt, .*: copy it from datalist"):
        open_dataset("rsblur", root, subset="saturated")
    dataset = open_dataset("rsblur", root)
    assert dataset.report.warnings == (
        "There is no RSBlur_real_test.txt, so every pair counts as one of the test set.",
    )


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    root = tree(*names((TRAINING,)))
    write_list(root / "RSBlur_real_test.txt", SATURATED, PLAIN)
    with pytest.raises(DatasetError, match=r"None of the 2 pairs .* so it is the training split"):
        open_dataset("rsblur", root)


def test_missing_pairs_of_the_list_make_it_partial(tree: MakeTree) -> None:
    root = tree(*names((SATURATED, TRAINING)))
    write_list(root / "RSBlur_real_test.txt", SATURATED, PLAIN)
    assert open_dataset("rsblur", root).report.completeness == "1 of 3360"


def test_a_damaged_list_is_named(lists: Path) -> None:
    path = lists / "datalist" / "RSBlur" / "RSBlur_real_test.txt"
    path.write_text(path.read_text() + "RSBlur/0001/000022/gt/gt_sharp.png\n")
    with pytest.raises(DatasetError, match=r"RSBlur_real_test\.txt, line 3, is not `gt-path blur-path`"):
        open_dataset("rsblur", lists)
