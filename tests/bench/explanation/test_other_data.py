from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.restored_images import restored_pair
from PIL import Image
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.datasets import open_dataset
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.explanation.explain import explain
from restorebench.bench.explanation.other_data import other_data, recorded_data
from restorebench.bench.explanation.variants import variants_of
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.runs.run import Run

FRAMES = ("000001", "000002")


@pytest.fixture
def gopro(tmp_path: Path) -> Path:
    """Two frames in the official layout, with both kinds of blur."""
    root = tmp_path / "gopro" / "test" / "GOPR0384_11_00"
    for number, frame in enumerate(FRAMES):
        blurred, sharp = restored_pair(number, 48, 56)
        images = {"blur": blurred, "sharp": sharp, "blur_gamma": (blurred * 0.93).astype(np.uint8)}
        for folder, image in images.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(root / folder / f"{frame}.png")
    return tmp_path / "gopro"


def restored(root: Path, out: Path, variant: str) -> Run:
    """The degraded images as they are, as a run that kept them."""
    spec = parse_spec(f"gopro[variant={variant}]={root}")
    data = open_dataset(spec.name, spec.path, **spec.options)
    return evaluate("identity", data, "gopro@1", out=out, control=Control(save_images="all"), dataset_name=str(spec))


def numbers(run: Run) -> list[str]:
    return [f"{name}={run.summary.metrics[name].mean:.4f}" for name in ("psnr", "ssim")]


def test_the_other_variant_is_found_from_either(gopro: Path):
    for given, expected in (("gopro", "blur_gamma"), ("gopro[variant=blur_gamma]", "blur")):
        (found,) = other_data(parse_spec(f"{given}={gopro}"))
        assert (found.name, found.absent) == (f"gopro[variant={expected}]", "")
        assert found.dataset is not None
        assert found.dataset.variant == expected
    assert other_data(parse_spec(f"rain100h={gopro}")) == ()


def test_a_variant_that_the_copy_lacks_is_named(gopro: Path, tmp_path: Path):
    for file in gopro.glob("test/*/blur_gamma/*"):
        file.unlink()
    (found,) = other_data(parse_spec(f"gopro={gopro}"))
    assert (found.dataset, found.absent) == (None, f"{gopro} does not have it")
    run = restored(gopro, tmp_path / "out", "blur")
    asked = explain(run, ["psnr=11.11"], others=[found])
    assert asked.untried[0] == f"gopro[variant=blur_gamma]: {gopro} does not have it."


def test_a_run_knows_its_data_and_variant_while_the_folder_is_there(gopro: Path, tmp_path: Path):
    run = restored(gopro, tmp_path / "out", "blur_gamma")
    spec = recorded_data(run)
    assert (str(spec), spec.path) == ("gopro[variant=blur_gamma]", gopro)
    gopro.rename(tmp_path / "elsewhere")
    (found,) = other_data(recorded_data(run))
    assert (found.name, found.dataset) == ("gopro[variant=blur]", None)
    assert found.absent == "name the folder of the data set, as in -d gopro=ROOT"


def test_a_number_of_the_other_variant_is_found_by_restoring_it(gopro: Path, tmp_path: Path):
    run = restored(gopro, tmp_path / "out", "blur")
    theirs = restored(gopro, tmp_path / "theirs", "blur_gamma")
    others = other_data(parse_spec(f"gopro={gopro}"))
    without = explain(run, numbers(theirs), open_dataset("gopro", gopro), others=others)
    assert without.answers == ()
    assert without.untried[0] == (
        "gopro[variant=blur_gamma]: it has the same targets; name the model to restore its degraded images, as in -m"
        " NAME=WEIGHTS."
    )
    variants = variants_of(parse_spec("identity"), InferenceSettings())
    found = explain(run, numbers(theirs), open_dataset("gopro", gopro), others=others, variants=variants)
    words = {answer.words for answer in found.answers}
    assert any("gopro[variant=blur_gamma], full image, rounded to 8 bits" in each for each in words)


def test_data_without_the_images_are_not_tried(gopro: Path, tmp_path: Path):
    run = restored(gopro, tmp_path / "out", "blur")
    (other,) = other_data(parse_spec(f"gopro={gopro}"))
    next(gopro.glob("test/*/blur_gamma/000002.png")).unlink()
    next(gopro.glob("test/*/sharp/000002.png")).unlink()
    next(gopro.glob("test/*/blur/000002.png")).unlink()
    fewer = replace(other, dataset=open_dataset("gopro", gopro, variant="blur_gamma"))
    asked = explain(run, ["psnr=11.11"], others=[fewer])
    assert asked.untried[0] == "gopro[variant=blur_gamma]: it lacks 1 image of 2 (GOPR0384_11_00/000002)."
