"""Test2800: 2800 pairs with synthetic rain (Fu et al., CVPR 2017), as part of Rain13K."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import PairedDataset
from ..bench.datasets import register_dataset
from .layouts.rain13k import open_rain13k, rain13k_card
from .rain1400 import CARD as RAIN1400

__all__ = ["test2800"]

CARD = rain13k_card(
    "Test2800",
    2800,
    RAIN1400.homepage,
    RAIN1400.citation,
)


@register_dataset(CARD)
def test2800(root: Path | None) -> PairedDataset:
    """Open Test2800 of Rain13K; errors as for `open_rain13k`."""
    return open_rain13k(CARD, root)
