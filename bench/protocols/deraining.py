"""Protocols of deraining papers, which score luma."""

from __future__ import annotations

from ..metrics.lpips import LpipsSpec
from ..metrics.ssim_spec import SsimSpec
from .protocol import Protocol, Source

__all__ = [
    "HINET",
    "IRSDE",
    "IRSDE_2",
    "IRSDE_CLAMPED",
    "IRSDE_NOCROP",
    "IRSDE_RGB",
    "IRSDE_RGB_2",
    "IRSDE_RGB_NOCROP",
    "RAIN13K",
    "RAIN100H",
]

RAIN100H = Protocol(
    name="rain100h",
    version=1,
    title="Rain100H and Rain100L as in PReNet: unrounded Y, truncating save, Wang's SSIM with its downsampling",
    source=Source(
        "csdwren/PReNet",
        "statistic/statistic_rain100H.m, psnr.m, ssim.m",
        "Rain100H/L, Rain1400 of PReNet, RCDNet; DID and DDN of DRSformer",
    ),
    quantiser="truncate",
    colour="y",
    ssim=SsimSpec(downsample=True),
    notes=(
        "The downsampling factor is round(min(H, W)/256): 1 on Rain100H/L, 2 on Rain1400 and Test1200.",
        "Truncation costs 0.04 dB at 29.5 dB; the same output scores higher when rounded.",
    ),
)

RAIN13K = Protocol(
    name="rain13k",
    version=1,
    title="Rain13K test sets as in MPRNet: Y rounded to 8 bits, SSIM without downsampling",
    source=Source(
        "swz30/Restormer",
        "Deraining/evaluate_PSNR_SSIM.m",
        "Rain100H/L, Test100/1200/2800 of MPRNet, Restormer, DGUNet; Rain200 and SPA of DRSformer",
    ),
    colour="y-rounded",
    ssim=SsimSpec(),
    notes=("About 0.012 dB and 0.001 SSIM below rain100h@1 on Rain100H; far more for tiny differences.",),
)

HINET = Protocol(
    name="hinet",
    version=1,
    title="HINet on Rain13K: unrounded float32 Y, SSIM over the full map",
    source=Source("megvii-model/HINet", "basicsr/metrics/psnr_ssim.py, test_y_channel", "Rain13K of HINet"),
    colour="y-float32",
    ssim=SsimSpec(border="replicate"),
    notes=("0.0002 SSIM above rain100h@1 on Rain100H.", "NAFNet's test_y_channel is the same code."),
)

IRSDE = Protocol(
    name="irsde",
    version=1,
    title="irsde@2 with LPIPS of the raw float output, which the script does not compute",
    source=Source(
        "Algolzw/image-restoration-sde",
        "codes/config/deraining/test.py, codes/utils/img_utils.py",
        "PSNR and SSIM of IR-SDE's tables (issue 121)",
    ),
    colour="y",
    crop=4,
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="raw"),
    notes=(
        "The crop is degradation.scale of the option files, which also applies to deraining and deblurring.",
        (
            "Superseded by irsde@2: the script's tensor2img clamps the output in place before LPIPS sees it. PSNR and"
            " SSIM are the same; LPIPS differs only where the output leaves [0, 1]."
        ),
    ),
)

IRSDE_2 = Protocol(
    name="irsde",
    version=2,
    title="IR-SDE: unrounded Y without a border of 4 pixels, LPIPS of the clamped float output",
    source=Source(IRSDE.source.repository, IRSDE.source.path, "PSNR, SSIM and LPIPS of IR-SDE's tables (issue 121)"),
    colour="y",
    crop=4,
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="clamped"),
    notes=(
        "The crop is degradation.scale of the option files, which also applies to deraining and deblurring.",
        "LPIPS sees the output clamped but not rounded: the script's tensor2img clamps that tensor in place first.",
    ),
)

IRSDE_CLAMPED = Protocol(
    name="irsde-clamped",
    version=1,
    title="irsde@2 under the name that it had before",
    source=IRSDE_2.source,
    colour="y",
    crop=4,
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="clamped"),
)

IRSDE_RGB = Protocol(
    name="irsde-rgb",
    version=1,
    title="irsde-rgb@2 with LPIPS of the raw float output, which the script does not compute",
    source=Source(
        "Algolzw/image-restoration-sde",
        "codes/config/*/test.py, codes/utils/img_utils.py",
        "the RGB lines of IR-SDE's log; its GoPro SSIM is per channel",
    ),
    crop=4,
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="raw"),
    notes=("Its SSIM is not comparable with gopro@1, which is 0.02 to 0.05 higher on the same images.",),
)

IRSDE_RGB_2 = Protocol(
    name="irsde-rgb",
    version=2,
    title="IR-SDE's RGB columns: per-channel SSIM without a border of 4 pixels, LPIPS of the clamped output",
    source=IRSDE_RGB.source,
    crop=4,
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="clamped"),
    notes=IRSDE_RGB.notes,
)

IRSDE_NOCROP = Protocol(
    name="irsde-nocrop",
    version=1,
    title="irsde@1 without the crop, for comparison",
    source=IRSDE.source,
    colour="y",
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="raw"),
)

IRSDE_RGB_NOCROP = Protocol(
    name="irsde-rgb-nocrop",
    version=1,
    title="irsde-rgb@1 without the crop, for comparison",
    source=IRSDE_RGB.source,
    ssim=SsimSpec(),
    lpips=LpipsSpec(image="raw"),
)
