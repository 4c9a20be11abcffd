"""SOTS, indoor and outdoor: several hazes for one target, and a border that one of the two lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.trees import MakeTree
from PIL import Image
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError
from restorebench.bench.files.images import source_size
from restorebench.datasets.copies.verification import verify

INDOOR = {
    "authors": ["SOTS/indoor/hazy/1400_1.png", "SOTS/indoor/hazy/1400_10.png", "SOTS/indoor/gt/1400.png"],
    "FFA-Net": ["indoor/hazy/1400_1.png", "indoor/hazy/1400_10.png", "indoor/clear/1400.png"],
    "DehazeFormer": [f"test/{side}/1400_{n}.png" for side in ("hazy", "GT") for n in (1, 10)],
}
OUTDOOR = {
    "authors": ["outdoor/hazy/0001_0.8_0.2.jpg", "outdoor/gt/0001.png"],
    "AdaIR": ["dehaze/input/0001_0.8_0.2.jpg", "dehaze/target/0001.png"],
    "DehazeFormer": ["test/hazy/0001_0.8_0.2.jpg", "test/GT/0001_0.8_0.2.jpg"],
}


@pytest.mark.parametrize("names", INDOOR.values(), ids=INDOOR.keys())
def test_indoor_has_the_same_keys_in_every_layout(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("sots-indoor", tree(*names))
    assert [(pair.key, pair.group) for pair in dataset] == [("1400/1", "1400"), ("1400/10", "1400")]
    assert [pair.degraded.read()[0, 0, 0] for pair in dataset] == [0, 1]
    assert dataset["1400/1"].target.read()[0, 0, 0] == 2
    assert dataset.report.completeness == "2 of 500"


@pytest.mark.parametrize("names", OUTDOOR.values(), ids=OUTDOOR.keys())
def test_outdoor_has_the_same_keys_in_every_layout(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("sots-outdoor", tree(*names))
    assert [(pair.key, pair.group) for pair in dataset] == [("0001/0.8_0.2", "0001")]
    assert dataset["0001/0.8_0.2"].target.read()[0, 0, 0] == 1


def test_the_two_halves_are_not_mistaken_for_each_other(tree: MakeTree) -> None:
    root = tree(*INDOOR["FFA-Net"], *OUTDOOR["authors"])
    assert len(open_dataset("sots-indoor", root)) == 2
    assert len(open_dataset("sots-outdoor", root)) == 1
    with pytest.raises(DatasetError, match="is not a copy of SOTS-outdoor"):
        open_dataset("sots-outdoor", root / "indoor" / "hazy")


def test_a_haze_without_its_scene_stops(tree: MakeTree) -> None:
    with pytest.raises(PairingError, match=r"1 degraded image without a target \(1401/1\)"):
        open_dataset("sots-indoor", tree("hazy/1400_1.png", "hazy/1401_1.png", "gt/1400.png"))


def test_targets_of_640x480_lose_their_border(tmp_path: Path) -> None:
    whole = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    for side, name, image in (("hazy", "1400_1", whole[10:470, 10:630]), ("gt", "1400", whole)):
        (tmp_path / side).mkdir()
        Image.fromarray(image).save(tmp_path / side / f"{name}.png")
    dataset = open_dataset("sots-indoor", tmp_path)
    target = dataset["1400/1"].target
    assert (target.read() == whole[10:470, 10:630]).all()
    assert source_size(target) == (460, 620)
    assert verify(dataset).problems == ()


def test_other_sizes_are_left_alone(tmp_path: Path) -> None:
    for side, name in (("hazy", "1400_1"), ("gt", "1400")):
        (tmp_path / side).mkdir()
        Image.fromarray(np.zeros((460, 620, 3), np.uint8)).save(tmp_path / side / f"{name}.png")
    assert open_dataset("sots-indoor", tmp_path)["1400/1"].target.read().shape == (460, 620, 3)


def test_the_training_set_is_refused(tree: MakeTree) -> None:
    names = [f"hazy/1400_{n}.png" for n in range(501)]
    with pytest.raises(DatasetError, match="contains 501 hazy images, but SOTS-indoor has 500"):
        open_dataset("sots-indoor", tree(*names, "gt/1400.png"))
