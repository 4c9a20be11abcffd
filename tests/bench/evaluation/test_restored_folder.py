from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers.memory_dataset import MemoryDataset, MemoryImage
from helpers.restored_images import write_pairs
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from restorebench.bench.cli import main
from restorebench.bench.contracts import ImagePair
from restorebench.bench.errors import DatasetError, PairingError
from restorebench.bench.evaluation.restored_folder import match_restored
from restorebench.bench.files.conversions import LOSSY
from restorebench.bench.runs.run import load_run


def dataset(*keys: str) -> MemoryDataset:
    return MemoryDataset(
        [
            ImagePair(key, MemoryImage(f"blur/{key}_b.png", None), MemoryImage(f"sharp/{key}_s.png", None))
            for key in keys
        ]
    )


def fill(folder: Path, names: Sequence[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


STYLES = {
    "as the key": lambda key: f"{key}.png",
    "flat": lambda key: f"{key.replace('/', '-')}.PNG",
    "underscores": lambda key: f"{key.replace('/', '_')}.jpg",
    "as the degraded image": lambda key: f"{key.rpartition('/')[2]}_b.tif",
}
KEYS = [f"scene{number % 3}/{number:03d}" for number in range(7)]


@given(st.permutations(KEYS), st.permutations(KEYS), st.lists(st.sampled_from(sorted(STYLES)), min_size=7, max_size=7))
def test_pairs_are_the_same_in_whatever_order_files_and_pairs_come(
    pairs: list[str], written: list[str], styles: list[str]
):
    names = {key: STYLES[style](key) for key, style in zip(KEYS, styles, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        match = match_restored(fill(Path(folder), [names[key] for key in written]), dataset(*pairs))
        assert match.files == {key: Path(folder) / name for key, name in names.items()}
    assert match.left_over == ""


def test_a_missing_folder_and_one_without_images_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("restorebench.bench.terminal.paths._started", [tmp_path])
    with pytest.raises(DatasetError, match="There is no folder nothing: give"):
        match_restored(tmp_path / "nothing", dataset("1"))
    with pytest.raises(DatasetError, match="There are no images"):
        match_restored(fill(tmp_path, ["notes.txt", ".hidden.png"]), dataset("1"))


def test_what_is_missing_and_what_fits_no_pair_is_listed(tmp_path: Path):
    fill(tmp_path, ["1.png", "other.png"])
    listed = r"1 of 2 pairs has no image \(2\) and 1 image matches no pair \(other\.png\)"
    with pytest.raises(PairingError, match=rf"{listed}.*1\.png.*--partial"):
        match_restored(tmp_path, dataset("1", "2"))
    match = match_restored(tmp_path, dataset("1", "2"), partial=True)
    assert list(match.files) == ["1"]
    assert "other.png" in match.left_over


def test_nothing_that_matches_is_an_error_even_for_a_part(tmp_path: Path):
    with pytest.raises(PairingError, match="1 of 1 pairs has no image"):
        match_restored(fill(tmp_path, ["x.png"]), dataset("1"), partial=True)


def test_two_files_for_one_pair_are_refused(tmp_path: Path):
    with pytest.raises(PairingError, match="both match the pair a/1: keep one"):
        match_restored(fill(tmp_path, ["a/1.png", "a-1.png"]), dataset("a/1"))


def test_a_name_that_fits_two_pairs_fits_none(tmp_path: Path):
    same = MemoryImage("target/0.png", None)
    both = MemoryDataset([ImagePair(key, MemoryImage(f"d/{key}.png", None), same) for key in ("1", "2")])
    with pytest.raises(PairingError, match=r"1 image matches no pair \(0\.png\)"):
        match_restored(fill(tmp_path, ["0.png", "1.png", "2.png"]), both)


def test_long_lists_are_cut(tmp_path: Path):
    with pytest.raises(PairingError, match=r"8 of 9 pairs have no image \(1, 2, 3, 4, 5, \.\.\.\)"):
        match_restored(fill(tmp_path, ["0.png"]), dataset(*(str(number) for number in range(9))))


def test_a_score_says_what_its_images_were_read_as(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, restored = write_pairs(tmp_path, 3)
    for place, path in enumerate(sorted(restored.iterdir())):
        if place < 2:
            Image.open(path).save(path.with_suffix(".jpg"))
            path.unlink()
    command = ["score", str(restored), "-d", f"paired={data}", "--name", "mine", "--out", str(tmp_path / "out")]
    assert main([*command, "-p", "rgb"]) == 0
    assert "2 restored images of 3 read as: JPEG or lossy WebP." in capsys.readouterr().err
    run = load_run(tmp_path / "out" / "paired" / "mine")
    assert [record.read_as for record in run.records] == [(LOSSY,), (LOSSY,), ()]
    assert main(["table", str(tmp_path / "out"), "--format", "markdown"]) == 0
    assert "restored images read as JPEG or lossy WebP: 2 of 3" in capsys.readouterr().out
