"""Data sets inside archives: the same pairs as in a folder, whichever loader opens them."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers.archives import KINDS, pack
from helpers.trees import MakeTree
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.contracts import PairedDataset
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, ImageError, PairingError
from restorebench.bench.files.archives import ArchivePath
from restorebench.datasets.copies.verification import verify

TREES = {
    "gopro": ["test/GOPR0384_11_00/blur/000001.png", "test/GOPR0384_11_00/sharp/000001.png"],
    "hide": ["input/1.png", "target/1.png"],
    "realblur-j": [
        "scene002/blur/blur_3.png",
        "scene002/gt/gt_3.png",
        "scene002/blur/blur_2.png",
        "scene002/gt/gt_2.png",
    ],
    "rain100h": ["rainy/rain-001.png", "norain-001.png"],
    "rain100l": ["rain/X2/norain-1x2.png", "norain/norain-1.png"],
    "rain12": ["input/1.png", "groundtruth/1.png"],
    "rain1400": ["testing/rainy_image/901_1.jpg", "testing/ground_truth/901.jpg"],
    "test100": ["test/Test100/input/1.png", "test/Test100/target/1.png"],
    "rain200h": ["test/rain/X2/norain-1x2.png", "test/norain/norain-1.png"],
    "spa-data": ["rain/000.png", "gt/000gt.png"],
    "did-data": ["0.png"],
    "ddn-data": ["rainy_image/901_1.jpg", "ground_truth/901.jpg"],
    "raindrop": ["test_a/data/0_rain.png", "test_a/gt/0_clean.png"],
    "snow100k-s": ["test/Snow100K-S/synthetic/a.jpg", "test/Snow100K-S/gt/a.jpg"],
    "sots-indoor": ["indoor/hazy/1400_1.png", "indoor/gt/1400.png"],
    "sots-outdoor": ["outdoor/hazy/0001_0.8_0.2.jpg", "outdoor/gt/0001.png"],
    "outdoor-rain": ["in/im_0001_s80_a04.png", "gt/im_0001.png"],
    "lol-v1": ["eval15/low/1.png", "eval15/high/1.png"],
    "lol-v2-real": ["Real_captured/Test/Low/low00690.png", "Real_captured/Test/Normal/normal00690.png"],
    "rsblur": ["0001/000022/real_blur/real_blur.png", "0001/000022/gt/gt_sharp.png"],
    "kodak24": ["kodim01.png"],
    "paired": ["input/x/1.png", "target/x/1.png"],
    "unpaired": ["a/1.png", "b/2.png"],
    "denoise": ["1.png", "2.png"],
    "photographs-train": ["1.png", "2.png"],
}
OPTIONS = {"photographs-train": {"size": 16, "count": 2}}


def same(dataset: PairedDataset, other: PairedDataset) -> bool:
    pairs = zip(dataset, other, strict=True)
    return dataset.report.listing_sha256 == other.report.listing_sha256 and all(
        one.key == two.key
        and one.group == two.group
        and (one.degraded.read() == two.degraded.read()).all()
        and (one.target.read() == two.target.read()).all()
        for one, two in pairs
    )


@pytest.mark.parametrize("top", ["", "Some_Release", "Some_Release/v1"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TREES)
def test_every_loader_reads_an_archive_as_it_is(tree: MakeTree, name: str, kind: str, top: str) -> None:
    root = tree(*TREES[name], size=(32, 48))
    options = OPTIONS.get(name, {})
    archive = pack(root, root / f"copy.{kind}", top if name != "unpaired" else "")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert same(open_dataset(name, archive, **options), open_dataset(name, root, **options))
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before  # nothing is unpacked


def test_a_path_may_lead_into_an_archive(tree: MakeTree) -> None:
    root = tree("deep/down/input/1.png", "deep/down/target/1.png", "readme/1.png")
    archive = pack(root, root / "copy.zip")
    assert len(open_dataset("paired", archive / "deep" / "down")) == 1
    with pytest.raises(DatasetError, match=r"copy\.zip exists and contains deep, readme; correct the path"):
        open_dataset("paired", archive / "depe")


def test_an_archive_in_the_given_folder_is_suggested(tree: MakeTree) -> None:
    root = tree("x/test/HIDE/input/1.png", "x/test/HIDE/target/1.png")
    (root / "given" / "notes").mkdir(parents=True)
    archive = pack(root / "x", root / "given" / "HIDE.zip")
    (root / "given" / "broken.zip").write_bytes(b"PK")
    with pytest.raises(DatasetError, match=f"given is not a copy of HIDE, but {archive} is: give hide={archive}"):
        open_dataset("hide", root / "given")


def test_an_archive_of_something_else_says_what_it_has(tree: MakeTree) -> None:
    root = tree("holiday/beach.png")
    archive = pack(root, root / "photos.tar")
    with pytest.raises(DatasetError, match=r"photos\.tar is not a copy of HIDE \(it contains holiday\)"):
        open_dataset("hide", archive)


def test_hidden_files_of_a_mac_do_not_hide_the_top_folder(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png")
    archive = pack(root, root / "copy.zip", "Copy")
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("__MACOSX/Copy/input/._1.png", b"junk")
        packed.writestr(".DS_Store", b"junk")
    assert [pair.key for pair in open_dataset("paired", archive)] == ["1"]


def test_images_are_named_by_archive_and_path(tree: MakeTree) -> None:
    root = tree("input/1.png", "target/1.png", "target/2.png")
    archive = pack(root, root / "copy.zip", "top")
    with pytest.raises(PairingError, match=r"copy\.zip/top \(.*\) has unpaired images"):
        open_dataset("paired", archive)
    (root / "target/2.png").unlink()
    pair = next(iter(open_dataset("paired", pack(root, archive, "top"))))
    assert pair.target.name == str(archive / "top" / "target" / "1.png")


def test_verify_finds_the_damaged_image_in_an_archive(tree: MakeTree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree("input/1.png", "target/1.png", "input/2.png", "target/2.png", size=(64, 64))
    archive = pack(root, root / "copy.zip")
    assert verify(open_dataset("paired", archive)).pixel_fingerprint
    with zipfile.ZipFile(archive) as packed:
        place = packed.getinfo("target/2.png").header_offset + 30 + len("target/2.png") + 20
    data = bytearray(archive.read_bytes())
    data[place] ^= 0xFF
    archive.write_bytes(data)
    result = verify(open_dataset("paired", archive))
    assert len(result.problems) == 1
    assert result.problems[0].startswith(f"{archive / 'target' / '2.png'} cannot be read (its archive is damaged")
    with pytest.raises(ImageError):
        open_dataset("paired", archive)["2"].target.read()
    assert open_dataset("paired", archive)["1"].target.read().shape == (64, 64, 3)
    capsys.readouterr()
    assert main(["datasets", "verify", f"paired={archive}", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["complete"] is False


def test_the_real_copy_in_an_archive_is_recognised_by_its_pixels(fixtures: Path, tmp_path: Path) -> None:
    shutil.copytree(fixtures / "images" / "Rain100H_native", tmp_path / "copy")
    result = verify(open_dataset("rain100h", pack(tmp_path / "copy", tmp_path / "Rain100H.tar.gz", "Rain100H")))
    assert (result.known, result.compared_pairs, result.variant) == ("identical", 10, "481x321")


def test_a_list_beside_an_archive_or_in_it_is_read(tree: MakeTree) -> None:
    top = "RealBlur-J_ECC_IMCORR_centroid_itensity_ref"
    names = [f"{top}/scene00{n}/{side}/{side}_{n}.png" for n in (2, 3) for side in ("gt", "blur")]
    root = tree(*names)
    (root / "RealBlur_J_test_list.txt").write_text(f"{names[0]} {names[1]} \n")
    dataset = open_dataset("realblur-j", pack(root, root / "RealBlur.tar.gz", "RealBlur"))
    assert [pair.key for pair in dataset] == ["scene002/2"]


def test_a_run_reads_an_archive_and_resumes(tree: MakeTree, tmp_path: Path) -> None:
    root = tree("input/1.png", "target/1.png", "input/2.png", "target/2.png", size=(32, 32))
    archive = pack(root, root / "copy.tar")
    command = ["run", "-m", "identity", "-d", f"paired={archive}", "-p", "rgb@1", "--out", str(tmp_path / "out"), "-q"]
    assert main([*command, "--limit", "1"]) == 0
    assert main(command) == 0
    lines = (tmp_path / "out" / "paired" / "identity" / "scores.jsonl").read_text().splitlines()
    assert sum('"key":' in line for line in lines) == 2


def test_a_database_in_an_archive_has_to_be_unpacked(tree: MakeTree) -> None:
    root = tree("test/input.lmdb/x.png", "test/target.lmdb/x.png")
    archive = pack(root, root / "copy.zip")
    with pytest.raises(DatasetError, match="is a database, which is not read inside an archive: unpack the archive"):
        open_dataset("gopro", archive)


def test_a_loader_of_ones_own_gets_a_path_that_lists_the_archive(tree: MakeTree, tmp_path: Path) -> None:
    root = tree("x/1.png")
    own = tmp_path / "own.py"
    own.write_text(
        "from types import SimpleNamespace\n"
        "from restorebench.bench.contracts import DatasetCard\n"
        "from restorebench.bench.datasets import register_dataset\n"
        "@register_dataset(DatasetCard('own', 'Own', 'deraining', None, 'rgb@1', ('own',), '', '', ''))\n"
        "def own(root): return SimpleNamespace(root=root, files=[p.name for p in root.glob('x/*.png')])\n"
    )
    opened = open_dataset(f"{own}:own", pack(root / "x", tmp_path / "a.zip", "x"))
    assert isinstance(vars(opened)["root"], ArchivePath)
    assert vars(opened)["files"] == ["1.png"]


def test_a_file_that_is_no_archive_says_what_is_read(tree: MakeTree) -> None:
    root = tree("input/1.png")
    with pytest.raises(DatasetError, match=r"1\.png is a file: give the folder of HIDE, or its \.zip, \.tar"):
        open_dataset("hide", root / "input" / "1.png")


def test_grey_images_come_out_of_an_archive_too(tmp_path: Path) -> None:
    for side in ("input", "target"):
        (tmp_path / "c" / side).mkdir(parents=True)
        Image.fromarray(np.full((4, 4), 7, np.uint8)).save(tmp_path / "c" / side / "1.bmp")
    image = open_dataset("paired", pack(tmp_path / "c", tmp_path / "c.tar.gz"))["1"].target
    assert image.read()[0, 0].tolist() == [7, 7, 7]
