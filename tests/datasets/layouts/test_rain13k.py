"""The card that the test sets of Rain13K share, and its limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from restorebench.bench.errors import DatasetError, PairingError
from restorebench.datasets.layouts.rain13k import open_rain13k, rain13k_card

CARD = rain13k_card("Test2", 2, "", None)


def copy_of(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(folder / name)
    return folder


def test_the_card_names_the_set_in_lower_case():
    assert (CARD.name, CARD.title, CARD.default_protocol) == ("test2", "Test2", "rain13k@1")
    assert "use test2=test/Test2" in CARD.how_to_get


def test_a_complete_copy(tmp_path: Path):
    root = copy_of(tmp_path, *(f"test/Test2/{side}/{key}.png" for side in ("input", "target") for key in "ab"))
    dataset = open_rain13k(CARD, root)
    assert [pair.key for pair in dataset] == ["a", "b"]
    assert dataset.report.complete


def test_more_pairs_and_missing_partners_are_refused(tmp_path: Path):
    root = copy_of(tmp_path, *(f"{side}/{key}.png" for side in ("input", "target") for key in "abc"))
    with pytest.raises(DatasetError, match="contains 3 pairs, but the test split of Test2 has 2"):
        open_rain13k(CARD, root)
    (root / "target" / "c.png").unlink()
    (root / "input" / "b.png").unlink()
    with pytest.raises(PairingError):
        open_rain13k(CARD, root)
