"""DDN-Data: the 1400 test pairs of Fu et al. (CVPR 2017) as DRSformer and later papers name them; see `rain1400`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.recognition import Recogniser, split_folders
from .rain1400 import CARD as RAIN1400
from .rain1400 import LAYOUTS, open_rain1400

__all__ = ["ddn_data"]

OTHER_NAMES = equal_names("input", "target")
CARD = replace(
    RAIN1400,
    name="ddn-data",
    title="DDN-Data",
    layouts=(*(layout.name for layout in LAYOUTS), OTHER_NAMES.name),
    how_to_get=(
        "Download rainy_image_dataset from the homepage, or DDN-Data from the README of DRSformer, and use "
        "ddn-data=FOLDER."
    ),
    notes=(
        "The 1400 pairs of Rain1400, measured by the code of RCDNet, which is that of PReNet.",
        "Copies whose names are not of the form 901_14 say nothing about which rains share a clean image.",
    ),
)


@register_dataset(CARD)
def ddn_data(root: Path | None) -> PairedDataset:
    """Open DDN-Data; the key of `901_14.jpg` is `901/14`, other names are keys as they are.

    Raises:
        DatasetError: no known layout, or images outside the test split.
        PairingError: images without a partner.
    """
    found = Recogniser(CARD, (*LAYOUTS, OTHER_NAMES), (*split_folders("DDN-Data"), "testing")).find(root)
    if found.layout.name == OTHER_NAMES.name:
        return open_counted(CARD, found, root)
    return open_rain1400(CARD, found, root)
