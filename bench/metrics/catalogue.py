"""The metrics that this package computes, and those that published tables print."""

from __future__ import annotations

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
)
"""See `lpips.LpipsSpec`."""

DISTS = Metric(name="dists", title="DISTS", higher_is_better=False, lowest=0.0, highest=1.0, cost="network")
FID = Metric(name="fid", title="FID", digits=2, higher_is_better=False, lowest=0.0, cost="network")
NIQE = Metric(name="niqe", title="NIQE", digits=2, higher_is_better=False, lowest=0.0)
MAE = Metric(name="mae", title="MAE", digits=2, higher_is_better=False, lowest=0.0)
MSE = Metric(name="mse", title="MSE", digits=2, higher_is_better=False, lowest=0.0)
RMSE = Metric(name="rmse", title="RMSE", digits=2, higher_is_better=False, lowest=0.0)

MEASURED = {metric.name: metric for metric in (PSNR, SSIM, LPIPS)}
"""The metrics that protocols have parameters for, by name, in the order of all tables."""

CHEAP = tuple(metric.name for metric in MEASURED.values() if metric.cost == "cheap")
"""Those that need no network: they are followed during training, and experiments on training compare them."""

CATALOGUE = {
    metric.name: f"{__name__}:{metric.title}" for metric in (*MEASURED.values(), DISTS, FID, NIQE, MAE, MSE, RMSE)
}
"""Metric to `module:attribute`; those after LPIPS are in published tables only and are not computed here."""
