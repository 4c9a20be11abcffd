"""GoPro in every layout, its traps and its errors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from helpers.trees import MakeTree
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, MissingDependencyError, PairingError, UsageError
from restorebench.datasets.copies.official_lists import official_keys

KEYS = ["GOPR0384_11_00/000001", "GOPR0384_11_00/000002", "GOPR0881_11_01/000201"]


def official(prefix: str = "", blurred: str = "blur") -> list[str]:
    return [f"{prefix}{key.replace('/', f'/{folder}/')}.png" for key in KEYS for folder in (blurred, "sharp")]


def flat(degraded: str, target: str, separator: str = "-", prefix: str = "") -> list[str]:
    names = [key.replace("/", separator) for key in KEYS]
    return [f"{prefix}{folder}/{name}.png" for name in names for folder in (degraded, target)]


LAYOUTS = {
    "official": official("test/"),
    "official, the split itself": official(),
    "official, one above": official("GOPRO_Large/test/"),
    "MPRNet": flat("input", "target", prefix="test/GoPro/"),
    "input and target": flat("input", "target"),
    "MIMO-UNet": flat("blur", "sharp", "_", prefix="test/"),
    "blurry, gt": flat("blurry", "gt"),
    "lq, gt": flat("lq", "gt"),
    "LQ, HQ": flat("LQ", "HQ"),
}


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_has_the_same_keys(tree: MakeTree, names: list[str]) -> None:
    dataset = open_dataset("gopro", tree(*names))
    assert [pair.key for pair in dataset] == KEYS
    assert [pair.group for pair in dataset] == ["GOPR0384_11_00", "GOPR0384_11_00", "GOPR0881_11_01"]
    assert dataset.report.completeness == "3 of 1111"
    assert dataset.variant == "blur"
    for pair in dataset:
        number = names.index(Path(pair.degraded.name).relative_to(tree()).as_posix())
        assert pair.degraded.read()[0, 0, 0] == number
        assert pair.target.read()[0, 0, 0] == number + 1


def test_the_real_sample_is_two_of_1111(fixtures: Path) -> None:
    dataset = open_dataset("gopro", fixtures / "images" / "GoPro")
    assert [pair.key for pair in dataset] == ["GOPR0384_11_00/000001", "GOPR0384_11_00/000014"]
    assert dataset.report.completeness == "2 of 1111"
    assert dataset["GOPR0384_11_00/000014"].target.read().shape == (720, 1280, 3)


def test_the_complete_list_is_complete(tmp_path: Path) -> None:
    keys = official_keys("gopro test")
    for sequence in {key.partition("/")[0] for key in keys}:
        for folder in ("blur", "sharp"):
            (tmp_path / "test" / sequence / folder).mkdir(parents=True)
    for key in keys:
        sequence, _, frame = key.partition("/")
        for folder in ("blur", "sharp"):
            (tmp_path / "test" / sequence / folder / f"{frame}.png").touch()
    report = open_dataset("gopro", tmp_path).report
    assert report.complete
    assert report.found_pairs == 1111


def test_the_package_lists_are_the_official_lists(fixtures: Path) -> None:
    lists = fixtures / "images" / "lists"
    for split, file in (("gopro test", "datalist_gopro_val.txt"), ("gopro train", "datalist_gopro.txt")):
        lines = (lists / file).read_text().splitlines()
        keys = {line.split()[1].split("/", 1)[1].replace("/blur/", "/").removesuffix(".png") for line in lines}
        assert official_keys(split) == keys


def test_blur_gamma_is_another_variant(tree: MakeTree) -> None:
    root = tree(*official("test/"), *official("test/", "blur_gamma"))
    dataset = open_dataset("gopro", root, variant="blur_gamma")
    assert dataset.variant == "blur_gamma"
    assert all("/blur_gamma/" in pair.degraded.name for pair in dataset)
    assert all("/blur/" in pair.degraded.name for pair in open_dataset("gopro", root))


def test_blur_gamma_is_never_taken_from_a_flat_copy(tree: MakeTree) -> None:
    with pytest.raises(DatasetError):
        open_dataset("gopro", tree(*flat("input", "target")), variant="blur_gamma")


def test_a_wrong_variant_is_a_usage_error(tree: MakeTree) -> None:
    with pytest.raises(UsageError, match="did you mean blur_gamma or blur"):
        open_dataset("gopro", tree(*official()), variant="blur_gama")


def test_junk_is_passed_over(tree: MakeTree) -> None:
    root = tree(*official("test/"))
    sequence = root / "test" / "GOPR0384_11_00"
    for name in ("blur/._000001.png", "blur/.DS_Store", "sharp/Thumbs.db", "blur/notes.txt"):
        (sequence / name).write_bytes(b"junk")
    hidden = root / "test" / "__MACOSX" / "blur"
    hidden.mkdir(parents=True)
    (hidden / "000009.png").write_bytes(b"junk")
    assert len(open_dataset("gopro", root)) == 3


def test_unpaired_images_stop_with_both_lists(tree: MakeTree) -> None:
    root = tree(*official("test/"))
    (root / "test/GOPR0384_11_00/sharp/000001.png").unlink()
    (root / "test/GOPR0881_11_01/blur/000201.png").unlink()
    with pytest.raises(PairingError) as caught:
        open_dataset("gopro", root)
    message = str(caught.value)
    assert "1 degraded image without a target (GOPR0384_11_00/000001)" in message
    assert "1 target without a degraded image (GOPR0881_11_01/000201)" in message


def test_two_files_of_one_key_stop(tree: MakeTree) -> None:
    root = tree(*flat("input", "target"), "input/GOPR0384_11_00_000001.jpg")
    with pytest.raises(PairingError, match="both have the key GOPR0384_11_00/000001: remove one"):
        open_dataset("gopro", root)


def test_the_training_split_is_refused(tree: MakeTree) -> None:
    root = tree("train/GOPR0372_07_00/blur/000047.png", "train/GOPR0372_07_00/sharp/000047.png")
    with pytest.raises(DatasetError, match=r"contains the training split of GoPro \(GOPR0372_07_00/000047\): give"):
        open_dataset("gopro", root)


def test_the_test_split_is_found_beside_the_training_split(tree: MakeTree) -> None:
    root = tree(*official("test/"), "train/GOPR0372_07_00/blur/000047.png", "train/GOPR0372_07_00/sharp/000047.png")
    assert len(open_dataset("gopro", root)) == 3


def test_frames_that_gopro_does_not_have_are_refused(tree: MakeTree) -> None:
    names = [*official(), "GOPR0384_11_00/blur/009999.png", "GOPR0384_11_00/sharp/009999.png"]
    with pytest.raises(DatasetError, match=r"frames that GoPro does not have \(GOPR0384_11_00/009999\)"):
        open_dataset("gopro", tree(*names))


def test_one_sequence_is_one_level_too_low(tree: MakeTree) -> None:
    root = tree(*official("test/"))
    with pytest.raises(DatasetError, match=r"is a single sequence of GoPro: give its parent folder, gopro=.*/test\."):
        open_dataset("gopro", root / "test" / "GOPR0384_11_00")


def test_numbered_names_are_opened_with_a_warning(tree: MakeTree) -> None:
    dataset = open_dataset(
        "gopro", tree("input/1.png", "input/10.png", "input/2.png", *(f"target/{n}.png" for n in (1, 2, 10)))
    )
    assert [pair.key for pair in dataset] == ["1", "2", "10"]
    assert "do not identify GoPro frames" in dataset.report.warnings[0]


def write_lmdb(folder: Path, entries: dict[str, bytes]) -> None:
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(folder), map_size=1 << 20) as environment, environment.begin(write=True) as transaction:
        for key, value in entries.items():
            transaction.put(key.encode(), value)
    (folder / "meta_info.txt").write_text("".join(f"{key}.png (3,4,3) 1\n" for key in entries))


def lmdb_copy(tree: MakeTree, tmp_path: Path) -> Path:
    tree(*flat("input", "target"))
    for side in ("input", "target"):
        folder = tmp_path / "GoPro" / "test" / f"{side}.lmdb"
        folder.mkdir(parents=True)
        write_lmdb(folder, {path.stem: path.read_bytes() for path in (tmp_path / side).iterdir()})
    return tmp_path / "GoPro"


def test_nafnets_databases(tree: MakeTree, tmp_path: Path) -> None:
    dataset = open_dataset("gopro", lmdb_copy(tree, tmp_path))
    assert dataset.report.layout == "{input,target}.lmdb"
    assert [pair.key for pair in dataset] == KEYS
    in_files = open_dataset("gopro", tmp_path)
    for pair in dataset:
        same = in_files[pair.key]
        assert (pair.degraded.read() == same.degraded.read()).all()
        assert pair.target.read()[0, 0, 0] == pair.degraded.read()[0, 0, 0] + 1
        assert pair.degraded.size_bytes == same.degraded.size_bytes
    assert dataset.report.listing_sha256 == in_files.report.listing_sha256


def test_databases_without_lmdb_say_what_to_install(
    tree: MakeTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lmdb_copy(tree, tmp_path)
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'restorebench\[lmdb\]'"):
        open_dataset("gopro", root)


def test_a_key_list_that_names_absent_entries_stops(tree: MakeTree, tmp_path: Path) -> None:
    root = lmdb_copy(tree, tmp_path)
    meta = root / "test" / "input.lmdb" / "meta_info.txt"
    meta.write_text(meta.read_text() + "GOPR0384_11_00-000077.png (3,4,3) 1\n")
    with pytest.raises(DatasetError, match=r"meta_info\.txt lists GOPR0384_11_00-000077, which is not in the database"):
        open_dataset("gopro", root)
    meta.unlink()
    with pytest.raises(DatasetError, match=r"has no meta_info\.txt"):
        open_dataset("gopro", root)
