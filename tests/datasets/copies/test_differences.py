"""Two copies, pair by pair."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.archives import pack
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.datasets import open_dataset
from restorebench.datasets.copies.differences import compare_copies


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of three pairs."""
    draws = np.random.default_rng(0)
    for side in ("input", "target"):
        (tmp_path / "one" / side).mkdir(parents=True)
        for number in (1, 2, 10):
            image = Image.fromarray(draws.integers(0, 255, (8, 9, 3), dtype=np.uint8))
            image.save(tmp_path / "one" / side / f"{number}.png")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    return tmp_path / "one", tmp_path / "two"


def change(path: Path) -> None:
    pixels = np.array(Image.open(path))
    pixels[2, 3, 1] += 1
    pixels[0, 0, 0] += 1
    Image.fromarray(pixels).save(path)


def test_equal_copies_are_equal_whatever_their_compression(copies: tuple[Path, Path]) -> None:
    one, two = copies
    for path in two.rglob("*.png"):
        Image.open(path).save(path, compress_level=0)
    found = compare_copies(open_dataset("paired", one), open_dataset("paired", pack(two, two / "two.zip")))
    assert found.equal
    assert found.compared == 3


def test_every_difference_is_named(copies: tuple[Path, Path]) -> None:
    one, two = copies
    change(two / "target" / "10.png")
    Image.fromarray(np.zeros((7, 9, 3), np.uint8)).save(two / "input" / "2.png")
    for side in ("input", "target"):
        (two / side / "1.png").rename(two / side / "3.png")
    found = compare_copies(open_dataset("paired", one), open_dataset("paired", two))
    assert not found.equal
    assert (found.compared, found.only_first, found.only_second) == (2, ("1",), ("3",))
    assert {pair.key: pair.difference for pair in found.different} == {
        "2": "degraded: 9x8 and 9x7",
        "10": "target: 2 of 72 pixels, by at most 1 grey level",
    }


def test_a_damaged_image_is_a_difference(copies: tuple[Path, Path]) -> None:
    one, two = copies
    (two / "input" / "2.png").write_bytes(b"")
    (pair,) = compare_copies(open_dataset("paired", one), open_dataset("paired", two)).different
    assert "is empty" in pair.difference


def test_the_command_names_them_and_exits_1(copies: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    one, two = copies
    command = ["datasets", "verify", f"paired={one}", "--against", f"paired={two}"]
    assert main(command) == 0
    assert "3 of 3 shared pairs equal those of" in capsys.readouterr().out
    change(two / "target" / "10.png")
    assert main(command) == 1
    assert "differs      10: target: 2 of 72 pixels" in capsys.readouterr().out
    assert main([*command, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["against"]["different"][0]["key"] == "10"


def test_pairs_that_differ_from_the_known_copy_are_all_named(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side in ("input", "target"):
        shutil.copytree(fixtures / "images" / "Rain100H" / side, tmp_path / side)
    changed = [str(number) for number in range(1, 13)]
    for number in changed:
        change(tmp_path / "target" / f"{number}.png")
    assert main(["datasets", "verify", f"rain100h={tmp_path}"]) == 1
    out = capsys.readouterr().out
    assert "altered, different from the known copy in 12 pairs" in out
    assert f"different: {', '.join(changed)}\n" in out
