"""The claim of the project: official weights on real images give the paper's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench import Control, Run, evaluate, open_dataset, score_images
from restorebench.bench.files.images import FileImage
from restorebench.bench.runs.pictures import picture_path

SOME = 3


def golden(fixtures: Path, name: str) -> dict[str, list[float]]:
    """Per-image PSNR and SSIM of the official scripts, by key."""
    values = json.loads((fixtures / "evaluators" / "rain100h_expected.json").read_text())["per_image"][name]
    return {file.removesuffix(".png"): scores for file, scores in values.items()}


def run_rain(fixtures: Path, out: Path, model: str, protocol: str, limit: int | None) -> Run:
    weights = fixtures / "weights" / "prenet" / f"{model}_rain100h.pth"
    dataset = open_dataset("rain100h", fixtures / "images" / "Rain100H")
    control = Control(limit=limit, save_images="none")
    return evaluate(model, dataset, protocol, out=out, weights=weights if weights.is_file() else None, control=control)


@pytest.mark.parametrize(
    ("model", "protocol", "name", "decibels"),
    [
        ("identity", "rain100h@1", "prenet|in", 1e-9),
        ("identity", "rain13k@1", "mprnet|in", 1e-9),
        ("prn_r", "rain100h@1", "prenet|PRN_r", 1e-4),
        ("prn_r", "rain13k@1", "mprnet|PRN_r", 1e-4),
        # An LSTM's sigmoid and tanh differ in their last bit between processors, and truncation passes that on.
        ("prenet", "rain100h@1", "prenet|trunc", 1e-4),
        ("prenet", "rain13k@1", "mprnet|trunc", 1e-4),
    ],
)
@pytest.mark.slow
def test_rain100h_image_by_image(  # noqa: PLR0917 -- pytest passes them by name
    fixtures: Path, tmp_path: Path, model: str, protocol: str, name: str, decibels: float
):
    limit = 100 if model == "identity" else SOME
    run = run_rain(fixtures, tmp_path, model, protocol, limit)
    expected = golden(fixtures, name)
    assert len(run.records) == limit
    for record in run.records:
        psnr, ssim = expected[record.key]
        assert record.metrics["psnr"] == pytest.approx(psnr, abs=decibels)
        assert record.metrics["ssim"] == pytest.approx(ssim, abs=decibels / 10)


def test_the_rainy_input_reads_13_55_decibels_as_published(fixtures: Path, tmp_path: Path):
    run = run_rain(fixtures, tmp_path, "identity", "rain100h@1", None)
    assert run.summary.metrics["psnr"].mean == pytest.approx(13.5509, abs=5e-5)
    assert run.summary.metrics["ssim"].mean == pytest.approx(0.3786, abs=5e-5)
    assert run.summary.metrics["psnr"].groups == 91
    assert run.info.copy.variant == "480x320"


@pytest.mark.slow
def test_dmphn_is_within_a_grey_level_of_its_official_outputs(fixtures: Path, tmp_path: Path):
    dataset = open_dataset("gopro", fixtures / "images" / "GoPro")
    weights, control = fixtures / "weights" / "dmphn", Control(save_images="all")
    run = evaluate("dmphn", dataset, out=tmp_path, weights=weights, control=control)
    assert run.info.copy.completeness == "2 of 1111"
    official_folder = fixtures / "images" / "GoPro_DMPHN_1_2_4"
    for key in run.scores["key"]:
        mine = FileImage(picture_path(run.restored_folder, key)).read().astype(int)
        official = FileImage(official_folder / f"{key.replace('/', '-')}.png").read().astype(int)
        assert np.abs(mine - official).max() <= 1
    scored = score_images(official_folder, dataset, name="official", out=tmp_path)
    for metric, tolerance in (("psnr", 0.05), ("ssim", 1e-3)):
        ours, theirs = run.summary.metrics[metric].mean, scored.summary.metrics[metric].mean
        assert ours == pytest.approx(theirs, abs=tolerance)
