"""Catalogue of the built-in protocols."""

from __future__ import annotations

__all__ = ["ALIASES", "PROTOCOLS"]

_DEBLURRING = "restorebench.bench.protocols.deblurring"
_DERAINING = "restorebench.bench.protocols.deraining"
_ALL_IN_ONE = "restorebench.bench.protocols.all_in_one"
_LIGHT = "restorebench.bench.protocols.light"
_WEATHER = "restorebench.bench.protocols.weather"
_GENERIC = "restorebench.bench.protocols.generic"

PROTOCOLS: dict[str, str] = {
    "gopro@1": f"{_DEBLURRING}:GOPRO",
    "gopro-ssim2d@1": f"{_DEBLURRING}:GOPRO_SSIM2D",
    "realblur@1": f"{_DEBLURRING}:REALBLUR",
    "realblur-noalign@1": f"{_DEBLURRING}:REALBLUR_NOALIGN",
    "rsblur@1": f"{_DEBLURRING}:RSBLUR",
    "nafnet@1": f"{_DEBLURRING}:NAFNET",
    "nafnet-float32@1": f"{_DEBLURRING}:NAFNET_FLOAT32",
    "nafnet-ssim2d@1": f"{_DEBLURRING}:NAFNET_SSIM2D",
    "hinet-rgb@1": f"{_DEBLURRING}:HINET_RGB",
    "mimo-unet@1": f"{_DEBLURRING}:MIMO_UNET",
    "uformer@1": f"{_DEBLURRING}:UFORMER",
    "maxim@1": f"{_DEBLURRING}:MAXIM",
    "deblurganv2@1": f"{_DEBLURRING}:DEBLURGANV2",
    "stripformer-train@1": f"{_DEBLURRING}:STRIPFORMER_TRAIN",
    "rain100h@1": f"{_DERAINING}:RAIN100H",
    "rain13k@1": f"{_DERAINING}:RAIN13K",
    "hinet@1": f"{_DERAINING}:HINET",
    "irsde@2": f"{_DERAINING}:IRSDE_2",
    "irsde@1": f"{_DERAINING}:IRSDE",
    "irsde-clamped@1": f"{_DERAINING}:IRSDE_CLAMPED",
    "irsde-nocrop@1": f"{_DERAINING}:IRSDE_NOCROP",
    "irsde-rgb@2": f"{_DERAINING}:IRSDE_RGB_2",
    "irsde-rgb@1": f"{_DERAINING}:IRSDE_RGB",
    "irsde-rgb-nocrop@1": f"{_DERAINING}:IRSDE_RGB_NOCROP",
    "promptir@1": f"{_ALL_IN_ONE}:PROMPTIR",
    "moceir@1": f"{_ALL_IN_ONE}:MOCEIR",
    "weatherdiffusion@1": f"{_WEATHER}:WEATHERDIFFUSION",
    "weatherdiffusion-resized@1": f"{_WEATHER}:WEATHERDIFFUSION_RESIZED",
    "raindrop-challenge@1": f"{_WEATHER}:RAINDROP_CHALLENGE",
    "histoformer@1": f"{_WEATHER}:HISTOFORMER",
    "histoformer-rgb@1": f"{_WEATHER}:HISTOFORMER_RGB",
    "dehazeformer@1": f"{_LIGHT}:DEHAZEFORMER",
    "retinexformer@1": f"{_LIGHT}:RETINEXFORMER",
    "retinexformer-gtmean@1": f"{_LIGHT}:RETINEXFORMER_GTMEAN",
    "rgb@1": f"{_GENERIC}:RGB",
    "y@1": f"{_GENERIC}:Y",
    "y-full-range@1": f"{_GENERIC}:Y_FULL_RANGE",
    "basicsr@1": f"{_GENERIC}:BASICSR",
    "basicsr-y@1": f"{_GENERIC}:BASICSR_Y",
    "basicsr-pt@1": f"{_GENERIC}:BASICSR_PT",
    "basicsr-pt-y@1": f"{_GENERIC}:BASICSR_PT_Y",
    "skimage@1": f"{_GENERIC}:SKIMAGE",
    "skimage-float@1": f"{_GENERIC}:SKIMAGE_FLOAT",
    "matlab-2d@1": f"{_GENERIC}:MATLAB_2D",
    "no-target@1": f"{_GENERIC}:NO_TARGET",
}
"""Protocol id to `module:attribute`, in listing order."""

ALIASES: dict[str, str] = {
    "prenet": "rain100h",
    "adair": "promptir",
    "matlab3d": "gopro",
    "mprnet-rain": "rain13k",
    "hide": "gopro",
}
"""Alternative names of protocols."""
