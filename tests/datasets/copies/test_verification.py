"""`datasets verify`: what a copy is, told from its images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.trees import MakeTree
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import ImageError
from restorebench.datasets.copies.known_copies import known_copy
from restorebench.datasets.copies.verification import pixel_fingerprint, verify

RAIN100H = "2574fe27df2a64c46d10bafe446f2918114f33a8823a35b885c35de599ed407e"
"""Over the 100 decoded pairs of the 480x320 copy; a run's record has the same."""


def test_the_known_copy_is_recognised(fixtures: Path) -> None:
    result = verify(open_dataset("rain100h", fixtures / "images" / "Rain100H"))
    assert result.complete
    assert result.pixel_fingerprint == RAIN100H
    assert (result.known, result.compared_pairs, result.different) == ("identical", 100, ())
    assert dict(result.sizes) == {"480x320": 66, "320x480": 34}


def test_a_partial_copy_is_partial_but_known(fixtures: Path) -> None:
    result = verify(open_dataset("rain100h", fixtures / "images" / "Rain100H_native"))
    assert not result.complete
    assert len(result.missing) == 90
    assert (result.known, result.compared_pairs) == ("identical", 10)


def test_known_hashes_are_of_different_pairs() -> None:
    copy = known_copy("rain100h", "480x320")
    assert copy is not None
    assert len(set(copy.pairs.values())) == 100


@pytest.fixture
def recompressed(fixtures: Path, tmp_path: Path) -> Path:
    """Two pairs of Rain100H, written anew without compression."""
    for side in ("input", "target"):
        (tmp_path / side).mkdir()
        for number in (2, 10):
            source = fixtures / "images" / "Rain100H" / side / f"{number}.png"
            with Image.open(source) as image:
                image.save(tmp_path / side / f"{number}.png", compress_level=0)
    return tmp_path


def test_a_recompressed_copy_still_matches(recompressed: Path) -> None:
    result = verify(open_dataset("rain100h", recompressed))
    assert (result.known, result.compared_pairs) == ("identical", 2)


def test_one_changed_value_is_found(recompressed: Path) -> None:
    path = recompressed / "target" / "10.png"
    pixels = np.array(Image.open(path))
    pixels[5, 5, 1] ^= 1
    Image.fromarray(pixels).save(path)
    result = verify(open_dataset("rain100h", recompressed))
    assert (result.known, result.different) == ("different", ("10",))


def test_fingerprint_ignores_order_and_compression_but_not_keys(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png", "input/2.png", "target/2.png")
    pairs = list(open_dataset("paired", root))
    before = pixel_fingerprint(pairs)
    assert pixel_fingerprint(reversed(pairs)) == before
    for side in ("input", "target"):
        (root / side / "1.png").rename(root / side / "3.png")
    assert pixel_fingerprint(open_dataset("paired", root)) != before


def test_damage_and_unequal_sizes_are_one_sentence_each(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png", "input/2.png", "target/2.png", "input/3.png", "target/3.png")
    (root / "input" / "1.png").write_bytes(b"")
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(root / "target" / "2.png")
    result = verify(open_dataset("paired", root))
    assert not result.complete
    assert result.pixel_fingerprint == ""
    assert result.problems[0].startswith(f"{root}/input/1.png is empty")
    assert result.problems[1] == f"{root}/input/2.png is 4x3 but {root}/target/2.png is 8x9: replace the wrong one."
    assert len(result.problems) == 2
    assert verify(open_dataset("paired", root), decode=False).problems == result.problems
    with pytest.raises(ImageError, match="is empty"):
        pixel_fingerprint(open_dataset("paired", root))


def test_wrong_sizes_are_named(tree: MakeTree) -> None:
    names = ["test/GOPR0384_11_00/blur/000001.png", "test/GOPR0384_11_00/sharp/000001.png"]
    result = verify(open_dataset("gopro", tree(*names)), decode=False)
    assert result.wrong_sizes == ("4x3",)


def test_command_says_what_a_copy_is(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "verify", f"rain100h={fixtures}/images/Rain100H_native"]) == 1
    out = capsys.readouterr().out
    assert "Rain100H, variant 481x321: partial, 10 of 100 pairs" in out
    assert "11, 12, 13, 14, 15 and 85 more" in out
    assert "10 of 10 compared pairs are identical" in out


def test_command_exits_0_only_for_complete_copies(tree: MakeTree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree("input/1.png", "target/1.png")
    assert main(["datasets", "verify", f"paired={root}", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document[0]["complete"] is True
    assert document[0]["sizes"] == {"4x3": 1}
    assert main(["datasets", "verify", f"paired={root}", f"hide={root}"]) == 1
    assert "HIDE: partial, 1 of 2025 pairs" in capsys.readouterr().out


def test_command_without_a_copy_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "verify"]) == 2
    assert main(["datasets", "verify", "gopro"]) == 2
    assert "write gopro=FOLDER" in capsys.readouterr().err


def test_listing_names_every_data_set_with_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    out = capsys.readouterr().out
    assert "gopro: GoPro" in out
    assert "deblurring, 1111 pairs, protocol gopro@1, licence: CC BY 4.0" in out
    assert "quickstart-rain: Quickstart rain (demonstration)" in out
    assert main(["datasets", "--json"]) == 0
    assert {card["name"] for card in json.loads(capsys.readouterr().out)} >= {"gopro", "rain1400", "paired"}


def test_a_suite_is_verified_part_by_part(tree: MakeTree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree(
        "dehaze/input/0001_0.8_0.2.jpg",
        "dehaze/target/0001.png",
        "derain/Rain100L/input/1.png",
        "derain/Rain100L/target/1.png",
        "denoise/bsd68/1.png",
        size=(32, 32),
    )
    assert main(["datasets", "verify", f"aio-3={root}", "--json"]) == 1
    titles = [document["title"] for document in json.loads(capsys.readouterr().out)]
    assert titles == ["SOTS-outdoor", "Rain100L", *(f"CBSD68, sigma {sigma}" for sigma in (15, 25, 50))]


def test_show_has_the_card_and_the_suites(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "show", "rsblur", "aio-5"]) == 0
    out = capsys.readouterr().out
    assert "deblurring, 3360 pairs, protocol rsblur@1, licence: CC BY 4.0" in out
    assert "paper: " in out
    assert "part:     gopro, below FOLDER/deblur/gopro" in out
    assert main(["datasets", "show", "gopor"]) == 2
    assert "did you mean gopro" in capsys.readouterr().err
    assert main(["datasets", "show", "gopro", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "gopro"
    assert main(["datasets", "show"]) == 2
