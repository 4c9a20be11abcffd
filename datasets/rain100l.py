"""Rain100L: 100 test pairs with light synthetic rain (Yang et al., CVPR 2017)."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import open_counted
from .layouts.rain_layouts import RAIN_LAYOUTS
from .layouts.recognition import Recogniser, split_folders
from .rain100h import CARD as RAIN100H

__all__ = ["rain100l"]

CARD = DatasetCard(
    name="rain100l",
    title="Rain100L",
    task="deraining",
    expected_pairs=100,
    default_protocol="rain100h@1",
    layouts=tuple(layout.name for layout in RAIN_LAYOUTS),
    licence=RAIN100H.licence,
    homepage=RAIN100H.homepage,
    how_to_get=(
        "Download the test sets linked in the READMEs of PReNet (481x321) or MPRNet and Restormer (480x320), "
        "and use rain100l=FOLDER."
    ),
    citation=RAIN100H.citation,
)


@register_dataset(CARD)
def rain100l(root: Path | None) -> PairedDataset:
    """Open the Rain100L test set; keys are `1` to `100` in every layout.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    found = Recogniser(CARD, RAIN_LAYOUTS, split_folders("Rain100L")).find(root)
    return open_counted(CARD, found, root)
