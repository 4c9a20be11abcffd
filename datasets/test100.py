"""Test100: 100 pairs with synthetic rain (Zhang et al., TCSVT), as part of Rain13K."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import Citation, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.rain13k import open_rain13k, rain13k_card

__all__ = ["test100"]

CARD = rain13k_card(
    "Test100",
    100,
    "https://github.com/hezhangsprinter/ID-CGAN",
    Citation(
        ("Zhang, He", "Sindagi, Vishwanath", "Patel, Vishal M."),
        "Image De-raining Using a Conditional Generative Adversarial Network",
        "IEEE Transactions on Circuits and Systems for Video Technology",
        2019,
        arxiv="1701.05957",
    ),
)


@register_dataset(CARD)
def test100(root: Path | None) -> PairedDataset:
    """Open Test100 of Rain13K; errors as for `open_rain13k`."""
    return open_rain13k(CARD, root)
