"""MLWNet: deblurring by NAF blocks, and by blocks that convolve the bands of a learned wavelet transform.

Gao, Qiu, Zhang, Bai, Liu, Huang, Wei, Zhang, Liu, "Efficient Multi-scale Network with Learnable Discrete Wavelet
Transform for Blind Motion Deblurring", CVPR 2024, arXiv 2401.00027. State-dict keys are those of the official
checkpoints.

wavelets.py  the learned transform and its block     network.py  encoder, fusion and decoder
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from ...bench.contracts import Checkpoint, Citation, ModelCard, SizeRequirements
from ...bench.models.entries import register_model
from ..card_parts import on_google_drive
from .network import MLWNet, MLWNetConfig

__all__ = ["MLWNet", "MLWNetConfig", "mlwnet", "mlwnet_nano", "mlwnet_s"]

NANO = MLWNetConfig(4, encoder=(1, 1, 1, 2))
"""0.26 M parameters, for tests and laptops."""

_PAPER = Citation(
    (
        "Gao, Xin",
        "Qiu, Tianheng",
        "Zhang, Xinyu",
        "Bai, Hanlin",
        "Liu, Kang",
        "Huang, Xuan",
        "Wei, Hu",
        "Zhang, Guoying",
        "Liu, Huaping",
    ),
    "Efficient Multi-scale Network with Learnable Discrete Wavelet Transform for Blind Motion Deblurring",
    "CVPR",
    2024,
    arxiv="2401.00027",
)
_LICENCE = "MIT"
_SIZE = SizeRequirements(multiple_of=16, padding="reflect")
_NOTES = (
    "Trained and tested with TLC, whose windows include the padding.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)


def _card(name: str, title: str, file_ids: Mapping[str, str]) -> ModelCard:
    return ModelCard(
        name=name,
        title=title,
        task="deblurring",
        family="MLWNet",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        variant="TLC",
        checkpoints=tuple(_checkpoint(name, title, data, file_id) for data, file_id in file_ids.items()),
        notes=_NOTES,
        settings={"train_size": 256},
    )


def _checkpoint(model: str, title: str, data: str, file_id: str) -> Checkpoint:
    return on_google_drive(
        data.lower(),
        data,
        f"{model}_{data.lower()}.pth",
        file_id=file_id,
        repository="thqiu0419/MLWNet",
        licence=_LICENCE,
        what=f"the file of {title} for {data}",
    )


@register_model(
    _card(
        "mlwnet",
        "MLWNet-B",
        {
            "GoPro": "15SjPtkfQ0m6NuVss0rwvscatKwRZ2l4i",
            "RealBlur-J": "1lv3MCJgZUWgITUFNvgY8nU9YlpgE050W",
            "RealBlur-R": "1hp4Qu2n_lOmc7LsSOHYjf4NhUzZtskGP",
        },
    )
)
def mlwnet(train_size: int = 256) -> nn.Module:
    """MLWNet of width 64, with TLC for training patches of `train_size`."""
    return MLWNet(MLWNetConfig(64), train_size=train_size)


@register_model(_card("mlwnet-s", "MLWNet-S", {"RealBlur-J": "1WYhczcWj9vPn-C3fCfLk5Tq0GkD3ylY3"}))
def mlwnet_s(train_size: int = 256) -> nn.Module:
    """MLWNet of width 32, with TLC for training patches of `train_size`."""
    return MLWNet(MLWNetConfig(32), train_size=train_size)


@register_model(
    ModelCard(
        name="mlwnet-nano",
        title="MLWNet-nano",
        task="restoration",
        family="MLWNet",
        citation=_PAPER,
        size=_SIZE,
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def mlwnet_nano(train_size: int | None = None) -> nn.Module:
    """MLWNet of width 4 with few blocks; `train_size` enables TLC."""
    return MLWNet(NANO, train_size=train_size)
