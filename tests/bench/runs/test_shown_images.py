from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.report_runs import FakeRun, write_run
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.runs.pictures import picture_path
from restorebench.bench.runs.run import Run, load_run
from restorebench.bench.runs.shown_images import choose_by_data_set, choose_images, lacking_pictures

KEYS = [f"image{index:02d}" for index in range(20)]
PSNR, LPIPS = known_facts("psnr"), known_facts("lpips")


def run_of(out: Path, model: str, psnr: Sequence[float], **others: object) -> Run:
    fake = FakeRun(model=model, title=model, psnr=psnr, images=len(psnr), keys=KEYS, ssim=[0.5] * len(psnr))
    return load_run(write_run(out, replace(fake, **others)))


def rising(*, swapped: Mapping[int, float] | None = None) -> list[float]:
    """Image 0 is the worst, image 19 the best."""
    values = [20.0 + index for index in range(20)]
    for index, value in (swapped or {}).items():
        values[index] = value
    return values


def test_worst_best_and_median_are_those_of_the_mean_over_the_models(tmp_path: Path):
    first = run_of(tmp_path, "first", rising())
    second = run_of(tmp_path, "second", rising(swapped={0: 60.0}))  # so that image 0 has a mean of 40
    chosen = choose_images([first, second], PSNR, 2)
    assert chosen.judges == (0, 1)
    assert chosen.images == 20
    assert chosen.selections["worst"] == ("image01", "image02")
    assert chosen.selections["best"] == ("image00", "image19")
    assert chosen.selections["median"] == ("image10", "image11")
    assert chosen.selections["disputed"] == ("image00",)  # on the others the models agree


def test_the_order_of_the_models_does_not_matter(tmp_path: Path):
    runs = [run_of(tmp_path, f"model{number}", rising(swapped={number: 50.0})) for number in range(3)]
    assert choose_images(runs, PSNR).selections == choose_images(runs[::-1], PSNR).selections


def test_the_input_neither_disputes_nor_judges(tmp_path: Path):
    given = run_of(tmp_path, "identity", rising(swapped={7: 90.0}), title="Input")
    first, second = run_of(tmp_path, "first", rising()), run_of(tmp_path, "second", rising(swapped={5: 26.0}))
    chosen = choose_images([given, first, second], PSNR, 2)
    assert chosen.judges == (1, 2)
    assert chosen.selections["disputed"] == ("image05",)
    assert choose_images([given], PSNR, 2).selections["best"] == ("image07", "image19")  # alone, it judges


def test_the_input_and_one_model_dispute_nothing(tmp_path: Path):
    runs = [run_of(tmp_path, "identity", [15.0] * 20), run_of(tmp_path, "first", rising())]
    assert "disputed" not in choose_images(runs, PSNR, 2).selections


def test_a_run_of_a_few_images_does_not_reduce_the_choice_to_them(tmp_path: Path):
    runs = [run_of(tmp_path, "whole", rising()), run_of(tmp_path, "begun", rising()[5:8], selected=20)]
    chosen = choose_images(runs, PSNR, 2)
    assert chosen.judges == (0,)
    assert chosen.selections["worst"] == ("image00", "image01")


def test_an_image_that_one_model_failed_on_is_not_chosen(tmp_path: Path):
    runs = [run_of(tmp_path, "first", rising()), run_of(tmp_path, "second", rising(), failed=1)]
    chosen = choose_images(runs, PSNR, 2)
    assert chosen.images == 19
    assert chosen.selections["worst"] == ("image01", "image02")


def test_of_a_metric_that_is_better_when_lower_the_worst_are_the_highest(tmp_path: Path):
    run = run_of(tmp_path, "first", rising())
    assert choose_images([run], replace(LPIPS, name="psnr"), 2).selections["worst"] == ("image19", "image18")


def test_random_images_depend_on_the_seed_and_on_nothing_else(tmp_path: Path):
    first, second = run_of(tmp_path, "first", rising()), run_of(tmp_path, "second", rising()[::-1])
    one = choose_images([first], PSNR, 4, seed=3).selections["random"]
    assert one == choose_images([second], PSNR, 4, seed=3).selections["random"]
    assert one != choose_images([first], PSNR, 4, seed=4).selections["random"]
    assert len(set(one)) == 4


@pytest.mark.parametrize("images", [1, 3])
def test_of_few_images_all_are_one_selection(tmp_path: Path, images: int):
    chosen = choose_images([run_of(tmp_path, "first", rising()[:images])], PSNR, 4)
    assert chosen.selections == {"worst": tuple(KEYS[:images])}


def test_without_any_value_nothing_is_chosen(tmp_path: Path):
    chosen = choose_images([run_of(tmp_path, "first", rising(), failed=20)], PSNR)
    assert (chosen.judges, chosen.keys) == ((), ())


def test_data_sets_are_chosen_from_apart_and_missing_pictures_are_found(tmp_path: Path):
    rain = run_of(tmp_path, "first", rising())
    blur = run_of(tmp_path, "first", rising(), dataset="gopro")
    assert [[run.dataset for run in runs] for runs, _ in choose_by_data_set([rain, blur], 1)] == [
        ["gopro"],
        ["rain100h"],
    ]
    wanted = choose_images([rain], PSNR, 1).keys
    assert lacking_pictures([rain, blur], 1) == {rain.path: wanted, blur.path: wanted}
    for key in wanted[1:]:
        picture = picture_path(rain.restored_folder, key)
        picture.parent.mkdir(exist_ok=True)
        picture.touch()
    assert lacking_pictures([rain], 1) == {rain.path: wanted[:1]}
