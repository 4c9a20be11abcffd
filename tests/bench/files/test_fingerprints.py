from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from restorebench.bench.files.fingerprints import canonical_sha256, combined_fingerprint, file_sha256, pixel_sha256


@dataclass(frozen=True)
class Small:
    b: int
    a: str


def test_the_canonical_form_is_sorted_json_without_spaces():
    assert canonical_sha256(Small(1, "ü")) == hashlib.sha256('{"a":"ü","b":1}'.encode()).hexdigest()


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(b"bytes" * 100_000)
    assert file_sha256(path) == hashlib.sha256(b"bytes" * 100_000).hexdigest()
    with pytest.raises(OSError, match="absent"):
        file_sha256(tmp_path / "absent")


def test_pixels_are_hashed_with_their_shape_and_type_and_not_their_layout():
    image = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    assert pixel_sha256(image) == pixel_sha256(np.asfortranarray(image))
    assert pixel_sha256(image) != pixel_sha256(image.reshape(5, 4, 3))
    assert pixel_sha256(image) != pixel_sha256(image.astype(np.float32))
    changed = image.copy()
    changed[3, 4, 2] += 1
    assert pixel_sha256(image) != pixel_sha256(changed)


def test_a_pair_is_its_two_images_in_their_order():
    one, other = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2, 3), np.uint8)
    assert pixel_sha256(one, other) != pixel_sha256(other, one)
    assert pixel_sha256(one, other) != pixel_sha256(one)


PAIRS = [(f"scene/{number}", hashlib.sha256(str(number).encode()).hexdigest()) for number in range(6)]


@given(st.permutations(PAIRS))
def test_one_fingerprint_for_many_pairs_in_any_order(pairs: list[tuple[str, str]]):
    assert combined_fingerprint(pairs) == combined_fingerprint(PAIRS)
    assert combined_fingerprint(pairs[1:]) != combined_fingerprint(PAIRS)
