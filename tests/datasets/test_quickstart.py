"""The embedded demonstrations: real, small, and the same everywhere."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, UsageError
from restorebench.datasets import quickstart
from restorebench.datasets.copies.verification import verify
from restorebench.datasets.synthesis import photographs

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["quickstart-blur", "quickstart-rain", "quickstart-snow", "quickstart-haze", "quickstart-noise"]

MEANS = {
    "quickstart-blur": {
        "astronaut-face": 150.242,
        "astronaut-suit": 107.075,
        "chelsea": 113.972,
        "coffee-cup": 95.481,
        "coffee-spoon": 113.561,
        "rocket-left": 87.538,
        "rocket-right": 73.711,
    },
    "quickstart-rain": {
        "astronaut-face": 157.214,
        "astronaut-suit": 119.783,
        "chelsea": 122.407,
        "coffee-cup": 109.487,
        "coffee-spoon": 127.074,
        "rocket-left": 101.285,
        "rocket-right": 89.026,
    },
    "quickstart-snow": {
        "astronaut-face": 157.673,
        "astronaut-suit": 120.848,
        "chelsea": 122.049,
        "coffee-cup": 106.959,
        "coffee-spoon": 129.197,
        "rocket-left": 103.195,
        "rocket-right": 91.072,
    },
    "quickstart-haze": {
        "astronaut-face": 161.104,
        "astronaut-suit": 146.346,
        "chelsea": 142.715,
        "coffee-cup": 136.755,
        "coffee-spoon": 135.736,
        "rocket-left": 125.010,
        "rocket-right": 117.237,
    },
    "quickstart-noise": {
        "astronaut-face": 146.774,
        "astronaut-suit": 103.373,
        "chelsea": 112.980,
        "coffee-cup": 94.754,
        "coffee-spoon": 111.024,
        "rocket-left": 85.550,
        "rocket-right": 72.385,
    },
}
"""Mean value of each degraded image."""


@pytest.mark.parametrize("name", NAMES)
def test_opens_without_a_folder_and_refuses_one(name: str, tmp_path: Path) -> None:
    dataset = open_dataset(name)
    assert dataset.card.demonstration
    assert dataset.report.complete
    assert len(dataset) == 7
    with pytest.raises(UsageError, match=f"{name} is embedded and takes no folder"):
        open_dataset(name, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_sources_travel_to_other_processes(name: str) -> None:
    source = open_dataset(name)["coffee-cup"].degraded
    there = pickle.loads(pickle.dumps(source))  # noqa: S301 -- our own bytes
    np.testing.assert_array_equal(there.read(), source.read())


@pytest.mark.parametrize("name", NAMES)
def test_images_are_small_and_degraded(name: str) -> None:
    for pair in open_dataset(name):
        degraded, target = pair.degraded.read(), pair.target.read()
        assert degraded.shape == target.shape
        assert target.shape[0] <= 256
        assert target.shape[1] <= 384
        psnr = 10 * np.log10(255**2 / np.mean((degraded.astype(float) - target) ** 2))
        assert (12 if name == "quickstart-haze" else 15) < psnr < 30


@pytest.mark.parametrize("name", NAMES)
def test_pixels_are_those_of_every_other_machine(name: str) -> None:
    """A last bit of a platform's sine or logarithm may round one value differently, never more."""
    for pair in open_dataset(name):
        assert pair.degraded.read().astype(float).mean() == pytest.approx(MEANS[name][pair.key], abs=0.01)


def test_all_tasks_are_the_images_of_each() -> None:
    everything = open_dataset("quickstart-all")
    assert len(everything) == 28
    assert everything.report.complete
    for task in ("blur", "rain", "snow", "haze"):
        for pair in open_dataset(f"quickstart-{task}"):
            same = everything[f"{task}/{pair.key}"]
            assert same.group == pair.group
            assert same.degraded == pair.degraded
            assert same.target == pair.target


def test_noise_is_as_strong_as_asked() -> None:
    weak, strong = (open_dataset("quickstart-noise", sigma=sigma) for sigma in (10, 50))
    assert weak.report.variant != strong.report.variant
    for sigma, dataset in ((10, weak), (50, strong)):
        for pair in dataset:
            deviation = float(np.std(pair.degraded.read().astype(float) - pair.target.read()))
            assert deviation == pytest.approx(sigma, rel=0.25)  # clipping takes some
    with pytest.raises(UsageError, match="above 0 and at most 100"):
        open_dataset("quickstart-noise", sigma=0)


def test_some_tasks_are_another_variant() -> None:
    some = open_dataset("quickstart-all", tasks="haze+rain")
    assert [pair.key.partition("/")[0] for pair in some] == ["haze"] * 7 + ["rain"] * 7
    assert some.report.complete
    assert some.report.variant != open_dataset("quickstart-all").report.variant
    with pytest.raises(UsageError, match="no task 'snaw': did you mean snow"):
        open_dataset("quickstart-all", tasks="rain+snaw")
    with pytest.raises(UsageError, match="names a task twice"):
        open_dataset("quickstart-all", tasks="rain+rain")
    with pytest.raises(UsageError, match="takes no folder"):
        open_dataset("quickstart-all", "photographs")


def test_frames_do_not_overlap_and_are_grouped_by_photograph() -> None:
    seen: dict[str, set[bytes]] = {}
    for pair in open_dataset("quickstart-blur"):
        assert pair.group in photographs.TEST
        rows = {row.tobytes() for row in pair.target.read()[:, :64]}
        assert not rows & seen.setdefault(pair.group, set())
        seen[pair.group] |= rows


def test_the_target_is_the_photograph_itself() -> None:
    target = open_dataset("quickstart-rain")["chelsea"].target.read()
    np.testing.assert_array_equal(target, photographs.photograph("chelsea")[22:278, 33:417])


def test_training_photographs_are_others_than_the_test_ones() -> None:
    assert not set(photographs.TEST.values()) & set(photographs.TRAIN.values())
    for name in photographs.TEST | photographs.TRAIN:
        image = photographs.photograph(name)
        assert image.ndim == 3
        assert not image.flags.writeable


def test_a_missing_photograph_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(photographs.TRAIN, "lost", "lost.png")
    with pytest.raises(DatasetError, match=r"photograph lost\.png is not installed: pip install"):
        photographs.photograph("lost")


def test_verify_measures_without_making_the_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quickstart.FrameImage, "read", None)
    result = verify(open_dataset("quickstart-rain"), decode=False)
    assert result.complete
    assert dict(result.sizes) == {"288x256": 4, "384x256": 3}
