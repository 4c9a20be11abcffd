"""Protocols of haze and low light."""

from __future__ import annotations

from ..metrics.psnr import PsnrSpec
from ..metrics.ssim_spec import SsimSpec
from .protocol import Protocol, Source

__all__ = ["DEHAZEFORMER", "RETINEXFORMER", "RETINEXFORMER_GTMEAN"]

DEHAZEFORMER = Protocol(
    name="dehazeformer",
    version=1,
    title="DehazeFormer on RESIDE: unrounded RGB, SSIM of average-pooled images",
    source=Source("IDKiro/DehazeFormer", "test.py", "SOTS and RS-Haze of DehazeFormer, gUNet and MixDehazeNet"),
    quantiser="none",
    ssim=SsimSpec(pooled=True),
    notes=(
        "On SOTS the pooling halves both sides: its SSIM is not comparable with that of any other protocol.",
        "SOTS-indoor's ground truth of 640x480 loses 10 pixels on each side to match the hazy images of 620x460.",
    ),
)

RETINEXFORMER = Protocol(
    name="retinexformer",
    version=1,
    title="Retinexformer on LOL: PSNR of unrounded RGB, SSIM of 8-bit RGB",
    source=Source(
        "caiyuanhao1998/Retinexformer",
        "Enhancement/test_from_dataset.py, Enhancement/utils.py",
        "LOL v1 and v2, SID, SMID, SDSD and FiveK of Retinexformer",
    ),
    quantiser="none",
    psnr=PsnrSpec(identical=100.0),
    ssim=SsimSpec(eight_bit=True),
    notes=(
        "Without --GT_mean. Tables that scale the output to the ground truth's mean are retinexformer-gtmean@1.",
        "The script pads to multiples of 4 by reflection, which belongs to the model's inference.",
    ),
)

RETINEXFORMER_GTMEAN = Protocol(
    name="retinexformer-gtmean",
    version=1,
    title="retinexformer@1 with --GT_mean: the output is first scaled to the mean of the ground truth",
    source=Source(
        "caiyuanhao1998/Retinexformer",
        "Enhancement/test_from_dataset.py --GT_mean",
        "LOL of KinD, LLFlow and diffusion papers",
    ),
    gain="target-mean",
    quantiser="none",
    psnr=PsnrSpec(identical=100.0),
    ssim=SsimSpec(eight_bit=True),
    notes=(
        "Takes the brightness from the ground truth, which the script's own README advises against.",
        "Never to be ranked with rows of retinexformer@1.",
        "Red and blue are swapped in the grey that is averaged, as in the script.",
    ),
)
