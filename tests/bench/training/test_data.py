from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError
from restorebench.bench.files.images import save_png
from restorebench.bench.training.data import OpenSource, Patches, prefetched


def coordinates(height: int, width: int, mark: int = 0) -> np.ndarray:
    """Every pixel says where it is."""
    rows, columns = np.mgrid[:height, :width]
    return np.dstack([rows, columns, np.full_like(rows, mark)]).astype(np.uint8)


@pytest.fixture
def source(tmp_path: Path) -> OpenSource:
    for index, (height, width) in enumerate([(24, 30), (20, 20), (40, 16)]):
        for folder in ("input", "target"):
            save_png(tmp_path / folder / f"{index}.png", coordinates(height, width, index))
    return OpenSource("mine", 1.0, open_dataset("paired", tmp_path))


def test_a_batch_depends_on_seed_and_number_alone(source: OpenSource) -> None:
    def patches(seed: int = 0) -> Patches:
        return Patches([source], seed=seed, flips=True, smallest=16)

    late = patches()
    late.batch(3, 4, 12)
    for one, two in zip(late.batch(7, 4, 12)[:2], patches().batch(7, 4, 12)[:2], strict=True):
        assert torch.equal(one, two)
        assert one.shape == (4, 3, 12, 12)
        assert one.is_contiguous()
        assert 0 <= one.min() <= one.max() <= 1
    assert not torch.equal(late.batch(7, 4, 12)[0], late.batch(8, 4, 12)[0])
    assert not torch.equal(late.batch(7, 4, 12)[0], patches(1).batch(7, 4, 12)[0])


def test_pairs_are_cut_and_turned_alike(source: OpenSource) -> None:
    for degraded, target, _ in prefetched(
        Patches([source], seed=0, flips=True, smallest=16), [(n, 4, 9) for n in range(9)], 2
    ):
        assert torch.equal(degraded, target)


def test_patches_are_squares_of_the_image_in_all_eight_positions(source: OpenSource) -> None:
    patches = Patches([source], seed=0, flips=True, smallest=16)
    seen: set[tuple[int, int, int, int]] = set()
    for patch in patches.batch(0, 200, 5)[0]:
        rows, columns = (patch[:2] * 255).round().int()
        steps = tuple(
            int(each) for plane in (rows, columns) for each in (plane[1, 0] - plane[0, 0], plane[0, 1] - plane[0, 0])
        )
        assert sorted(map(abs, steps)) == [0, 0, 1, 1]
        seen.add(steps)  # pyright: ignore[reportArgumentType] -- four of them
    assert len(seen) == 8
    still = Patches([source], seed=0, flips=False, smallest=16).batch(0, 20, 5)[0]
    assert (still[:, 0, 1, 0] > still[:, 0, 0, 0]).all()
    assert (still[:, 1, 0, 1] > still[:, 1, 0, 0]).all()


def test_every_place_can_be_cut(source: OpenSource) -> None:
    patches = Patches([source], seed=0, flips=False, smallest=16)
    corners = {tuple((patch[:, 0, 0] * 255).round().int().tolist()) for patch in patches.batch(0, 900, 16)[0]}
    assert {place[2] for place in corners} == {0, 1, 2}
    assert {place[:2] for place in corners if place[2] == 1} == {
        (row, column) for row in range(5) for column in range(5)
    }
    assert {place[1] for place in corners if place[2] == 2} == {0}


def test_sources_are_drawn_by_weight(source: OpenSource, tmp_path: Path) -> None:
    for folder in ("input", "target"):
        save_png(tmp_path / "other" / folder / "x.png", coordinates(20, 20, 200))
    other = OpenSource("other", 3.0, open_dataset("paired", tmp_path / "other"))
    marks = Patches([source, other], seed=0, flips=False, smallest=8).batch(0, 600, 8)[0][:, 2, 0, 0] * 255
    assert float((marks > 100).float().mean()) == pytest.approx(0.75, abs=0.06)


def with_tasks(source: OpenSource) -> list[OpenSource]:
    return [replace(source, task=task, weight=weight) for task, weight in (("rain", 1.0), ("", 0.5), ("haze", 2.5))]


def test_a_stratified_batch_has_the_share_of_each_source(source: OpenSource) -> None:
    """Shares 1/4, 1/8 and 5/8 of 12 patches are 3, 1.5 and 7.5: rounded up or down, and right on average."""
    patches = Patches(with_tasks(source), seed=0, flips=False, smallest=16, sampling="stratified")
    counts = np.array([[patches.batch(n, 12, 4).tasks.count(task) for task in ("rain", "", "haze")] for n in range(60)])
    assert np.array_equal(np.unique(counts[:, 0]), [3])
    assert np.array_equal(np.unique(counts[:, 1]), [1, 2])
    assert np.array_equal(np.unique(counts[:, 2]), [7, 8])
    assert counts[:, 1].mean() == pytest.approx(1.5, abs=0.2)


def test_independent_patches_have_the_share_on_average_only(source: OpenSource) -> None:
    patches = Patches(with_tasks(source), seed=0, flips=False, smallest=16)
    counts = [patches.batch(number, 12, 4).tasks.count("rain") for number in range(60)]
    assert np.mean(counts) == pytest.approx(3, abs=0.6)
    assert min(counts) < 3 < max(counts)


def test_tasks_belong_to_the_patches(source: OpenSource, tmp_path: Path) -> None:
    for folder in ("input", "target"):
        save_png(tmp_path / "other" / folder / "x.png", coordinates(20, 20, 200))
    other = OpenSource("other", 1.0, open_dataset("paired", tmp_path / "other"), "haze")
    batch = Patches([replace(source, task="rain"), other], seed=0, flips=False, smallest=8).batch(0, 50, 8)
    marked = (batch.target[:, 2, 0, 0] * 255 > 100).tolist()
    assert [task == "haze" for task in batch.tasks] == marked
    assert {*batch.tasks} == {"rain", "haze"}


def test_batches_ahead_are_the_same_and_in_order(source: OpenSource) -> None:
    patches = Patches([source], seed=0, flips=True, smallest=16)
    wanted = [(number, 2, 8) for number in range(3, 30)]
    for (number, size, crop), (degraded, _, _) in zip(wanted, prefetched(patches, wanted, 3), strict=True):
        assert torch.equal(degraded, patches.batch(number, size, crop)[0])


def test_small_images_are_refused_before_training(source: OpenSource) -> None:
    with pytest.raises(DatasetError, match=r"2\.png is smaller than the training patches of 17"):
        Patches([source], seed=0, flips=True, smallest=17)


def test_pairs_of_different_size_are_refused(tmp_path: Path, source: OpenSource) -> None:
    save_png(tmp_path / "target" / "0.png", coordinates(24, 31))
    with pytest.raises(DatasetError, match="differ in size"):
        Patches([replace(source, dataset=open_dataset("paired", tmp_path))], seed=0, flips=True, smallest=8)
