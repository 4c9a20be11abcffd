"""Near-duplicates: the known ones of Rain100H, and what a perceptual hash has to survive."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from helpers.trees import MakeTree
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.contracts import UInt8Image
from restorebench.bench.datasets import open_dataset
from restorebench.datasets.copies.overlap import MOST_BITS, find_overlap
from restorebench.datasets.copies.perceptual_hash import BITS, distances, perceptual_hash
from restorebench.datasets.rain100h import SAME_BACKGROUND


def test_rain100h_has_91_backgrounds(fixtures: Path) -> None:
    found = find_overlap(open_dataset("rain100h", fixtures / "images" / "Rain100H"))
    assert {(int(pair.second), int(pair.first)) for pair in found.pairs} == {*SAME_BACKGROUND.items()}
    assert found.distinct == 91
    assert len(found.first_keys) == 18


def test_the_two_crops_of_rain100h_are_the_same_images(fixtures: Path) -> None:
    native = open_dataset("rain100h", fixtures / "images" / "Rain100H_native")
    found = find_overlap(native, open_dataset("rain100h", fixtures / "images" / "Rain100H"))
    assert {(key, key) for key in map(str, range(1, 11))} <= {(pair.first, pair.second) for pair in found.pairs}
    assert max(pair.bits for pair in found.pairs) < MOST_BITS // 2


def test_berkeley_photographs_in_rain100h_are_found_and_others_are_far(fixtures: Path) -> None:
    berkeley = open_dataset("unpaired", fixtures / "images" / "BSDS500_val")
    found = find_overlap(berkeley, open_dataset("rain100h", fixtures / "images" / "Rain100H"), most_bits=BITS // 3)
    assert ("208001", "30") in {(pair.first, pair.second) for pair in found.pairs}
    assert max(pair.bits for pair in found.pairs) < MOST_BITS // 2  # nothing between these and a third of the bits
    assert len(found.pairs) == 25
    assert (found.first_images, found.second_images) == (100, 100)


@pytest.fixture(scope="module")
def photograph(fixtures: Path) -> UInt8Image:
    return np.asarray(Image.open(fixtures / "images/BSDS500_val/101085.jpg").convert("RGB"))


def recompressed(image: UInt8Image) -> UInt8Image:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=40)
    return np.asarray(Image.open(file))


CHANGES = {
    "compression": recompressed,
    "half the size": lambda image: image[::2, ::2],
    "a small crop": lambda image: image[:-1, :-1],
    "brightness": lambda image: np.clip(image * 0.7 + 20, 0, 255).astype(np.uint8),
    "noise": lambda image: np.clip(image + np.random.default_rng(0).normal(0, 15, image.shape), 0, 255).astype(
        np.uint8
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_hash_survives(photograph: UInt8Image, change) -> None:  # noqa: ANN001 -- a function of images
    one, two = perceptual_hash(photograph), perceptual_hash(change(photograph))
    assert distances(one[None], two[None])[0, 0] <= MOST_BITS


@pytest.mark.parametrize(
    "change", [np.flipud, np.fliplr, lambda image: 255 - image], ids=["flip", "mirror", "negative"]
)
def test_a_hash_does_not_survive(photograph: UInt8Image, change) -> None:  # noqa: ANN001 -- a function of images
    one, two = perceptual_hash(photograph), perceptual_hash(np.ascontiguousarray(change(photograph)))
    assert distances(one[None], two[None])[0, 0] > 2 * MOST_BITS


def test_chains_of_near_duplicates_are_one_picture(tmp_path: Path, photograph: UInt8Image) -> None:
    for name, image in {"a": photograph, "b": photograph[:-1], "c": photograph[:, :-1], "d": photograph[::-1]}.items():
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    found = find_overlap(open_dataset("unpaired", tmp_path))
    assert found.distinct == 2
    assert found.first_keys == found.second_keys == ("a", "b", "c")


def test_images_that_cannot_be_read_are_told(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png", "input/2.png", "target/2.png")
    (root / "target" / "2.png").write_bytes(b"")
    found = find_overlap(open_dataset("paired", root), open_dataset("paired", root))
    assert [(pair.first, pair.second) for pair in found.pairs] == [("1", "1")]
    assert len(found.problems) == 2
    assert "is empty" in found.problems[0]


def test_the_command(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = fixtures / "images"
    assert main(["datasets", "overlap", f"rain100h={images}/Rain100H"]) == 1
    out = capsys.readouterr().out
    assert "Rain100H: 100 images, 91 distinct" in out
    assert "3 and 4, equal" in out
    command = ["datasets", "overlap", f"unpaired={images}/BSDS500_val", f"rain100h={images}/Rain100H"]
    assert main(command) == 1
    assert "of 100 images of Rain100H have a near-duplicate among the 100 of images" in capsys.readouterr().out
    assert main([*command, "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["pairs"]) == 25


def test_no_overlap_exits_0_and_wrong_limits_2(
    tmp_path: Path, photograph: UInt8Image, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, image in {"a": photograph, "b": photograph[::-1]}.items():
        (tmp_path / name).mkdir()
        Image.fromarray(image).save(tmp_path / name / "1.png")
    command = ["datasets", "overlap", f"unpaired={tmp_path}/a", f"unpaired={tmp_path}/b"]
    assert main(command) == 0
    assert "0 of 1 image" in capsys.readouterr().out
    assert main([*command, "--most-bits", "200"]) == 2
    assert "must be 0 to 85" in capsys.readouterr().err
