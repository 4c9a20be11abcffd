"""Test1200: 1200 pairs with synthetic rain of three densities (Zhang and Patel, CVPR 2018), as part of Rain13K."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import Citation, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.rain13k import open_rain13k, rain13k_card

__all__ = ["test1200"]

CARD = rain13k_card(
    "Test1200",
    1200,
    "https://github.com/hezhangsprinter/DID-MDN",
    Citation(
        ("Zhang, He", "Patel, Vishal M."),
        "Density-aware Single Image De-raining using a Multi-stream Dense Network",
        "CVPR",
        2018,
        arxiv="1802.07412",
    ),
)


@register_dataset(CARD)
def test1200(root: Path | None) -> PairedDataset:
    """Open Test1200 of Rain13K; errors as for `open_rain13k`."""
    return open_rain13k(CARD, root)
