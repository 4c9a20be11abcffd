"""Every value of the second file of official values that belongs to a protocol."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.golden import Golden
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.protocols.weather import RAINDROP_SCORE

FIDELITY = {
    ("promptir", "psnr"): "promptir@1",
    ("promptir", "ssim"): "promptir@1",
    ("moceir", "psnr"): "moceir@1",
    ("moceir", "ssim"): "moceir@1",
    ("rsblur", "psnr"): "rsblur@1",
    ("rsblur", "ssim"): "rsblur@1",
    ("rsblur", "psnr_realblur_noclip"): "realblur@1",
    ("weatherdiffusion", "psnr_y"): "weatherdiffusion@1",
    ("weatherdiffusion", "ssim_y"): "weatherdiffusion@1",
    ("histoformer_weather", "psnr"): "histoformer@1",
    ("histoformer_weather", "ssim"): "histoformer@1",
    ("histoformer_weather_rgbfixed", "psnr"): "histoformer-rgb@1",
    ("histoformer_weather_rgbfixed", "ssim"): "histoformer-rgb@1",
    ("dehazeformer", "psnr"): "dehazeformer@1",
    ("dehazeformer", "ssim"): "dehazeformer@1",
    ("retinexformer", "psnr"): "retinexformer@1",
    ("retinexformer", "ssim"): "retinexformer@1",
    ("retinexformer", "psnr_gtmean"): "retinexformer-gtmean@1",
    ("retinexformer", "ssim_gtmean"): "retinexformer-gtmean@1",
    ("promptir", "psnr_nocrop"): "skimage-float@1",
    ("promptir", "ssim_nocrop"): "skimage-float@1",
    ("promptir", "psnr_saved8bit"): "promptir@1",
    ("promptir", "ssim_saved8bit"): "promptir@1",
}
"""Official script and metric to the protocol that reproduces it."""

ILL_POSED = ("rsblur", "tiny_11x11")
"""ECC on 11x11 pixels ends in another optimum in each version of OpenCV: 27.05 dB in 4.2, 27.58 in 4.10, 24.57 in 5."""


@pytest.mark.parametrize(("source", "metric"), FIDELITY)
def test_psnr_and_ssim(golden_2: Golden, source: str, metric: str) -> None:
    if source == "rsblur":
        pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")
    protocol = replace(get_protocol(FIDELITY[source, metric]), lpips=None)
    if metric.endswith("saved8bit"):
        protocol = replace(protocol, quantiser="half-even")
    entries = golden_2.entries(source, metric)
    assert entries
    for entry in entries:
        if (source, entry["pair"]) == ILL_POSED:
            continue
        value = protocol.score(*golden_2.pairs[entry["pair"]])["ssim" if "ssim" in metric else "psnr"]
        expected, tolerance = float(entry["value"]), entry.get("tol", golden_2.tolerance(source))
        assert value is not None, entry
        assert value == expected or abs(value - expected) <= tolerance, (entry, value)


def test_where_the_alignment_stops_the_official_script_there_is_no_value(golden_2: Golden) -> None:
    pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")
    protocol = replace(get_protocol("rsblur"), lpips=None)
    stopped = golden_2.raises("rsblur", "all") - {"const_identical"}  # which is aligned as it is, and scores infinity
    assert stopped
    for pair in stopped:
        scores = protocol.prepare().score(*golden_2.pairs[pair])
        assert scores.metrics == {"psnr": None, "ssim": None}, pair
        assert "alignment" in scores.nulls["psnr"]


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_the_raindrop_composite(golden_2: Golden, net: str) -> None:
    protocol = replace(get_protocol("raindrop-challenge"), lpips=None, added=())
    perceptual = {entry["pair"]: entry["value"] for entry in golden_2.entries(f"lpips_{net}", "uint8_png")}
    for entry in golden_2.entries("raindrop_score", net):
        scores = protocol.score(*golden_2.pairs[entry["pair"]])
        value = RAINDROP_SCORE.combined({**scores, "lpips": perceptual[entry["pair"]]})
        assert value == pytest.approx(float(entry["value"]), abs=golden_2.tolerance("raindrop_score"))


def test_a_composite_without_one_of_its_parts_has_no_value_and_says_which() -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    scores = get_protocol("raindrop-challenge").prepare().score(image, image // 2)  # too small for LPIPS, if it is here
    assert scores.metrics["raindrop-score"] is None
    assert scores.nulls["raindrop-score"] == "Raindrop score needs LPIPS, which has no value here."
