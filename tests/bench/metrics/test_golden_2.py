"""Every value of the second file of official values that belongs to a metric."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.golden import Golden
from numpy.typing import NDArray
from restorebench.bench.errors import MetricUnavailableError
from restorebench.bench.metrics.backbones import LpipsNet, backbone_path
from restorebench.bench.metrics.colour import luma
from restorebench.bench.metrics.images import to_unit
from restorebench.bench.metrics.ms_ssim import ms_ssim
from restorebench.bench.metrics.niqe import niqe
from restorebench.bench.metrics.quantise import quantise
from restorebench.bench.metrics.registry import open_metric
from restorebench.bench.metrics.scored_pair import DirectPair, ScoredPair
from restorebench.bench.protocols.protocol import get_protocol

Value = Callable[[NDArray[Any], NDArray[Any]], float]

COMPUTED: dict[tuple[str, str], Value] = {
    ("niqe_basicsr", "pred_y"): lambda x, _: niqe(x).value,
    ("niqe_basicsr", "gt_y"): lambda _, y: niqe(y).value,
    ("niqe_basicsr", "pred_gray"): lambda x, _: niqe(x, grey="grey").value,
    ("niqe_basicsr", "gt_gray"): lambda _, y: niqe(y, grey="grey").value,
    ("niqe_basicsr", "pred_y_crop4"): lambda x, _: niqe(x[4:-4, 4:-4]).value,
    ("niqe_float64", "pred_y"): lambda x, _: niqe(x, dtype=np.float64).value,
    ("niqe_float64", "gt_y"): lambda _, y: niqe(y, dtype=np.float64).value,
    ("msssim_vainf", "rgb"): ms_ssim,
    ("msssim_vainf", "y601"): lambda x, y: ms_ssim(luma(x, "y"), luma(y, "y")),
}

NETWORKS = {
    ("dists", "full"): "dists",
    ("dists", "resized256"): "dists-256",
    ("lpips_vgg", "uint8_png"): "lpips-vgg",
    ("lpips_vgg", "float_unclamped"): "lpips-vgg",
    ("lpips_alex", "uint8_png"): "lpips-alex",
}


OF_PROTOCOLS = {
    *("promptir", "moceir", "rsblur", "weatherdiffusion", "histoformer_weather", "histoformer_weather_rgbfixed"),
    *("dehazeformer", "retinexformer", "raindrop_score"),
}
"""Tested in tests/bench/protocols/test_golden_2.py."""

LEFT_OUT = {"brisque_opencv", "piq"}
"""Not computed here: BRISQUE differs between its implementations by more than it says, and piq is a package."""


def test_every_source_is_tested_or_left_out_on_purpose(golden_2: Golden) -> None:
    here = {*(source for source, _ in (*COMPUTED, *NETWORKS)), "irsde_lpips"}
    assert {entry["protocol"] for entry in golden_2.document["expected"]} == here | OF_PROTOCOLS | LEFT_OUT
    values = {
        (source, entry["metric"])
        for source in here
        for entry in golden_2.document["expected"]
        if entry["protocol"] == source
    }
    assert values - {*COMPUTED, *NETWORKS} == {
        ("irsde_lpips", "scripted_order"),
        ("irsde_lpips", "unclamped_float"),
        ("irsde_lpips", "uint8_png"),
        ("lpips_vgg", "float_clamped"),
    }


@pytest.mark.slow
def test_lpips_vgg_of_the_clamped_float_output(
    golden_2: Golden, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbones(fixtures, monkeypatch, "vgg")
    measure = open_metric("lpips-vgg").ready()

    def clamped(x: NDArray[Any], y: NDArray[Any]) -> float:
        unit = np.clip(x, 0, 1)
        return value_of(measure(ScoredPair(x, unit, y, DirectPair.of(unit, to_unit(y)))))

    compare(golden_2, "lpips_vgg", "float_clamped", clamped)


@pytest.mark.parametrize(("source", "metric"), COMPUTED)
def test_official_values(golden_2: Golden, source: str, metric: str) -> None:
    compare(golden_2, source, metric, COMPUTED[source, metric])


@pytest.mark.slow
@pytest.mark.parametrize(("source", "metric"), NETWORKS)
def test_official_values_of_networks(
    golden_2: Golden, fixtures: Path, monkeypatch: pytest.MonkeyPatch, source: str, metric: str
) -> None:
    backbones(fixtures, monkeypatch, "alex" if "alex" in source else "vgg")
    measure = open_metric(NETWORKS[source, metric]).ready()
    compare(golden_2, source, metric, lambda x, y: value_of(measure(ScoredPair(x, x, y, DirectPair.of(x, y)))))


@pytest.mark.parametrize("metric", ["pred_y", "gt_y", "pred_gray", "gt_gray"])
def test_niqe_is_refused_where_the_official_code_fails(golden_2: Golden, metric: str) -> None:
    side, grey = (0 if "pred" in metric else 1), ("y" if metric.endswith("_y") else "grey")
    failing = golden_2.raises("niqe_basicsr", metric)
    assert failing
    for name in failing:
        image = golden_2.pairs[name][side]
        if image.dtype != np.uint8:
            continue
        with pytest.raises(MetricUnavailableError, match="NIQE needs at least 2 blocks of 96x96 pixels"):
            niqe(image, grey=grey)


@pytest.mark.slow
def test_moceirs_lpips_is_that_of_the_cropped_images(
    golden_2: Golden, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbones(fixtures, monkeypatch, "vgg")
    scorer = get_protocol("moceir").prepare()
    compare(golden_2, "moceir", "lpips_vgg", lambda x, y: scorer.score(x, y).metrics["lpips"] or 0.0)


@pytest.mark.parametrize(
    ("protocol", "metric"), [("irsde@2", "scripted_order"), ("irsde@1", "unclamped_float"), ("rgb@1", "uint8_png")]
)
def test_irsdes_lpips_is_of_the_clamped_output(
    golden_2: Golden, fixtures: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, metric: str
) -> None:
    backbones(fixtures, monkeypatch, "alex")
    scorer = get_protocol(protocol).prepare()
    compare(golden_2, "irsde_lpips", metric, lambda x, y: scorer.score(x, y).metrics["lpips"] or 0.0)


def compare(golden: Golden, source: str, metric: str, value: Value) -> None:
    entries = golden.entries(source, metric)
    assert entries
    for entry in entries:
        restored, target = golden.pairs[entry["pair"]]
        if metric == "uint8_png" and restored.dtype != np.uint8:
            restored = quantise(restored, "half-even")
        tolerance = entry.get("tol", golden.tolerance(source))
        assert value(restored, target) == pytest.approx(float(entry["value"]), rel=0, abs=tolerance), entry


def value_of(found: Any) -> float:
    return getattr(found, "value", found)


def backbones(fixtures: Path, monkeypatch: pytest.MonkeyPatch, net: LpipsNet) -> None:
    """The real weights, from the fixtures or from where `restorebench fetch` puts them."""
    kept = fixtures / "weights" / "lpips" / "alexnet_features.pth"
    if net == "alex" and kept.is_file():
        monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(kept))
    if not backbone_path(net).is_file():
        pytest.skip(f"needs the weights of {net}: restorebench fetch lpips-{net}")
