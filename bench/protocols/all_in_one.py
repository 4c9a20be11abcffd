"""Protocols of all-in-one restoration papers, which crop the input of the network to whole blocks."""

from __future__ import annotations

from ..metrics.lpips import LpipsSpec
from ..metrics.ssim_spec import SsimSpec
from .protocol import Protocol, Source

__all__ = ["MOCEIR", "PROMPTIR"]

_CROPS = (
    "The input of the network is cropped: 481x321 becomes 480x320, LOL's 600x400 becomes 592x400. Cropping the output"
    " for the whole image gives other numbers."
)

PROMPTIR = Protocol(
    name="promptir",
    version=1,
    title="PromptIR and AdaIR: input cropped to multiples of 16, unrounded RGB, scikit-image's uniform window",
    source=Source(
        "va1shn9v/PromptIR",
        "test.py, utils/val_utils.py, utils/image_utils.py",
        "the three- and five-task tables of PromptIR and AdaIR (c-yn/AdaIR has the same text)",
    ),
    input="crop-16",
    quantiser="none",
    ssim=SsimSpec(window="uniform", size=7, sample_covariance=True),
    notes=(
        _CROPS,
        "RGB for every task, deraining too: not comparable with rain100h@1 and rain13k@1, which score Y.",
        "Not rounding adds 0.001 to 0.004 dB at 23 to 28 dB.",
        "The script needs scikit-image 0.19 to 0.25; 0.17 computes in float64, which changes SSIM by 2e-6.",
        (
            "Its denoising inputs are truncated to 8 bits and come from one random stream in directory order: expect"
            " published digits to within 0.01 dB only."
        ),
    ),
)

MOCEIR = Protocol(
    name="moceir",
    version=1,
    title="MoCE-IR: input cropped to multiples of 16, unrounded RGB, Gaussian SSIM with sample covariance, LPIPS-vgg",
    source=Source("eduardzamfir/MoCE-IR", "src/test.py, src/data/dataset_utils.py", "the tables of MoCE-IR"),
    input="crop-16",
    quantiser="none",
    ssim=SsimSpec(sample_covariance=True),
    lpips=LpipsSpec(net="vgg"),
    notes=(
        _CROPS,
        "Its SSIM is not promptir@1's: a Gaussian window of 11 taps instead of a uniform one of 7.",
        "The script's LPIPS is torchmetrics', whose normalisation of features differs by at most 2e-7.",
    ),
)
