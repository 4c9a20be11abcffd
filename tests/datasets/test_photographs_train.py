from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from restorebench.bench import open_dataset
from restorebench.bench.errors import DatasetError, UsageError
from restorebench.bench.files.images import save_png
from restorebench.datasets.synthesis import degrade
from restorebench.datasets.synthesis.photographs import TEST, TRAIN, photograph


@pytest.mark.parametrize("task", ["blur", "rain", "snow", "haze"])
def test_pairs_are_aligned_different_and_reproducible(task: str) -> None:
    pairs = list(open_dataset("photographs-train", task=task, count=4, size=96))
    again = list(open_dataset("photographs-train", task=task, count=4, size=96))
    assert len(pairs) == 4
    assert {pair.group for pair in pairs} == {"brick", "camera", "coins", "grass"}
    for one, two in zip(pairs, again, strict=True):
        degraded, target = one.degraded.read().astype(float), one.target.read().astype(float)
        assert degraded.shape == target.shape == (96, 96, 3)
        assert np.array_equal(degraded, two.degraded.read())
        assert not np.array_equal(degraded, target)
        if one.group != "coins":
            continue  # textures and skies look alike everywhere
        moved = [np.roll(target, 16, axis) for axis in (0, 1)]
        assert all(((degraded - target) ** 2).mean() < ((degraded - other) ** 2).mean() for other in moved)


def test_targets_are_cuts_of_training_photographs_only() -> None:
    assert not TRAIN.keys() & TEST.keys()
    dataset = open_dataset("photographs-train", count=22, size=64)
    assert {pair.group for pair in dataset} == set(TRAIN)
    pair = next(pair for pair in dataset if pair.group == "coins")
    windows = np.lib.stride_tricks.sliding_window_view(photograph("coins")[:, :, 0], (64, 64))
    assert (windows == pair.target.read()[:, :, 0]).all((2, 3)).any()


def test_what_moves_into_a_blurred_cut_is_real() -> None:
    """Blurring after cutting would mirror the cut at its border; the picture beyond it is used instead."""
    pair = next(iter(open_dataset("photographs-train", task="blur", count=1, size=64, seed=3)))
    draw = pair.degraded.draw  # pyright: ignore[reportAttributeAccessIssue] -- behind the contract on purpose
    whole, rng = draw.clean.read(), draw.rng()
    top, left = (int(rng.random() * (length - 63)) for length in whole.shape[:2])
    alone = degrade(whole[top : top + 64, left : left + 64], "blur", rng)
    made = pair.degraded.read()
    assert np.abs(alone[24:40, 24:40].astype(int) - made[24:40, 24:40]).mean() < 12
    assert not np.array_equal(alone, made)


def test_other_seeds_and_options_are_other_data() -> None:
    first, second = (next(iter(open_dataset("photographs-train", count=1, seed=seed))) for seed in (0, 1))
    assert not np.array_equal(first.degraded.read(), second.degraded.read())
    reports = [open_dataset("photographs-train", task=task).report for task in ("blur", "rain")]
    assert reports[0].variant != reports[1].variant


def test_a_folder_of_clean_images(tmp_path: Path) -> None:
    save_png(tmp_path / "one.png", photograph("brick"))
    pair = next(iter(open_dataset("photographs-train", tmp_path, task="rain", count=1, size=32)))
    assert pair.key == "00000-one"
    assert pair.target.read().shape == (32, 32, 3)
    save_png(tmp_path / "small.png", photograph("brick")[:20])
    with pytest.raises(DatasetError, match=r"small\.png is smaller than 32 pixels"):
        open_dataset("photographs-train", tmp_path, size=32)
    with pytest.raises(DatasetError, match="not a folder with images"):
        open_dataset("photographs-train", tmp_path / "none")


def test_nonsense_is_refused() -> None:
    with pytest.raises(UsageError, match="not count=0"):
        open_dataset("photographs-train", count=0)
    with pytest.raises(UsageError, match=r"'fire' is not a value for option 'task'"):
        open_dataset("photographs-train", task="fire")
