"""Protocols of deblurring papers: GoPro, HIDE, RealBlur."""

from __future__ import annotations

from ..metrics.lpips import LpipsSpec
from ..metrics.psnr import PsnrSpec
from ..metrics.ssim_spec import SsimSpec
from .protocol import Protocol, Source

__all__ = [
    "DEBLURGANV2",
    "GOPRO",
    "GOPRO_SSIM2D",
    "HINET_RGB",
    "MAXIM",
    "MIMO_UNET",
    "NAFNET",
    "NAFNET_FLOAT32",
    "NAFNET_SSIM2D",
    "REALBLUR",
    "REALBLUR_NOALIGN",
    "RSBLUR",
    "STRIPFORMER_TRAIN",
    "UFORMER",
]

MATLAB_3D = SsimSpec(border="replicate", over_channels=True)

GOPRO = Protocol(
    name="gopro",
    version=1,
    title="GoPro and HIDE as in the papers: MATLAB's psnr and 3-D ssim on 8-bit RGB",
    source=Source(
        "swz30/Restormer",
        "Motion_Deblurring/evaluate_gopro_hide.m",
        "GoPro and HIDE of SRN, MPRNet, Restormer, Stripformer, DGUNet, HI-Diff, ID-Blau",
    ),
    ssim=MATLAB_3D,
    notes=(
        "The SSIM window also spans R, G and B; per-channel SSIM of the same images is lower (0.940 instead of 0.961).",
        "Stripformer, FFTformer and MIMO-UNet round half up instead of half even; the two differ only at exact ties.",
    ),
)

GOPRO_SSIM2D = Protocol(
    name="gopro-ssim2d",
    version=1,
    title="GoPro with per-channel Gaussian SSIM, as the data set's author recommends",
    source=Source("SeungjunNah/DeepDeblur_release", "issue 51", "X-Restormer's GoPro rows"),
    ssim=SsimSpec(),
    notes=("Equals scikit-image's structural_similarity(gaussian_weights=True, use_sample_covariance=False).",),
)

NAFNET = Protocol(
    name="nafnet",
    version=1,
    title="NAFNet's GoPro metric: gopro@1 with a peak that depends on the restored image",
    source=Source("megvii-research/NAFNet", "basicsr/metrics/psnr_ssim.py", "GoPro of NAFNet, FFTformer's validation"),
    peak="from-restored",
    ssim=MATLAB_3D,
    notes=(
        (
            "The source computes SSIM in float32 (TF32 on recent GPUs), this protocol in float64: natural images differ"
            " by at most 1e-4, constant ones by 2e-3 due to cancellation in float32."
        ),
        "An all-black restored image makes the peak 1 and the PSNR negative.",
    ),
)

NAFNET_FLOAT32 = Protocol(
    name="nafnet-float32",
    version=1,
    title="nafnet@1 in float32 like its source, to separate rounding effects from errors",
    source=NAFNET.source,
    peak="from-restored",
    ssim=SsimSpec(border="replicate", over_channels=True, arithmetic="float32"),
    notes=("Takes 10 s for a 1280x720 image, compared with 0.06 s for nafnet@1.",),
)

NAFNET_SSIM2D = Protocol(
    name="nafnet-ssim2d",
    version=1,
    title="NAFNet's metric with ssim3d=False: per-channel SSIM",
    source=Source("megvii-research/NAFNet", "basicsr/metrics/psnr_ssim.py, calculate_ssim(ssim3d=False)", "no table"),
    peak="from-restored",
    ssim=SsimSpec(),
)

HINET_RGB = Protocol(
    name="hinet-rgb",
    version=1,
    title="HINet's GoPro metric, the same code as NAFNet's",
    source=Source("megvii-model/HINet", "basicsr/metrics/psnr_ssim.py", "GoPro of HINet"),
    peak="from-restored",
    ssim=MATLAB_3D,
    notes=("HINet restores and averages 256x256 grids, which is part of its inference, not of this protocol.",),
)

MIMO_UNET = Protocol(
    name="mimo-unet",
    version=1,
    title="MIMO-UNet: PSNR of the clamped float output, not rounded",
    source=Source("chosj95/MIMO-UNet", "eval.py", "GoPro of MIMO-UNet"),
    quantiser="none",
    notes=("The repository has no SSIM code.", "Not rounding adds 0.011 dB at 33 dB and 0.055 dB at 40 dB."),
)

UFORMER = Protocol(
    name="uformer",
    version=1,
    title="Uformer as published: SSIM of float images with the wrong data range",
    source=Source("ZhendongWang6/Uformer", "test/test_gopro_hide.py", "GoPro and HIDE of Uformer"),
    quantiser="none",
    ssim=SsimSpec(window="uniform", size=7, data_range=2.0, sample_covariance=True),
    notes=(
        (
            "scikit-image before 0.20 assumes a data range of 2 for float images, which makes the constants of SSIM"
            " four times too large and SSIM too high (0.926 instead of 0.881 on Rain100H)."
        ),
    ),
)

MAXIM = Protocol(
    name="maxim",
    version=1,
    title="MAXIM: PSNR of the float output, neither clamped nor rounded",
    source=Source("google-research/maxim", "maxim/run_eval.py", "all tables of MAXIM"),
    quantiser="none",
    clamp=False,
    lpips=LpipsSpec(image="clamped"),
    notes=("The repository has no SSIM code.", "The images saved by its script are truncated."),
)

DEBLURGANV2 = Protocol(
    name="deblurganv2",
    version=1,
    title="DeblurGAN-v2: PSNR of the truncated 8-bit output",
    source=Source("VITA-Group/DeblurGANv2", "test_metrics.py, util/metrics.py", "GoPro of DeblurGAN-v2"),
    quantiser="truncate",
    psnr=PsnrSpec(identical=100.0),
    notes=(
        "Its published 0.934 is CW-SSIM (pyssim's cw_ssim_value), which is a different metric and not included here.",
        "Its GoPro is the linear-blur subset.",
    ),
)

STRIPFORMER_TRAIN = Protocol(
    name="stripformer-train",
    version=1,
    title="Training logs of Stripformer and DeblurGAN-v2: per-channel SSIM with zero padding",
    source=Source("pp00704831/Stripformer", "util/metrics.py", "training logs only, no table"),
    psnr=PsnrSpec(identical=100.0),
    ssim=SsimSpec(border="zeros", arithmetic="float32"),
)

REALBLUR = Protocol(
    name="realblur",
    version=1,
    title="RealBlur-R and RealBlur-J: PSNR and SSIM after the official ECC alignment",
    source=Source(
        "rimchang/RealBlur",
        "evaluation_RealBlur_ecc.py",
        "RealBlur of MPRNet, Restormer, Uformer, Stripformer, DGUNet, HI-Diff, ID-Blau, FFTformer",
    ),
    alignment="ecc",
    ssim=SsimSpec(),
    notes=(
        "The official script requires OpenCV 4.2; later versions change values by at most 0.005 dB per image.",
        "LPIPS is computed before the alignment; the official script has none.",
    ),
)

REALBLUR_NOALIGN = Protocol(
    name="realblur-noalign",
    version=1,
    title="RealBlur without the alignment, for comparison",
    source=Source("rimchang/RealBlur", "evaluation_RealBlur_ecc.py, without image_align", "no table"),
    ssim=SsimSpec(),
    notes=("Up to several dB below realblur@1 where camera and target are a pixel apart.",),
)

RSBLUR = Protocol(
    name="rsblur",
    version=1,
    title="RSBlur: realblur@1 with both images clipped to [0, 1] after the alignment",
    source=Source(
        "rimchang/RSBlur",
        "evaluation/evaluate_RSBlur.py",
        "RSBlur of its README; RealBlur and BSD where they were evaluated by the scripts of this repository",
    ),
    alignment="ecc-clipped",
    ssim=SsimSpec(),
    notes=(
        "0 to 0.002 dB above realblur@1 on most images, 0.06 dB on a saturated one.",
        "The script prints three means: of the images of its saturated list, of the others, and of all.",
        "The script stops where the alignment does not converge; here that image has no value, and says why.",
    ),
)
