"""LOL v1 and v2: two spellings of low and normal, and training splits beside the tests."""

from __future__ import annotations

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError
from restorebench.datasets.copies.verification import verify

V1 = {
    "authors": [
        "LOLdataset/eval15/low/1.png",
        "LOLdataset/eval15/high/1.png",
        "LOLdataset/our485/low/2.png",
        "LOLdataset/our485/high/2.png",
    ],
    "the split itself": ["low/1.png", "high/1.png"],
    "Retinexformer": ["LOLv1/Test/input/1.png", "LOLv1/Test/target/1.png", "LOLv1/Train/input/2.png"],
    "AdaIR": ["test/enhance/lol/input/1.png", "test/enhance/lol/target/1.png"],
}
REAL = {
    "authors": ["LOL-v2/Real_captured/Test/Low/low00690.png", "LOL-v2/Real_captured/Test/Normal/normal00690.png"],
    "Retinexformer": ["Real_captured/Test/Low/00690.png", "Real_captured/Test/Normal/00690.png"],
    "the split itself": ["Low/low00690.png", "Normal/normal00690.png"],
}


@pytest.mark.parametrize("names", V1.values(), ids=V1.keys())
def test_v1_is_the_test_split(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("lol-v1", tree(*names, size=(400, 600)))
    assert [pair.key for pair in dataset] == ["1"]
    assert [dataset["1"].degraded.read()[0, 0, 0], dataset["1"].target.read()[0, 0, 0]] == [0, 1]
    assert dataset.report.completeness == "1 of 15"
    assert verify(dataset, decode=False).wrong_sizes == ()
    assert dataset.card.task == "enhancement"


@pytest.mark.parametrize("names", REAL.values(), ids=REAL.keys())
def test_v2_real_pairs_low_with_normal(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("lol-v2-real", tree(*names))
    assert [pair.key for pair in dataset] == ["00690"]
    assert dataset["00690"].target.read()[0, 0, 0] == 1
    assert dataset.report.completeness == "1 of 100"
    result = verify(dataset, decode=False)
    assert (result.missing[0], result.wrong_sizes) == ("00691", ("4x3",))


def test_v2_synthetic_is_not_v2_real(tree: MakeTree) -> None:
    root = tree(*REAL["authors"], *(f"LOL-v2/Synthetic/Test/{side}/r00816405t.png" for side in ("Low", "Normal")))
    assert [pair.key for pair in open_dataset("lol-v2-synthetic", root)] == ["r00816405t"]
    assert [pair.key for pair in open_dataset("lol-v2-real", root)] == ["00690"]
    with pytest.raises(DatasetError, match="is not a copy of LOL-v2-real"):
        open_dataset("lol-v2-real", root / "LOL-v2" / "Synthetic" / "Test" / "Low")


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    names = [f"our485/{side}/{n}.png" for n in range(16) for side in ("low", "high")]
    with pytest.raises(DatasetError, match="contains 16 pairs, but the test split of LOL-v1 has 15"):
        open_dataset("lol-v1", tree(*names) / "our485")
