"""PReNet's official weights on all of Rain100H: the run of docs/data/explained, against the official scripts' values.

The published numbers of every convention are those of the official evaluators on the same weights' outputs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.explanation.claims import parse_claims
from restorebench.bench.explanation.explain import explain_stored
from restorebench.bench.explanation.measuring import stored_measurements
from restorebench.bench.explanation.search import Explanation
from restorebench.bench.explanation.wording import describe
from restorebench.bench.metrics.psnr import psnr
from restorebench.bench.runs.run import load_run

RUN = load_run(Path(__file__).parents[3] / "docs/data/explained/rain100h/prenet")


def explained(*claims: str) -> Explanation:
    return explain_stored(RUN, parse_claims(claims))


@pytest.mark.parametrize(
    ("claims", "protocol"),
    [
        (("psnr=29.46", "ssim=0.899"), "rain100h@1"),  # PReNet's own table
        (("psnr=29.45", "ssim=0.898"), "rain13k@1"),  # Y rounded to 8 bits, as MPRNet's script does
        (("psnr=28.05", "ssim=0.884"), "rgb@1"),
        (("psnr=28.05", "ssim=0.9429"), "gopro@1"),  # RGB with MATLAB's 3-D SSIM
        (("psnr=28.05", "ssim=0.9257"), "uformer@1"),  # RGB with a data range of 2
        (("psnr=28.05", "ssim=0.8833"), "irsde-rgb@1"),  # 4 pixels cut off
    ],
)
def test_the_numbers_of_every_convention_are_found(claims: tuple[str, ...], protocol: str):
    found = explained(*claims)
    assert (found.verdict, found.answers[0].protocols[0]) == ("explained", protocol)


@pytest.mark.parametrize(
    ("claim", "protocol"),
    [
        ("psnr=28.14", "y-full-range@1"),
        ("psnr=29.46", "rain100h@1"),
        ("psnr=29.45", "rain13k@1"),
        ("psnr=28.05", "rgb@1"),
    ],
)
def test_psnr_alone_finds_the_protocol_too(claim: str, protocol: str):
    found = explained(claim)
    assert (found.tier, found.answers[0].protocols[0]) == (0, protocol)


def test_the_numbers_of_other_weights_are_explained_by_nothing():
    """26.77 / 0.858 is PReNet trained on Rain13K; 28.98 / 0.892 is PReNet_r."""
    assert explained("psnr=26.77", "ssim=0.858").verdict == "unexplained"
    by_chance = explained("psnr=28.98", "ssim=0.892")
    assert by_chance.verdict == "possible"  # a subset of the images gives it, as one would many numbers
    assert all(answer.tier == 2 for answer in by_chance.answers)
    assert by_chance.remaining
    assert "explains nothing" in describe(by_chance)


def test_the_measurements_are_those_of_the_official_scripts(fixtures: Path):
    """Octave with the verbatim scripts of PReNet (unrounded Y) and MPRNet (Y rounded), image by image."""
    expected = json.loads((fixtures / "evaluators" / "rain100h_expected.json").read_text())["per_image"]
    measured = stored_measurements(RUN)
    assert measured is not None
    keys = [record.key for record in RUN.records]
    for script, colour in (("prenet|trunc", "y"), ("mprnet|trunc", "y-rounded")):
        values = np.array([expected[script][f"{key}.png"] for key in keys])
        errors = measured.columns[f"mse {colour} crop0"]
        assert [psnr(error, 255.0) for error in errors] == pytest.approx(values[:, 0], abs=1e-3)
        assert measured.columns[f"ssim {colour} crop0 wang"] == pytest.approx(values[:, 1], abs=1e-5)
