"""Roots that are not quite right get a sentence that helps."""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
import re
import zipfile
from pathlib import Path

import pytest
import restorebench.datasets
from helpers.archives import pack
from helpers.trees import MakeTree
from restorebench.bench.datasets import DATASETS, open_dataset
from restorebench.bench.errors import DatasetError, UnknownNameError, UsageError
from restorebench.datasets import DATASETS as CATALOGUE


def test_every_catalogued_name_opens_a_data_set_of_that_name() -> None:
    assert len(CATALOGUE) >= 14
    for name in CATALOGUE:
        card = DATASETS.get(name).card
        assert card.name == name
        assert card.layouts
        assert card.how_to_get
        assert "@" in card.default_protocol


@pytest.mark.parametrize("name", ["gopro", "realblur-j", "rain100h", "hide", "test1200", "rain1400", "paired"])
def test_no_root(name: str) -> None:
    with pytest.raises(UsageError, match=f"write {name}=FOLDER"):
        open_dataset(name)


def test_a_root_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "GOPRO_Large").mkdir()
    with pytest.raises(DatasetError, match=r"no folder .*/GOPRO_Lagre/test: .* exists and contains GOPRO_Large"):
        open_dataset("gopro", tmp_path / "GOPRO_Lagre" / "test")


def test_a_root_that_is_a_broken_archive(tmp_path: Path) -> None:
    archive = tmp_path / "GOPRO_Large.zip"
    archive.write_bytes(b"PK")
    with pytest.raises(DatasetError, match=r"GOPRO_Large\.zip is no complete zip archive .*: download it again"):
        open_dataset("gopro", archive)


def test_a_root_that_is_another_file(tmp_path: Path) -> None:
    archive = tmp_path / "GOPRO_Large.rar"
    archive.write_bytes(b"Rar!")
    with pytest.raises(DatasetError, match=r"GOPRO_Large\.rar is a file: .*, or its \.zip, \.tar or \.tar\.gz archive"):
        open_dataset("gopro", archive)


def test_an_empty_root(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"is not a copy of Rain100H \(it is empty\)"):
        open_dataset("rain100h", tmp_path)


def test_something_else_entirely(tree: MakeTree) -> None:
    with pytest.raises(DatasetError, match=r"is not a copy of HIDE \(it contains holiday\): a copy has test/HIDE/"):
        open_dataset("hide", tree("holiday/beach.png"))


def test_one_level_too_low(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png")
    with pytest.raises(DatasetError, match=f"but {root} is: give rain100h={root}"):
        open_dataset("rain100h", root / "input")


def test_two_levels_too_high(tree: MakeTree) -> None:
    root = tree("data/mine/input/1.png", "data/mine/target/1.png")
    with pytest.raises(DatasetError, match=f"but {root}/data/mine is: give hide={root}/data/mine"):
        open_dataset("hide", root)


@pytest.mark.parametrize(("absent", "there"), [("target", "input"), ("input", "target")])
def test_half_a_copy(tree: MakeTree, absent: str, there: str) -> None:
    root = tree(f"{there}/1.png")
    with pytest.raises(DatasetError, match=f"{absent} does not exist, but the other images"):
        open_dataset("hide", root)
    (root / absent).mkdir()
    with pytest.raises(DatasetError, match=f"{absent} contains no images, but the other images"):
        open_dataset("hide", root)


def test_two_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "target").mkdir()
    with pytest.raises(DatasetError, match="has empty folders input and target"):
        open_dataset("hide", tmp_path)


def test_a_wrong_key_suggests_the_right_one(tree: MakeTree) -> None:
    dataset = open_dataset("hide", tree("input/frame10.png", "target/frame10.png"))
    with pytest.raises(UnknownNameError, match="Unknown pair of HIDE 'frame1': did you mean frame10"):
        dataset["frame1"]


def test_the_listing_hash_changes_with_a_files_size(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png", "input/2.png", "target/2.png")
    before = open_dataset("hide", root).report.listing_sha256
    assert open_dataset("hide", root).report.listing_sha256 == before
    with (root / "target" / "2.png").open("ab") as file:
        file.write(b"\0")
    assert open_dataset("hide", root).report.listing_sha256 != before


def test_a_folder_that_may_not_be_read(tree: MakeTree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("input/1.png", "target/1.png")

    def forbidden(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.raises(DatasetError, match=r"input cannot be listed \(Permission denied\): check its permissions"):
        open_dataset("hide", root)


def test_trouble_in_a_neighbouring_folder_is_not_reported(tree: MakeTree) -> None:
    root = tree("other/input/1.png", "other/input/1.jpg", "other/target/1.png")
    with pytest.raises(DatasetError, match=r"is not a copy of HIDE \(it contains other\)"):
        open_dataset("hide", root)


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(restorebench.datasets.__path__)])
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"restorebench.datasets.{name}")).failed == 0


def test_an_archive_of_archives(tree: MakeTree, tmp_path: Path) -> None:
    copy = pack(
        tree("test/GOPR0384_11_00/blur/000001.png", "test/GOPR0384_11_00/sharp/000001.png"), tmp_path / "GOPRO.zip"
    )
    outer = tmp_path / "download.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(copy, copy.name)
    with pytest.raises(DatasetError, match=r"holds GOPRO\.zip, and no image of GoPro: unpack it, and give gopro=GOPRO"):
        open_dataset("gopro", outer)


@pytest.mark.parametrize("text", ["{}", "{}/none", "./data"])
def test_a_path_in_place_of_a_name(tmp_path: Path, text: str) -> None:
    name = text.format(tmp_path)
    with pytest.raises(UnknownNameError, match=f"A path stands after the name: NAME={re.escape(name)}, or paired="):
        open_dataset(name, tmp_path)
    with pytest.raises(UnknownNameError) as mistyped:
        open_dataset("goprp", tmp_path)
    assert "A path" not in str(mistyped.value)
