"""NeRD-Rain: deraining by U-nets at three scales, with implicit neural representations between the scales.

Chen, Pan, Dong, "Bidirectional Multi-Scale Implicit Neural Representations for Image Deraining", CVPR 2024,
arXiv 2404.01547. State-dict keys are those of the official checkpoints.

blocks.py  fusion and implicit representations     network.py  the U-nets     windows.py  inference in windows
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from ...bench.contracts import Checkpoint, Citation, ModelCard, SizeRequirements
from ...bench.models.entries import register_model
from ..card_parts import on_google_drive
from .network import NeRDRain, NeRDRainConfig

__all__ = ["NeRDRain", "NeRDRainConfig", "nerd_rain", "nerd_rain_nano", "nerd_rain_s"]

WINDOW = 256
NANO = NeRDRainConfig(width=4, blocks=(1, 1, 1))
"""0.41 M parameters, for tests and laptops."""

_PAPER = Citation(
    ("Chen, Xiang", "Pan, Jinshan", "Dong, Jiangxin"),
    "Bidirectional Multi-Scale Implicit Neural Representations for Image Deraining",
    "CVPR",
    2024,
    arxiv="2404.01547",
)
_LICENCE = "none: the repository cschenxiang/NeRD-Rain states no licence"
_SIZE = SizeRequirements(minimum=16, padding="reflect")
_NOTES = (
    "Larger images are restored in windows of 256 pixels side by side, as officially tested; [window=N] changes it.",
    "The official script refuses images with a side below 256; here they are reflected to a multiple of 16.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)


def _card(name: str, title: str, file_ids: Mapping[str, str]) -> ModelCard:
    return ModelCard(
        name=name,
        title=title,
        task="deraining",
        family="NeRD-Rain",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        variant="windows",
        checkpoints=tuple(_checkpoint(name, title, data, file_id) for data, file_id in file_ids.items()),
        notes=_NOTES,
        settings={"window": WINDOW},
    )


def _checkpoint(model: str, title: str, data: str, file_id: str) -> Checkpoint:
    return on_google_drive(
        data.lower(),
        data,
        f"{model}_{data.lower()}.pth",
        file_id=file_id,
        repository="cschenxiang/NeRD-Rain",
        licence=_LICENCE,
        what=f"the file of {title} for {data}",
    )


@register_model(
    _card(
        "nerd-rain",
        "NeRD-Rain",
        {
            "Rain200H": "1MOG3ZrXQxH-o13O1QWB6EiZhJsXOlUXs",
            "Rain200L": "14pAgjJu8txIy7KD-7iB089U7jysnARrW",
            "DID-Data": "10uvLyC0NjbOWAEfFgB9nDEQDHC_CB8KC",
            "DDN-Data": "1KYiW5lYFrgP5AsImF94-fpXw5B0NdR4K",
            "SPA-Data": "1c3lLvRQACii_-9hJLA_J4mgZePWNXWLR",
        },
    )
)
def nerd_rain(window: int = WINDOW) -> nn.Module:
    """NeRD-Rain, restoring in windows of `window` pixels."""
    return NeRDRain(NeRDRainConfig(), window=window)


@register_model(
    _card(
        "nerd-rain-s",
        "NeRD-Rain-S",
        {
            "Rain200H": "1WXjrM50r7m8YjPKZOqmfNeJU57WEjZzc",
            "Rain200L": "1Grzb8ga_1tZEIMGXhtF_W2cDHS4Dq-Lz",
            "DID-Data": "12drqRA6tVv_k_y3WCuFVIBEEHKe6KTsr",
            "DDN-Data": "1oonCvgCEjDQXHuGBRkdZ5DmE33zv6Rt7",
            "SPA-Data": "1oO5Q4ZDFF983uXL2isYzzdV3BwPXY0Ru",
        },
    )
)
def nerd_rain_s(window: int = WINDOW) -> nn.Module:
    """NeRD-Rain with two thirds of the width."""
    return NeRDRain(NeRDRainConfig(width=32), window=window)


@register_model(
    ModelCard(
        name="nerd-rain-nano",
        title="NeRD-Rain-nano",
        task="restoration",
        family="NeRD-Rain",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-even",
        variant="windows",
        notes=("A small configuration by this project; there are no official weights.",),
        settings={"window": WINDOW},
    )
)
def nerd_rain_nano(window: int = WINDOW) -> nn.Module:
    """NeRD-Rain with a twelfth of the width and one block per level."""
    return NeRDRain(NANO, window=window)
