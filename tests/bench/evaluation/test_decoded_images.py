from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import make_dataset, photograph
from restorebench.bench.contracts import ImagePair, UInt8Image
from restorebench.bench.errors import ImageError
from restorebench.bench.evaluation.decoded_images import DecodedImages
from restorebench.bench.files import images as files
from restorebench.bench.files.fingerprints import pixel_sha256
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.protocols.inputs import PreparedImage, prepared_pair

BYTES = 24 * 32 * 3
"""Of one decoded image."""


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file is decoded."""
    counts = Counter[str]()
    decode = files.decode_image

    def counting(source: Path | bytes, name: str) -> UInt8Image:
        counts[name] += 1
        return decode(source, name)

    monkeypatch.setattr(files, "decode_image", counting)
    return counts


def write_pairs(root: Path, count: int) -> list[ImagePair]:
    pairs: list[ImagePair] = []
    for index in range(count):
        paths = root / "degraded" / f"{index}.png", root / "target" / f"{index}.png"
        for path, seed in zip(paths, (index, index + 100), strict=True):
            save_png(path, photograph(seed))
        degraded, target = map(FileImage, paths)
        pairs.append(ImagePair(str(index), degraded, target))
    return pairs


def test_what_fits_is_decoded_once_and_the_rest_each_time(tmp_path: Path, decoded: Counter[str]):
    pairs = write_pairs(tmp_path, 5)
    images = DecodedImages(2 * 2 * BYTES + BYTES - 1)
    for _ in range(3):
        for index, pair in enumerate(pairs):
            loaded = images.load(pair)
            assert np.array_equal(loaded.degraded, photograph(index))
            assert np.array_equal(loaded.target, photograph(index + 100))
            assert loaded.pixels == pixel_sha256(loaded.degraded, loaded.target)[:16]
    assert [decoded[pair.degraded.name] for pair in pairs] == [1, 1, 3, 3, 3]
    assert [decoded[pair.target.name] for pair in pairs] == [1, 1, 3, 3, 3]


def test_without_a_budget_nothing_is_kept(tmp_path: Path, decoded: Counter[str]):
    (pair,) = write_pairs(tmp_path, 1)
    images = DecodedImages()
    for _ in range(2):
        assert images.load(pair).target.flags.writeable
    assert decoded[pair.target.name] == 2


def test_a_model_that_writes_to_its_input_changes_nothing_for_the_next(tmp_path: Path):
    (pair,) = write_pairs(tmp_path, 1)
    images = DecodedImages(10 * BYTES)
    for _ in range(2):
        loaded = images.load(pair)
        assert np.array_equal(loaded.degraded, photograph(0))
        loaded.degraded[:] = 0
        with pytest.raises(ValueError, match="read-only"):
            loaded.target[:] = 0


@pytest.mark.parametrize("which", ["degraded", "target"])
def test_a_file_that_changes_is_decoded_again(tmp_path: Path, which: str):
    (pair,) = write_pairs(tmp_path, 1)
    images = DecodedImages(10 * BYTES)
    before = images.load(pair)
    path = tmp_path / which / "0.png"
    content, times = path.read_bytes(), path.stat()
    save_png(path, photograph(7))
    padded = path.read_bytes().ljust(len(content), b"\0")[: len(content)]
    path.write_bytes(padded)  # the same size and, next, the same time
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    try:
        after = images.load(pair)
    except ImageError:  # the shorter content is no whole image: it was read, which is all that counts
        return
    assert after.pixels != before.pixels


def test_a_target_of_several_degraded_images_is_kept_once(tmp_path: Path, decoded: Counter[str]):
    pairs = write_pairs(tmp_path, 3)
    shared = [ImagePair(pair.key, pair.degraded, pairs[0].target) for pair in pairs]
    images = DecodedImages(4 * BYTES)
    for _ in range(2):
        hashes = {images.load(pair).pixels for pair in shared}
        assert len(hashes) == 3
    assert decoded.total() == 4


def test_an_image_in_memory_cannot_tell_its_version_and_is_read_each_time():
    pair = make_dataset(1).pairs["scene0/0"]
    images = DecodedImages(100 * BYTES)
    images.load(pair)
    assert images.load(pair).target.flags.writeable


def test_prepared_images_are_kept_apart_from_whole_ones(tmp_path: Path, decoded: Counter[str]):
    (pair,) = write_pairs(tmp_path, 1)
    images = DecodedImages(100 * BYTES)
    cropped = prepared_pair(pair, "crop-16")
    assert isinstance(cropped.target, PreparedImage)
    for _ in range(2):
        assert images.load(pair).target.shape == (24, 32, 3)
        assert images.load(cropped).target.shape == (16, 32, 3)
    assert decoded.total() == 4


def test_images_of_different_sizes_are_refused_each_time(tmp_path: Path):
    (pair,) = write_pairs(tmp_path, 1)
    save_png(tmp_path / "target" / "0.png", photograph(0, 8, 8))
    images = DecodedImages(100 * BYTES)
    for _ in range(2):
        with pytest.raises(ImageError, match="use a copy of the data set whose pairs agree"):
            images.load(pair)


def test_many_threads_stay_within_the_budget(tmp_path: Path):
    pairs = write_pairs(tmp_path, 8)
    images = DecodedImages(6 * BYTES)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(images.load, pairs * 20))
    kept = {id(each.target) for each in found if not each.target.flags.writeable}
    assert 0 < len(kept) <= 6
    for each, pair in zip(found, pairs * 20, strict=True):
        assert np.array_equal(each.degraded, photograph(int(pair.key)))
