"""HIDE: 2025 test pairs of people in motion (Shen et al., ICCV 2019), for models trained on GoPro."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.recognition import Recogniser

__all__ = ["hide"]

CARD = DatasetCard(
    name="hide",
    title="HIDE",
    task="deblurring",
    expected_pairs=2025,
    default_protocol="gopro@1",
    layouts=("test/HIDE/{input,target}/NAME.png", "{input,target}/NAME.png", "{blur,sharp}/NAME.png"),
    licence="not known: ask the authors",
    homepage="https://github.com/joanshen0508/HA_deblur",
    how_to_get=(
        "Download the HIDE test archive linked in the READMEs of MPRNet and Restormer, and use hide=FOLDER, "
        "where FOLDER contains input/ and target/."
    ),
    citation=Citation(
        (
            "Shen, Ziyi",
            "Wang, Wenguan",
            "Lu, Xiankai",
            "Shen, Jianbing",
            "Ling, Haibin",
            "Xu, Tingfa",
            "Shao, Ling",
        ),
        "Human-Aware Motion Deblurring",
        "ICCV",
        2019,
    ),
)


@register_dataset(CARD)
def hide(root: Path | None) -> PairedDataset:
    """Open the HIDE test split.

    Raises:
        DatasetError: no known layout, or more pairs than the test split has.
        PairingError: images without a partner.
    """
    layouts = (equal_names("input", "target"), equal_names("blur", "sharp"))
    return open_counted(
        CARD, Recogniser(CARD, layouts, ("", "test/HIDE", "HIDE", "HIDE/test", "test")).find(root), root
    )
