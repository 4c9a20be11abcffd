"""Every value of the official evaluation code, through the public protocols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers.golden import Golden
from restorebench.bench.metrics.images import to_unit
from restorebench.bench.metrics.lpips import load_lpips, lpips
from restorebench.bench.metrics.quantise import quantise
from restorebench.bench.protocols.protocol import Protocol, get_protocol

FIDELITY = {
    ("matlab_builtin", "psnr"): "gopro@1",
    ("matlab_builtin", "ssim"): "gopro@1",
    ("matlab_2d_mean", "ssim"): "matlab-2d@1",
    ("prenet", "psnr"): "rain100h@1",
    ("prenet", "ssim"): "rain100h@1",
    ("mprnet_rain", "psnr"): "rain13k@1",
    ("mprnet_rain", "ssim"): "rain13k@1",
    ("skimage_uint8", "psnr"): "skimage@1",
    ("skimage_uint8_uniform7", "ssim"): "skimage@1",
    ("skimage_uint8_gauss", "ssim"): "gopro-ssim2d@1",
    ("mimo_unet", "psnr"): "mimo-unet@1",
    ("uformer_gopro", "psnr"): "uformer@1",
    ("uformer_gopro", "ssim"): "uformer@1",
    ("skimage_float_uniform7_dr1", "ssim"): "skimage-float@1",
    ("mprnet_gopro", "psnr"): "gopro@1",
    ("realblur_ecc", "psnr"): "realblur@1",
    ("realblur_ecc", "ssim"): "realblur@1",
    ("realblur_noalign", "psnr"): "realblur-noalign@1",
    ("nafnet", "psnr_rgb"): "nafnet@1",
    ("nafnet", "ssim_rgb"): "nafnet@1",
    ("nafnet", "psnr_y"): "hinet@1",
    ("nafnet", "ssim_y"): "hinet@1",
    ("nafnet", "ssim_rgb_2d_flag"): "nafnet-ssim2d@1",
    ("nafnet", "skimage_ssim"): "skimage@1",
    ("hinet", "psnr_rgb"): "hinet-rgb@1",
    ("hinet", "ssim_rgb"): "hinet-rgb@1",
    ("hinet", "psnr_y"): "hinet@1",
    ("hinet", "ssim_y"): "hinet@1",
    ("basicsr", "psnr_rgb"): "basicsr@1",
    ("basicsr", "ssim_rgb"): "basicsr@1",
    ("basicsr", "psnr_y"): "basicsr-y@1",
    ("basicsr", "ssim_y"): "basicsr-y@1",
    ("basicsr_pt", "psnr_rgb"): "basicsr-pt@1",
    ("basicsr_pt", "ssim_rgb"): "basicsr-pt@1",
    ("basicsr_pt", "psnr_y"): "basicsr-pt-y@1",
    ("basicsr_pt", "ssim_y"): "basicsr-pt-y@1",
    ("restormer_utils", "psnr_rgb"): "basicsr@1",
    ("restormer_utils", "ssim_rgb"): "basicsr@1",
    ("maxim", "psnr_rgb"): "maxim@1",
    ("stripformer_train", "psnr_rgb"): "stripformer-train@1",
    ("stripformer_train", "ssim_rgb"): "stripformer-train@1",
    ("irsde", "psnr_rgb"): "irsde-rgb@1",
    ("irsde", "ssim_rgb"): "irsde-rgb@1",
    ("irsde", "psnr_y"): "irsde@1",
    ("irsde", "ssim_y"): "irsde@1",
    ("irsde_nocrop", "psnr_rgb"): "irsde-rgb-nocrop@1",
    ("irsde_nocrop", "ssim_rgb"): "irsde-rgb-nocrop@1",
    ("irsde_nocrop", "psnr_y"): "irsde-nocrop@1",
    ("irsde_nocrop", "ssim_y"): "irsde-nocrop@1",
}
"""Golden protocol and metric to the protocol that reproduces it."""

FLOAT32_CANCELS = {("nafnet", "const_100_103"), ("hinet", "const_100_103")}
"""SSIM of two constants is 1.002 in the float32 of NAFNet and HINet: nafnet@1 says 0.9996, nafnet-float32@1 1.002."""

ALIGNMENT = {("realblur_ecc", "homography"), ("realblur_ecc", "mask_fraction")}
SAVES = {("tensor2img", "uint8_sum")}
CONVENTIONS = ("irsde", "uint8_png", "normalize_true", "wrong_range01", "bgr")
PERCEPTUAL = {(f"lpips_synthetic_{net}", convention) for net in ("alex", "vgg") for convention in CONVENTIONS}


def close(value: float, expected: float, tolerance: float) -> bool:
    return value == expected or abs(value - expected) <= tolerance


def without_lpips(name: str, entry: dict[str, Any]) -> Protocol:
    """The protocol, with BasicSR's `crop_border` where the value was computed with one."""
    protocol = replace(get_protocol(name), lpips=None)
    if entry["protocol"] == "basicsr":
        return replace(protocol, crop=entry["params"]["crop_border"])
    return protocol


def test_every_golden_value_is_tested_by_one_of_the_tests_below(golden: Golden) -> None:
    found = {(entry["protocol"], entry["metric"]) for entry in golden.document["expected"]}
    assert found == {*FIDELITY, *ALIGNMENT, *SAVES, *PERCEPTUAL}
    assert len(golden.document["expected"]) == 857


@pytest.mark.parametrize(("source", "metric"), FIDELITY)
def test_psnr_and_ssim(golden: Golden, source: str, metric: str) -> None:
    name, column = FIDELITY[source, metric], "ssim" if "ssim" in metric else "psnr"
    if name == "realblur@1":
        pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")
    entries = golden.entries(source, metric)
    for entry in entries:
        float32 = column == "ssim" and metric == "ssim_rgb" and (source, entry["pair"]) in FLOAT32_CANCELS
        protocol = without_lpips("nafnet-float32@1" if float32 else name, entry)
        value = protocol.score(*golden.pairs[entry["pair"]])[column]
        assert value is not None, entry
        assert close(value, float(entry["value"]), golden.tolerance(source)), (entry, value)


@pytest.mark.parametrize("metric", ["homography", "mask_fraction"])
def test_alignment(golden: Golden, metric: str) -> None:
    cv2 = pytest.importorskip("cv2", reason="RealBlur's alignment needs OpenCV")
    scorer = without_lpips("realblur@1", {"protocol": "realblur_ecc"}).prepare()
    for entry in golden.entries("realblur_ecc", metric):
        by_version = {label.rpartition(" ")[2]: value for label, value in entry["other_versions"].items()}
        by_version["4.2.0"] = entry["value"]
        # A homography differs between versions of OpenCV by more than the scores do; others are near the newest.
        expected = by_version.get(cv2.__version__, by_version["5.0.0"])
        found = getattr(scorer.score(*golden.pairs[entry["pair"]]).alignment, metric)
        assert np.allclose(found, expected, rtol=0, atol=golden.tolerance("realblur_ecc")), entry["pair"]


def test_tensor2img(golden: Golden) -> None:
    (entry,) = golden.entries(*next(iter(SAVES)))
    assert quantise(golden.pairs[entry["pair"]][0], "half-even").sum(dtype=np.int64) == entry["value"]


@pytest.mark.parametrize("net", ["alex", pytest.param("vgg", marks=pytest.mark.slow)])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_lpips_of_a_synthetic_backbone(
    golden: Golden, synthetic_backbone: Callable[[str], Path], net: Any, convention: str
) -> None:
    network = load_lpips(net, synthetic_backbone(net))
    for entry in golden.entries(f"lpips_synthetic_{net}", convention):
        restored, target = golden.pairs[entry["pair"]]
        if restored.dtype != np.uint8 and convention != "irsde":
            restored = quantise(restored, "half-even")
        x, y = (torch.from_numpy(to_unit(image)).permute(2, 0, 1) for image in (restored, target))
        if convention == "wrong_range01":  # undo the scaling to [-1, 1] in advance
            x, y = (x + 1) / 2, (y + 1) / 2
        if convention == "bgr":
            x, y = x.flip(0), y.flip(0)
        assert lpips(network, x, y) == pytest.approx(entry["value"], abs=golden.tolerance(f"lpips_synthetic_{net}"))


def test_rain100h_input_per_image(fixtures: Path) -> None:
    import json

    from PIL import Image

    document = json.loads((fixtures / "evaluators" / "rain100h_expected.json").read_text())
    protocols = {
        "prenet|in": without_lpips("rain100h", {"protocol": ""}),
        "mprnet|in": without_lpips("rain13k", {"protocol": ""}),
    }
    folder = fixtures / "images" / "Rain100H"
    for name in document["per_image"]["prenet|in"]:
        with Image.open(folder / "input" / name) as image, Image.open(folder / "target" / name) as target:
            pair = np.asarray(image.convert("RGB")), np.asarray(target.convert("RGB"))
        for column, protocol in protocols.items():
            psnr, ssim = document["per_image"][column][name]
            scores = protocol.score(*pair)
            assert scores["psnr"] == pytest.approx(psnr, rel=0, abs=1e-6), (column, name)
            assert scores["ssim"] == pytest.approx(ssim, rel=0, abs=1e-7), (column, name)
