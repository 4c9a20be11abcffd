"""Learned and multi-scale distances that can be added to any run."""

from __future__ import annotations

from .backbones import LpipsNet
from .card import MetricCard
from .dists import prepare_dists
from .lpips import LpipsSpec, prepare_lpips
from .metric import Measure, Metric
from .ms_ssim import measure_ms_ssim, measure_ms_ssim_y

__all__ = ["DISTS", "DISTS_256", "LPIPS_ALEX", "LPIPS_SQUEEZE", "LPIPS_VGG", "MS_SSIM", "MS_SSIM_Y"]

LPIPS_NOTES = (
    "Values by different networks are different metrics.",
    "Which image it sees matters: rounding to 8 bits moves it by 0.0003, values outside [0, 1] by more.",
)


def lpips_card(net: LpipsNet) -> MetricCard:
    """The card of LPIPS on one network."""
    return MetricCard(
        source="Zhang et al., CVPR 2018, version 0.1; richzhang/PerceptualSimilarity, package lpips",
        hundredth="Five times the drop that a check allows; far above rounding, which moves it by 0.0003.",
        licence="BSD-2-Clause (lpips); BSD-3-Clause (torchvision's backbone)",
        weights=f"ImageNet backbone: `restorebench fetch lpips-{net}`",
        calibration="linear weights fitted to human judgements of 64x64 patches; used on whole images",
        notes=LPIPS_NOTES,
    )


def _lpips(net: LpipsNet) -> Metric:
    spec = LpipsSpec(net=net)

    def prepare(_: object) -> Measure:
        return prepare_lpips(spec)

    return Metric(
        name=f"lpips-{net}",
        title=f"LPIPS-{net.upper()}",
        higher_is_better=False,
        lowest=0.0,
        worth=0.002,
        cost="network",
        prepare=prepare,
        formula=spec.describe(),
        card=lpips_card(net),
    )


LPIPS_ALEX = _lpips("alex")
LPIPS_VGG = _lpips("vgg")
LPIPS_SQUEEZE = _lpips("squeeze")

_DISTS_NOTES = (
    (
        "The official script resizes larger images to a smaller side of 256 pixels, its class does not: 0.474 on the"
        " whole image, 0.435 on the resized one. Papers rarely say which; `dists` is the class, `dists-256` the script."
    ),
    "Identical constant images score 0.0018 instead of 0, because float32 cancels.",
)


def _dists(name: str, title: str, seen: str, *, resized: bool) -> Metric:
    return Metric(
        name=name,
        title=title,
        higher_is_better=False,
        lowest=0.0,
        highest=1.0,
        cost="network",
        prepare=lambda _: prepare_dists(resized=resized),
        formula=f"1 - sum(alpha texture + beta structure) over RGB and five stages of VGG-16, {seen}",
        card=MetricCard(
            source="Ding et al., IEEE TPAMI 44(5), 2022; dingkeyan93/DISTS DISTS_pytorch/DISTS_pt.py",
            hundredth="A fourth of what the script's resizing moves it by on one picture: small.",
            licence="MIT (weights, which come with this package); BSD-3-Clause (torchvision's backbone)",
            weights="VGG-16: `restorebench fetch lpips-vgg`",
            calibration="weights fitted at a smaller side of 256 pixels",
            notes=_DISTS_NOTES,
        ),
    )


DISTS = _dists("dists", "DISTS", "on the whole image", resized=False)
DISTS_256 = _dists(
    "dists-256", "DISTS (256)", "on images resized to a smaller side of 256 pixels if larger", resized=True
)


def _ms_ssim(name: str, title: str, prepare: Measure, seen: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        higher_is_better=True,
        lowest=0.0,
        highest=1.0,
        worth=0.001,
        prepare=lambda _: prepare,
        formula=f"5 scales, weights .0448 .2856 .3001 .2363 .1333, 11x11 Gaussian sigma=1.5, {seen}",
        card=MetricCard(
            source="Wang, Simoncelli, Bovik, Asilomar 2003; VainF/pytorch-msssim 1.0.0",
            hundredth="Large: it compresses SSIM's scale towards 1, and tables print 3 or 4 digits.",
            calibration="the weights of the scales, fitted to judgements of one viewing distance",
            notes=(
                "Needs more than 160 pixels on the smaller side.",
                (
                    "Odd sides are padded with a line of zeros before each halving, which darkens the border;"
                    " MATLAB's and TensorFlow's versions agree with it only where every scale has even sides."
                ),
            ),
        ),
    )


MS_SSIM = _ms_ssim("ms-ssim", "MS-SSIM", measure_ms_ssim, "each channel of RGB by itself")
MS_SSIM_Y = _ms_ssim("ms-ssim-y", "MS-SSIM (Y)", measure_ms_ssim_y, "on unrounded limited-range Y")
