"""The metrics that this package computes, and those that published tables print."""

from __future__ import annotations

from .card import MetricCard
from .lpips import prepare_lpips
from .metric import Measure, Metric
from .psnr import PsnrSpec
from .ssim_spec import SsimSpec

__all__ = ["CATALOGUE", "CHEAP", "LPIPS", "MEASURED", "PSNR", "SSIM"]


def _prepare_psnr(spec: PsnrSpec) -> Measure:
    return lambda pair: pair.pixels.psnr(spec)


def _prepare_ssim(spec: SsimSpec) -> Measure:
    return lambda pair: pair.pixels.ssim(spec)


PSNR = Metric(
    name="psnr",
    title="PSNR",
    unit="dB",
    digits=2,
    higher_is_better=True,
    worth=0.05,
    tolerance=0.1,
    prepare=_prepare_psnr,
    card=MetricCard(
        source="10 log10(peak² / MSE); colour, rounding, crop and peak are the protocol's",
        hundredth="The last digit that papers print: 0.23 % of the mean squared error.",
        notes=("Rounding, colour space and crop alone move it by 0.01 to 1.3 dB: compare within one protocol.",),
    ),
)
"""Without a highest value: it is infinite for identical images. See `psnr.PsnrSpec`."""

SSIM = Metric(
    name="ssim",
    title="SSIM",
    higher_is_better=True,
    lowest=-1.0,
    highest=1.0,
    worth=0.001,
    tolerance=0.001,
    prepare=_prepare_ssim,
    card=MetricCard(
        source="Wang et al., IEEE TIP 13(4), 2004; window, border and colour are the protocol's",
        hundredth="Large, ten times the drop that a check allows; but another window can move it by twice as much.",
        notes=("Windows and borders differ between papers by 0.02 to 0.05: compare within one protocol.",),
    ),
)
"""See `ssim_spec.SsimSpec`."""

LPIPS = Metric(
    name="lpips",
    title="LPIPS",
    higher_is_better=False,
    lowest=0.0,
    worth=0.002,
    tolerance=0.002,
    cost="network",
    prepare=prepare_lpips,
    uncropped=True,
    card=MetricCard(
        source="Zhang et al., CVPR 2018, version 0.1; network and image are the protocol's",
        hundredth="Five times the drop that a check allows; far above rounding, which moves it by 0.0003.",
        licence="BSD-2-Clause (lpips); BSD-3-Clause (torchvision's backbone)",
        weights="ImageNet backbone: `restorebench fetch lpips-alex`, for some protocols lpips-vgg",
        calibration="linear weights fitted to human judgements of 64x64 patches; used on whole images",
    ),
)
"""See `lpips.LpipsSpec`."""

FID = Metric(name="fid", title="FID", digits=2, higher_is_better=False, lowest=0.0, cost="network")
MSE = Metric(name="mse", title="MSE", digits=2, higher_is_better=False, lowest=0.0)

MEASURED = {metric.name: metric for metric in (PSNR, SSIM, LPIPS)}
"""The metrics that protocols have parameters for, by name, in the order of all tables."""

CHEAP = tuple(metric.name for metric in MEASURED.values() if metric.cost == "cheap")
"""Those that need no network: they are followed during training, and experiments on training compare them."""

_ERRORS = "restorebench.bench.metrics.pixel_errors"
_NO_REFERENCE = "restorebench.bench.metrics.no_reference"
_PERCEPTUAL = "restorebench.bench.metrics.perceptual"

CATALOGUE = {
    **{metric.name: f"{__name__}:{metric.title}" for metric in MEASURED.values()},
    "lpips-alex": f"{_PERCEPTUAL}:LPIPS_ALEX",
    "lpips-vgg": f"{_PERCEPTUAL}:LPIPS_VGG",
    "lpips-squeeze": f"{_PERCEPTUAL}:LPIPS_SQUEEZE",
    "dists": f"{_PERCEPTUAL}:DISTS",
    "dists-256": f"{_PERCEPTUAL}:DISTS_256",
    "ms-ssim": f"{_PERCEPTUAL}:MS_SSIM",
    "ms-ssim-y": f"{_PERCEPTUAL}:MS_SSIM_Y",
    "niqe": f"{_NO_REFERENCE}:NIQE",
    "niqe-grey": f"{_NO_REFERENCE}:NIQE_GREY",
    "niqe-float64": f"{_NO_REFERENCE}:NIQE_FLOAT64",
    "mae": f"{_ERRORS}:MAE",
    "rmse": f"{_ERRORS}:RMSE",
    "fid": f"{__name__}:FID",
    "mse": f"{__name__}:MSE",
}
"""Metric to `module:attribute`; the last two are in published tables only and are not computed here."""
