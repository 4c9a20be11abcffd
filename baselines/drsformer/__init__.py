"""DRSformer: a U-shaped transformer for deraining whose channels attend to the most similar channels only.

Chen, Li, Li, Pan, "Learning A Sparse Transformer Network for Effective Image Deraining", CVPR 2023. State-dict keys
are those of the official checkpoints.

attention.py  the transformer block     experts.py  the mixture of experts     network.py  the U-net around them
"""

from __future__ import annotations

from torch import nn

from ...bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ...bench.models.entries import register_model
from ..card_parts import on_google_drive
from .network import DRSformer, DRSformerConfig

__all__ = ["DRSformer", "DRSformerConfig", "drsformer", "drsformer_nano", "drsformer_noexperts"]

NANO = DRSformerConfig(width=8, blocks=(1, 1, 1, 1))
"""0.33 M parameters, for tests and laptops."""

_PAPER = Citation(
    ("Chen, Xiang", "Li, Hao", "Li, Mingqiang", "Pan, Jinshan"),
    "Learning A Sparse Transformer Network for Effective Image Deraining",
    "CVPR",
    2023,
    arxiv="2303.11950",
)
_LICENCE = "none: the repository cschenxiang/DRSformer states no licence"
_SIZE = SizeRequirements(multiple_of=8, padding="reflect")
_TABLE = "https://github.com/cschenxiang/DRSformer/blob/41a85cb52c/figs/table.png (CVPR 2023, Table 1)"
_NOTES = (
    "Between channels that are equally similar, another machine may choose otherwise, which changes single pixels.",
    "torch.compile, bfloat16, float16 and channels_last work.",
)


def _checkpoint(data: str, file_id: str) -> Checkpoint:
    name = data.lower()
    return on_google_drive(
        name,
        data,
        f"drsformer_{name}.pth",
        file_id=file_id,
        repository="cschenxiang/DRSformer",
        licence=_LICENCE,
        what=f"deraining.pth for {data}",
    )


@register_model(
    ModelCard(
        name="drsformer",
        title="DRSformer",
        task="deraining",
        family="DRSformer",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(
            _checkpoint("Rain200H", "1mt8ydHE540_qtytger4dVcv6xqZ5YMhh"),
            _checkpoint("DID-Data", "1U_UEGPhYRJ-G10-Dypr7FbwDRGmroAHC"),
            _checkpoint("DDN-Data", "1kwPOfufdUf9bCZ-OvwIziw-6ZRdcT2RX"),
        ),
        published=(
            PublishedResult("rain200h", "psnr", 32.17, "rain13k@1", _TABLE),
            PublishedResult("rain200h", "ssim", 0.9326, "rain13k@1", _TABLE),
        ),
        notes=("The weights for Rain200L and SPA-Data are those of drsformer-noexperts.", *_NOTES),
    )
)
def drsformer() -> nn.Module:
    """DRSformer with its two mixtures of experts, as trained on Rain200H, DID-Data and DDN-Data."""
    return DRSformer(DRSformerConfig())


@register_model(
    ModelCard(
        name="drsformer-noexperts",
        title="DRSformer without experts",
        task="deraining",
        family="DRSformer",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        checkpoints=(
            _checkpoint("Rain200L", "1Mm6hWdpjo9eEoNlCHAxd03etY3ks-zyy"),
            _checkpoint("SPA-Data", "1i33Zmb1YXdLcalJOIP7YTegjnuTsVcC1"),
        ),
        published=(
            PublishedResult("rain200l", "psnr", 41.23, "rain13k@1", _TABLE),
            PublishedResult("rain200l", "ssim", 0.9894, "rain13k@1", _TABLE),
        ),
        notes=_NOTES,
    )
)
def drsformer_noexperts() -> nn.Module:
    """DRSformer without its mixtures of experts (MEFC), as trained on Rain200L and SPA-Data."""
    return DRSformer(DRSformerConfig(experts=False))


@register_model(
    ModelCard(
        name="drsformer-nano",
        title="DRSformer-nano",
        task="restoration",
        family="DRSformer",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-even",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def drsformer_nano() -> nn.Module:
    """DRSformer with a sixth of the width and one block per level."""
    return DRSformer(NANO)
