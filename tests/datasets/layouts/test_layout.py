from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers.memory_dataset import CARD, MemoryImage
from helpers.trees import MakeTree
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.contracts import ImageSource
from restorebench.bench.errors import DatasetError, PairingError
from restorebench.datasets.layouts.layout import Contents, Found, Images, Layout, image_files, on_name, on_path
from restorebench.datasets.layouts.paired_list import open_pairs


@dataclass(frozen=True)
class Listed:
    """A side that lists its images in the order given."""

    where: str
    keys: tuple[str, ...]

    def read(self, base: Path) -> Contents:
        images: dict[str, ImageSource] = {key: MemoryImage(f"{base}/{self.where}/{key}.png", None) for key in self.keys}
        return Contents(images)


def found(degraded: Contents, target: Contents) -> Found:
    layout = Layout("{blur,sharp}/NAME.png", Listed("blur", ()), Listed("sharp", ()))
    return Found(layout, Path("root"), degraded, target)


KEYS = [f"s{number % 2}/{number}" for number in (1, 2, 9, 10, 11, 100)]


@given(st.permutations(KEYS), st.permutations(KEYS))
def test_pairs_are_by_key_whatever_the_order_of_the_listings(degraded: list[str], target: list[str]):
    sides = Listed("blur", tuple(degraded)).read(Path("root")), Listed("sharp", tuple(target)).read(Path("root"))
    opened = open_pairs(CARD, found(*sides).pairs(), layout="listed", root="root")
    assert [pair.key for pair in opened] == ["s0/2", "s0/10", "s0/100", "s1/1", "s1/9", "s1/11"]
    for pair in opened:
        assert (pair.degraded.name, pair.target.name) == (f"root/blur/{pair.key}.png", f"root/sharp/{pair.key}.png")
    alike = open_pairs(CARD, reversed([*opened]), layout="listed", root="root")
    assert alike.report.listing_sha256 == opened.report.listing_sha256


def test_a_key_joins_the_groups_that_took_part():
    rule = on_path(r"(?:test/)?([^/]+)/(?:blur|sharp)/0*([0-9]+)(?:-(x))?")
    assert rule("test/GOPR01/blur/000012") == "GOPR01/12"
    assert rule("GOPR01/sharp/7-x") == "GOPR01/7/x"
    assert rule("GOPR01/other/7") is None
    assert on_name("rain-([0-9]+)")("any/where/rain-3") == "3"


def test_unpaired_images_are_listed_from_both_sides():
    with pytest.raises(PairingError) as caught:
        list(found(Listed("blur", ("1", "2", "10")).read(Path()), Listed("sharp", ("2", "3")).read(Path())).pairs())
    assert "2 degraded images without a target (1, 10)" in str(caught.value)
    assert "1 target without a degraded image (3)" in str(caught.value)


def test_a_selection_keeps_partners_and_complains_of_nothing_else():
    whole = found(Listed("blur", ("1", "2", "3")).read(Path()), Listed("sharp", ("1", "2")).read(Path()))
    assert [pair.key for pair in whole.select(["2"]).pairs()] == ["2"]


def test_two_files_of_one_key_are_refused(tree: MakeTree):
    root = tree("input/1.png", "input/01.png")
    with pytest.raises(PairingError, match="both have the key 1: remove one of them"):
        Images("input", on_name("0*([0-9]+)")).read(root)


def test_hidden_files_other_files_and_junk_folders_are_passed_over(tree: MakeTree):
    root = tree("a/in/1.png", "a/in/2.JPG", "a/in/._1.png", "__MACOSX/in/3.png", ".git/in/4.png")
    (root / "a/in/notes.txt").write_text("")
    (root / "a/in/folder.png").mkdir()
    assert sorted(path.name for path in image_files(root / "a/in")) == ["1.png", "2.JPG"]
    contents = Images("*/in", on_name("([0-9]+)")).read(root)
    assert contents is not None
    assert sorted(contents.images) == ["1", "2"]


def test_a_side_without_its_folder_is_no_layout(tree: MakeTree):
    root = tree("input/1.png", "target/1.png")
    key = on_name("([^/]+)")
    assert Layout("x", Images("input", key), Images("nothing", key)).find(root) is None
    assert Layout("x", Images("nothing", key), Images("target", key)).find(root) is None
    assert Layout("x", Images("input", key), Images("target", key)).find(root) is not None


def test_a_folder_that_cannot_be_listed_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be listed"):
        list(image_files(tmp_path / "file"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name themselves")
def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path):
    (tmp_path / os.fsdecode(b"x\xe9.png")).touch()
    with pytest.raises(DatasetError, match=r"name is not UTF-8 \(x\\udce9\.png\): rename it"):
        list(image_files(tmp_path))
