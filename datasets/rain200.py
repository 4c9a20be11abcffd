"""Rain200H and Rain200L: the later data of Yang et al. (CVPR 2017), 200 test pairs each with heavy or light rain.

The authors' release is `{Rain200H,Rain200L}/{train,test}/rain/X2/norain-1x2.png` with `norain/norain-1.png`; DRSformer
(cschenxiang/DRSformer, `Datasets/test/Rain200H`) gives them out as `{input,target}/1.png`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import open_counted
from .layouts.rain_layouts import RAIN_LAYOUTS
from .layouts.recognition import Recogniser, split_folders
from .rain100h import CARD as RAIN100H

__all__ = ["rain200h", "rain200l"]

PAIRS, OLD_PAIRS = 200, 100

CARD_H = DatasetCard(
    name="rain200h",
    title="Rain200H",
    task="deraining",
    expected_pairs=PAIRS,
    default_protocol="rain13k@1",
    layouts=tuple(layout.name for layout in RAIN_LAYOUTS),
    licence=RAIN100H.licence,
    homepage=RAIN100H.homepage,
    how_to_get=(
        "Download Rain200H from the homepage, or from the link in the README of DRSformer, and use rain200h=FOLDER, "
        "where FOLDER contains test/rain/X2 and test/norain, or input/ and target/."
    ),
    citation=RAIN100H.citation,
    notes=(
        "Not Rain100H: the authors replaced that by these pairs, and tables of the two do not compare.",
        "DRSformer and those who follow it measure by the script of Restormer, rain13k@1.",
    ),
)
CARD_L = replace(
    CARD_H,
    name="rain200l",
    title="Rain200L",
    how_to_get=CARD_H.how_to_get.replace("Rain200H", "Rain200L").replace("rain200h", "rain200l"),
    notes=(CARD_H.notes[0].replace("Rain100H", "Rain100L"), CARD_H.notes[1]),
)


@register_dataset(CARD_H)
def rain200h(root: Path | None) -> PairedDataset:
    """Open the Rain200H test set; keys are `1` to `200` in every layout.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    return _open(root, CARD_H)


@register_dataset(CARD_L)
def rain200l(root: Path | None) -> PairedDataset:
    """Open the Rain200L test set; keys and errors as for `rain200h`."""
    return _open(root, CARD_L)


def _open(root: Path | None, card: DatasetCard) -> PairedDataset:
    found = Recogniser(card, RAIN_LAYOUTS, (*split_folders(card.title), "test")).find(root)
    numbers = {int(key) for key in found.degraded.images}
    old = card.title.replace("200", "100")
    warnings = [f"With {OLD_PAIRS} pairs this may be {old}, the earlier data."] if max(numbers) <= OLD_PAIRS else []
    return open_counted(card, found, root, expected=frozenset(map(str, range(1, PAIRS + 1))), warnings=warnings)
