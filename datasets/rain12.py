"""Rain12: 12 test pairs with synthetic rain (Li et al., CVPR 2016)."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.layout import on_name
from .layouts.rain_layouts import RAIN_LAYOUTS
from .layouts.recognition import Recogniser, split_folders

__all__ = ["rain12"]

NAME = on_name(r"(?:(?:no)?rain-)?0*(\d+)(?:_in|_GT)?")
LAYOUTS = (
    equal_names("input", "target", NAME),
    equal_names("input", "groundtruth", NAME),
    RAIN_LAYOUTS[1],
)

CARD = DatasetCard(
    name="rain12",
    title="Rain12",
    task="deraining",
    expected_pairs=12,
    default_protocol="rain100h@1",
    layouts=("{input,target}/1.png", "{input,groundtruth}/1.png", RAIN_LAYOUTS[1].name),
    licence="not known: ask the authors",
    homepage="https://yu-li.github.io/",
    how_to_get="Download Rain12 from the authors or via the README of PReNet, and use rain12=FOLDER.",
    citation=Citation(
        ("Li, Yu", "Tan, Robby T.", "Guo, Xiaojie", "Lu, Jiangbo", "Brown, Michael S."),
        "Rain Streak Removal Using Layer Priors",
        "CVPR",
        2016,
    ),
)


@register_dataset(CARD)
def rain12(root: Path | None) -> PairedDataset:
    """Open Rain12; keys are `1` to `12` in every layout.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    return open_counted(CARD, Recogniser(CARD, LAYOUTS, split_folders("Rain12")).find(root), root)
