"""Protocols of common libraries, and two plain ones for data sets without an established protocol."""

from __future__ import annotations

from ..metrics.psnr import PsnrSpec
from ..metrics.ssim_spec import SsimSpec
from .protocol import Protocol, Source

__all__ = [
    "BASICSR",
    "BASICSR_PT",
    "BASICSR_PT_Y",
    "BASICSR_Y",
    "MATLAB_2D",
    "NO_TARGET",
    "RGB",
    "SKIMAGE",
    "SKIMAGE_FLOAT",
    "Y_FULL_RANGE",
    "Y",
]

_BASICSR = "XPixelGroup/BasicSR"
_BASICSR_PATH = "basicsr/metrics/psnr_ssim.py"

RGB = Protocol(
    name="rgb",
    version=1,
    title="Plain 8-bit RGB: PSNR over all channels, Wang's SSIM per channel",
    source=Source("", "Wang et al., IEEE TIP 13(4), 2004", "no particular table"),
    ssim=SsimSpec(),
    notes=("The same numbers as basicsr@1, gopro-ssim2d@1 and scikit-image with its Gaussian window.",),
)

NO_TARGET = Protocol(
    name="no-target",
    version=1,
    title="No target: only the metrics that are added, of the 8-bit image",
    source=Source("", "restorebench", "images without a ground truth"),
    psnr=None,
    lpips=None,
    notes=("Measures nothing by itself: add a metric that needs no target, such as --metric niqe.",),
)

Y = Protocol(
    name="y",
    version=1,
    title="Plain luma: unrounded limited-range Y, Wang's SSIM without downsampling",
    source=Source("", "ITU-R BT.601; Wang et al., IEEE TIP 13(4), 2004", "no particular table"),
    colour="y",
    ssim=SsimSpec(),
)

Y_FULL_RANGE = Protocol(
    name="y-full-range",
    version=1,
    title="OpenCV's full-range luma, for comparison: 1.32 dB below limited-range Y",
    source=Source("opencv/opencv", "cvtColor COLOR_RGB2YCrCb", "no table; a common mistake"),
    colour="y-full-range",
    ssim=SsimSpec(),
)

BASICSR = Protocol(
    name="basicsr",
    version=1,
    title="BasicSR calculate_psnr and calculate_ssim on RGB",
    source=Source(_BASICSR, _BASICSR_PATH, "KAIR, Restormer utils, IR-SDE before its crop"),
    ssim=SsimSpec(),
)

BASICSR_Y = Protocol(
    name="basicsr-y",
    version=1,
    title="BasicSR with test_y_channel: unrounded float32 Y",
    source=Source(_BASICSR, _BASICSR_PATH, "super-resolution and deraining tables made with BasicSR"),
    colour="y-float32",
    ssim=SsimSpec(),
    notes=("PSNR equals rain100h@1 with a rounded save to 4e-6 dB.",),
)

BASICSR_PT = Protocol(
    name="basicsr-pt",
    version=1,
    title="BasicSR's torch version on RGB, which adds 1e-8 to the mean squared error",
    source=Source(_BASICSR, f"{_BASICSR_PATH}, calculate_psnr_pt, calculate_ssim_pt", "no table"),
    psnr=PsnrSpec(mse_offset=1e-8),
    ssim=SsimSpec(),
    notes=("Identical images score 80 dB; at 60 dB the offset costs 0.04 dB.",),
)

BASICSR_PT_Y = Protocol(
    name="basicsr-pt-y",
    version=1,
    title="BasicSR's torch version on Y",
    source=BASICSR_PT.source,
    colour="y-float32-sum",
    psnr=PsnrSpec(mse_offset=1e-8),
    ssim=SsimSpec(),
)

SKIMAGE = Protocol(
    name="skimage",
    version=1,
    title="scikit-image's defaults on 8-bit RGB: uniform 7x7 window, sample covariance",
    source=Source("scikit-image/scikit-image", "skimage/metrics", "DeblurGAN-v2's training log"),
    ssim=SsimSpec(window="uniform", size=7, sample_covariance=True),
)

SKIMAGE_FLOAT = Protocol(
    name="skimage-float",
    version=1,
    title="uformer@1 with the correct data range, for comparison",
    source=Source("scikit-image/scikit-image", "skimage/metrics", "no table"),
    quantiser="none",
    ssim=SsimSpec(window="uniform", size=7, sample_covariance=True),
)

MATLAB_2D = Protocol(
    name="matlab-2d",
    version=1,
    title="MATLAB's ssim per channel, for comparison with gopro@1",
    source=Source("", "MATLAB ssim on H x W arrays", "no table"),
    ssim=SsimSpec(border="replicate"),
)
