"""Rain200H and Rain200L in every layout, and their traps."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError

LAYOUTS = {
    "authors, above the splits": [
        f"Rain200H/test/{name}" for n in (1, 150) for name in (f"rain/X2/norain-{n}x2.png", f"norain/norain-{n}.png")
    ],
    "authors": [f"{name}" for n in (1, 150) for name in (f"rain/X2/norain-{n}x2.png", f"norain/norain-{n}.png")],
    "authors, the folder of both splits": [
        f"test/{name}" for n in (1, 150) for name in (f"rain/X2/norain-{n}x2.png", f"norain/norain-{n}.png")
    ],
    "DRSformer": [f"test/Rain200H/{side}/{n}.png" for n in (1, 150) for side in ("input", "target")],
    "one folder": [name for n in (1, 150) for name in (f"rain-{n}.png", f"norain-{n}.png")],
}


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_has_the_same_keys(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("rain200h", tree(*names))
    assert [pair.key for pair in dataset] == ["1", "150"]
    assert [pair.degraded.read()[0, 0, 0] for pair in dataset] == [0, 2]
    assert [pair.target.read()[0, 0, 0] for pair in dataset] == [1, 3]
    assert dataset.report.completeness == "2 of 200"
    assert dataset.report.warnings == ()


def test_a_hundred_pairs_may_be_the_earlier_data(tree: MakeTree) -> None:
    dataset = open_dataset("rain200l", tree("input/1.png", "target/1.png"))
    assert dataset.report.warnings == ("With 100 pairs this may be Rain100L, the earlier data.",)
    assert dataset.card.title == "Rain200L"


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    names = [f"{side}/{n}.png" for n in range(1, 202) for side in ("input", "target")]
    with pytest.raises(DatasetError, match="contains 201 pairs, but the test split of Rain200H has 200"):
        open_dataset("rain200h", tree(*names))
