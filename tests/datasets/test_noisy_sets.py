"""CBSD68, Kodak24 and Urban100: their clean images, with the noise of `denoise`."""

from __future__ import annotations

import pytest
from helpers.archives import pack
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, UsageError

PLACES = {
    "cbsd68": ["", "original_png/", "CBSD68/original_png/", "denoise/bsd68/"],
    "kodak24": ["", "Kodak24/", "denoise/kodak24/"],
    "urban100": ["", "Urban100/", "denoise/urban100/"],
}


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, places in PLACES.items() for place in places])
def test_the_noise_is_that_of_denoise(tree: MakeTree, name: str, place: str) -> None:
    root = tree(f"{place}0.png", f"{place}1.png", size=(32, 32))
    dataset, other = open_dataset(name, root, sigma=50), open_dataset("denoise", root / place, sigma=50)
    assert [pair.key for pair in dataset] == ["0", "1"]
    for pair in dataset:
        assert (pair.degraded.read() == other[pair.key].degraded.read()).all()
    assert dataset.variant == "sigma 50"
    assert dataset.card.title.endswith(", sigma 50")
    assert dataset.report.found_pairs == 2
    assert not dataset.report.complete


def test_precomputed_noise_of_a_copy_is_not_used(tree: MakeTree) -> None:
    root = tree("CBSD68/noisy25/0000.png", "CBSD68/original_png/0000.png", size=(16, 16))
    pair = open_dataset("cbsd68", root)["0000"]
    assert (pair.target.read() == 1).all()


def test_too_many_images_are_not_the_set(tree: MakeTree) -> None:
    root = tree(*(f"{n}.png" for n in range(25)), size=(16, 16))
    with pytest.raises(DatasetError, match="contains 25 images, but Kodak24 has 24: give the folder"):
        open_dataset("kodak24", root)


def test_another_sigma_and_no_folder(tree: MakeTree) -> None:
    with pytest.raises(UsageError, match=r"kodak24\[sigma=30\] is not part of the papers' random stream"):
        open_dataset("kodak24", tree("0.png", size=(16, 16)), sigma=30)
    with pytest.raises(DatasetError, match=r"write urban100\[sigma=25\]=FOLDER"):
        open_dataset("urban100")


def test_an_archive(tree: MakeTree) -> None:
    root = tree("original_png/0.png", "noisy25/0.png", size=(16, 16))
    archive = pack(root, root / "CBSD68.zip", "CBSD68")
    assert [pair.key for pair in open_dataset("cbsd68", archive)] == ["0"]
