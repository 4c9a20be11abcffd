"""RealBlur in every layout, with and without its list file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, PairingError
from restorebench.datasets.copies.official_lists import official_keys

FOLDERS = {
    "realblur-j": "RealBlur-J_ECC_IMCORR_centroid_itensity_ref",
    "realblur-r": "RealBlur-R_BM3D_ECC_IMCORR_centroid_itensity_ref",
}
KEYS = ["scene002/2", "scene230/7", "scene230/10"]
TRAINING = ["scene001/2", "scene230/1"]


def official(folder: str, keys: list[str]) -> list[str]:
    parts = [key.split("/") for key in keys]
    return [f"{folder}/{scene}/{side}/{side}_{n}.png" for scene, n in parts for side in ("blur", "gt")]


def named(degraded: str, target: str, keys: list[str] = KEYS) -> list[str]:
    parts = [key.split("/") for key in keys]
    return [side.format(scene=scene, n=n) for scene, n in parts for side in (degraded, target)]


LAYOUTS = {
    "official": official(f"RealBlur/{FOLDERS['realblur-j']}", KEYS),
    "official, the folder itself": official("", KEYS),
    "flat": named("blur/{scene}/blur_{n}.png", "gt/{scene}/gt_{n}.png"),
    "flat, equal names": named("blur/{scene}/blur_{n}.png", "gt/{scene}/blur_{n}.png"),
    "MPRNet": named("RealBlur_J/input/{scene}_blur_{n}.png", "RealBlur_J/target/{scene}_blur_{n}.png"),
    "MPRNet, gt": named("test/RealBlur_J/input/{scene}_blur_{n}.png", "test/RealBlur_J/target/{scene}_gt_{n}.png"),
    "dashes": named("input/{scene}-{n}.png", "target/{scene}-{n}.png"),
}


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_has_the_same_keys_and_scenes(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("realblur-j", tree(*(name.lstrip("/") for name in names)))
    assert [pair.key for pair in dataset] == KEYS
    assert [pair.group for pair in dataset] == ["scene002", "scene230", "scene230"]
    assert dataset.report.completeness == "3 of 980"
    assert dataset.report.warnings == ()
    for index, pair in enumerate(dataset):
        assert (pair.degraded.read()[0, 0, 0], pair.target.read()[0, 0, 0]) == (2 * index, 2 * index + 1)


def write_list(root: Path, letter: str, keys: list[str]) -> Path:
    """As the authors write it: a blank before each newline, none at the end."""
    folder = FOLDERS[f"realblur-{letter.lower()}"]
    lines = [f"{folder}/{s}/gt/gt_{n}.png {folder}/{s}/blur/blur_{n}.png " for s, n in (key.split("/") for key in keys)]
    path = root / f"RealBlur_{letter}_test_list.txt"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("name", FOLDERS)
def test_the_list_file_chooses_the_pairs(tree: MakeTree, name: str) -> None:
    root = tree(*official(FOLDERS[name], [*KEYS, *TRAINING]))
    write_list(root, name[-1].upper(), KEYS)
    dataset = open_dataset(name, root)
    assert [pair.key for pair in dataset] == KEYS
    assert [pair.key for pair in open_dataset(name, root / FOLDERS[name])] == KEYS


def test_without_the_list_file_the_packages_list_is_taken_and_said(tree: MakeTree) -> None:
    training = [f"scene001/{n}" for n in range(1, 981)]
    dataset = open_dataset("realblur-j", tree(*official(FOLDERS["realblur-j"], [*KEYS, *training])))
    assert [pair.key for pair in dataset] == KEYS
    assert dataset.report.warnings == (
        "There is no list file, so restorebench's own list was used to select test pairs among 983.",
    )


def test_unpaired_training_images_do_not_matter_but_unpaired_test_images_do(tree: MakeTree) -> None:
    folder = FOLDERS["realblur-j"]
    root = tree(*official(folder, [*KEYS, *TRAINING]))
    (root / folder / "scene001/gt/gt_2.png").unlink()
    assert len(open_dataset("realblur-j", root)) == 3
    (root / folder / "scene230/gt/gt_7.png").unlink()
    with pytest.raises(PairingError, match=r"without a target \(scene230/7\)"):
        open_dataset("realblur-j", root)


def test_a_list_that_names_absent_files_stops(tree: MakeTree) -> None:
    root = tree(*official(FOLDERS["realblur-j"], KEYS))
    path = write_list(root, "J", [*KEYS, "scene050/3"])
    with pytest.raises(DatasetError, match=rf"{re.escape(str(path))} lists 1 pairs that are not in .*\(scene050/3\)"):
        open_dataset("realblur-j", root)


def test_a_list_that_is_not_one_stops_at_its_line(tree: MakeTree) -> None:
    root = tree(*official(FOLDERS["realblur-j"], KEYS))
    path = write_list(root, "J", KEYS)
    path.write_text(path.read_text().replace("blur_7.png", "blur_8.png"))
    with pytest.raises(DatasetError, match=r"test_list\.txt, line 2, is not `gt-path blur-path` of a pair"):
        open_dataset("realblur-j", root)


def test_another_list_is_said(tree: MakeTree) -> None:
    root = tree(*official(FOLDERS["realblur-j"], KEYS))
    write_list(root, "J", KEYS)
    assert open_dataset("realblur-j", root).report.warnings == (
        "RealBlur_J_test_list.txt is not the official list of 980 test pairs.",
    )


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    root = tree(*official(FOLDERS["realblur-j"], TRAINING))
    with pytest.raises(DatasetError, match="none of its 980 test pairs, so it is the training split"):
        open_dataset("realblur-j", root)


@pytest.mark.parametrize("folder", [FOLDERS["realblur-r"], "RealBlur_R"])
def test_the_other_camera_format_is_refused(tree: MakeTree, folder: str) -> None:
    root = tree(*official(folder, KEYS)) / folder
    with pytest.raises(DatasetError, match="is RealBlur-R, not RealBlur-J: write realblur-r="):
        open_dataset("realblur-j", root)


@pytest.mark.parametrize("letter", ["J", "R"])
def test_the_official_list_gives_a_complete_copy(tmp_path: Path, fixtures: Path, letter: str) -> None:
    text = (fixtures / "images" / "lists" / f"RealBlur_{letter}_test_list.txt").read_text()
    (tmp_path / f"RealBlur_{letter}_test_list.txt").write_text(text)
    for name in text.split():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    dataset = open_dataset(f"realblur-{letter.lower()}", tmp_path)
    assert dataset.report.complete
    assert dataset.report.warnings == ()
    assert {pair.key for pair in dataset} == official_keys("realblur test")


def test_another_list_is_opened_by_name_and_says_so(tree: MakeTree) -> None:
    names = [f"{FOLDERS['realblur-j']}/scene{n}/{side}/{side}_1.png" for n in ("001", "002") for side in ("gt", "blur")]
    root = tree(*names)
    (root / "RealBlur_J_train_list.txt").write_text(f"{names[0]} {names[1]}\n")
    dataset = open_dataset("realblur-j", root, pairs="RealBlur_J_train_list.txt")
    assert [pair.key for pair in dataset] == ["scene001/1"]
    assert (dataset.variant, dataset.report.expected_pairs) == ("RealBlur_J_train_list", None)
    assert "is not the list of the 980 test pairs" in dataset.report.warnings[0]
    with pytest.raises(DatasetError, match=r"There is no list absent\.txt in"):
        open_dataset("realblur-j", root, pairs="absent.txt")
