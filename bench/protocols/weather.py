"""Protocols of snow, raindrops and rain with haze: the all-weather papers."""

from __future__ import annotations

from collections.abc import Mapping

from ..metrics.metric import Metric
from ..metrics.ssim_spec import SsimSpec
from .protocol import Protocol, Source

__all__ = [
    "HISTOFORMER",
    "HISTOFORMER_RGB",
    "RAINDROP_CHALLENGE",
    "RAINDROP_SCORE",
    "WEATHERDIFFUSION",
    "WEATHERDIFFUSION_RESIZED",
]

WEATHERDIFFUSION = Protocol(
    name="weatherdiffusion",
    version=1,
    title="WeatherDiffusion: unrounded Y of the saved image, Wang's SSIM without downsampling",
    source=Source(
        "IGITUGraz/WeatherDiffusion",
        "calculate_psnr_ssim.py, utils/metrics.py",
        "Snow100K, Outdoor-Rain and RainDrop of WeatherDiffusion and of the papers that copy its tables",
    ),
    colour="y-float32",
    ssim=SsimSpec(),
    notes=(
        (
            "The metric script neither crops nor resizes, but the data loader resizes input and target: scores of the"
            " images that it saves are those of weatherdiffusion-resized@1."
        ),
    ),
)

WEATHERDIFFUSION_RESIZED = Protocol(
    name="weatherdiffusion-resized",
    version=1,
    title="weatherdiffusion@1 on input and target as WeatherDiffusion's data loader resizes them",
    source=Source(
        "IGITUGraz/WeatherDiffusion",
        "datasets/, calculate_psnr_ssim.py, utils/metrics.py",
        WEATHERDIFFUSION.source.used_for,
    ),
    input="fit-1024",
    colour="y-float32",
    ssim=SsimSpec(),
    notes=("The target is resized too: these are not scores against the original ground truth.",),
)

HISTOFORMER = Protocol(
    name="histoformer",
    version=1,
    title="Histoformer as scripted: luma with the weights of red and blue swapped, uniform 11x11 SSIM",
    source=Source(
        "sunshangquan/Histoformer",
        "Allweather/compute_psnr.py",
        "Snow100K, Outdoor-Rain and RainDrop of Histoformer",
    ),
    colour="y-swapped",
    ssim=SsimSpec(window="uniform", size=11, sample_covariance=True),
    notes=(
        (
            "The script reads BGR and applies the weights of RGB: up to 0.44 dB on photographs; histoformer-rgb@1 has"
            " them right."
        ),
        "Its README says that some values of the table are WeatherDiffusion's, by another script.",
        "The script resizes the ground truth where sizes differ; this protocol refuses such a pair.",
    ),
)

HISTOFORMER_RGB = Protocol(
    name="histoformer-rgb",
    version=1,
    title="histoformer@1 with the channels in the right order, for comparison",
    source=Source("sunshangquan/Histoformer", "Allweather/compute_psnr.py, with RGB instead of BGR", "no table"),
    colour="y",
    ssim=SsimSpec(window="uniform", size=11, sample_covariance=True),
)


def _raindrop_score(values: Mapping[str, float]) -> float:
    return values["psnr"] + 10 * values["ssim"] - 5 * values["lpips"]


RAINDROP_SCORE = Metric(
    name="raindrop-score",
    title="Raindrop score",
    higher_is_better=True,
    digits=2,
    cost="network",
    combine=_raindrop_score,
    needs=("psnr", "ssim", "lpips"),
    formula="PSNR of Y + 10 SSIM of Y - 5 LPIPS",
)
"""Without a highest value, because PSNR has none."""

RAINDROP_CHALLENGE = Protocol(
    name="raindrop-challenge",
    version=1,
    title="NTIRE challenge on day and night raindrop removal: PSNR and SSIM of Y, LPIPS, and their composite",
    source=Source("", "arXiv 2504.12711 and 2604.10634", "the ranking of the challenges of 2025 and 2026"),
    colour="y-float32",
    ssim=SsimSpec(),
    added=(RAINDROP_SCORE,),
    notes=(
        (
            "The organisers' script was not found: which Y and which LPIPS network it takes is not confirmed. Here they"
            " are those of weatherdiffusion@1, and AlexNet, which one participant's repository takes."
        ),
        "Summaries that print 10 PSNR instead of PSNR are wrong: the winner of 2026 has 35.24.",
    ),
)
