"""DID-Data: the 1200 test pairs of Zhang and Patel (CVPR 2018) as DRSformer and later papers name and measure them.

The authors' archive has each pair as one image, the rainy half on the left: `test.py` of hezhangsprinter/DID-MDN takes
the first half that `datasets/pix2pix_val.py` cuts as the input.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.halves import Halves
from .layouts.layout import Images, Layout, on_name
from .layouts.recognition import Recogniser, split_folders
from .test1200 import CARD as TEST1200

__all__ = ["did_data"]

TOGETHER = Images(".", on_name(r"(\d+)"))
LAYOUTS = (
    equal_names("input", "target"),
    Layout("0.jpg (rainy on the left, clean on the right)", Halves(TOGETHER, "left"), Halves(TOGETHER, "right")),
)
CARD = replace(
    TEST1200,
    name="did-data",
    title="DID-Data",
    default_protocol="rain100h@1",
    layouts=tuple(layout.name for layout in LAYOUTS),
    how_to_get=(
        "Download the test data linked in the README of DID-MDN, or DID-Data from that of DRSformer, and use "
        "did-data=FOLDER."
    ),
    notes=(
        (
            "The 1200 pairs of Test1200: as part of Rain13K they are measured by rain13k@1 (test1200), here by the "
            "code of RCDNet, which is that of PReNet."
        ),
    ),
)


@register_dataset(CARD)
def did_data(root: Path | None) -> PairedDataset:
    """Open DID-Data; keys are the file names.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    bases = (*split_folders("DID-Data"), "DID-MDN-datasets/DID-MDN-test", "DID-MDN-test", "Test1200", "test/Test1200")
    return open_counted(CARD, Recogniser(CARD, LAYOUTS, bases).find(root), root)
