"""Rain1400: the test split of 100 clean images with 14 synthetic rains each (Fu et al., CVPR 2017)."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError
from .layouts.layout import Found, Images, Layout, on_name
from .layouts.paired_list import open_pairs
from .layouts.recognition import Recogniser, split_folders

__all__ = ["open_rain1400", "rain1400"]


def _clean(key: str) -> str:
    """Clean image of a Rain1400 key: `901` for `901/14`."""
    return key.partition("/")[0]


RAINY_OF_CLEAN = on_name(r"(\d+)_(\d+)")
LAYOUTS = (
    Layout(
        "{rainy_image/901_1.jpg,ground_truth/901.jpg}",
        Images("rainy_image", RAINY_OF_CLEAN),
        Images("ground_truth", on_name(r"(\d+)")),
        partner=_clean,
    ),
    Layout("{input,target}/901_1.jpg", Images("input", RAINY_OF_CLEAN), Images("target", RAINY_OF_CLEAN)),
)
CARD = DatasetCard(
    name="rain1400",
    title="Rain1400",
    task="deraining",
    expected_pairs=1400,
    default_protocol="rain100h@1",
    layouts=tuple(layout.name for layout in LAYOUTS),
    licence="not known: ask the authors",
    homepage="https://xueyangfu.github.io/projects/cvpr2017.html",
    how_to_get="Download rainy_image_dataset from the homepage, and use rain1400=rainy_image_dataset/testing.",
    citation=Citation(
        ("Fu, Xueyang", "Huang, Jiabin", "Zeng, Delu", "Huang, Yue", "Ding, Xinghao", "Paisley, John"),
        "Removing Rain from Single Images via a Deep Detail Network",
        "CVPR",
        2017,
    ),
    notes=("Every clean image has 14 rainy versions, which form one cluster in statistics.",),
)
KEYS = frozenset(f"{clean}/{rainy}" for clean in range(901, 1001) for rainy in range(1, 15))
"""The test split: clean images 901 to 1000; 1 to 900 are for training (PReNet's statistic_rain1400.m)."""


@register_dataset(CARD)
def rain1400(root: Path | None) -> PairedDataset:
    """Open the Rain1400 test split; the key of `901_14.jpg` is `901/14`.

    Raises:
        DatasetError: no known layout, or images outside the test split.
        PairingError: images without a partner.
    """
    return open_rain1400(CARD, Recogniser(CARD, LAYOUTS, (*split_folders("Rain1400"), "testing")).find(root), root)


def open_rain1400(card: DatasetCard, found: Found, root: Path | None) -> PairedDataset:
    """Open a recognised copy under the name that a table gives it.

    Raises:
        DatasetError: images outside the test split.
        PairingError: images without a partner.
    """
    others = found.degraded.images.keys() - KEYS
    if others:
        raise DatasetError(
            f"{found.base} contains {len(others)} rainy images outside {card.title}'s test split (901_1 to 1000_14), "
            f"so it is the training split: give the folder of the test split."
        )
    pairs = found.pairs(group=_clean)
    return open_pairs(card, pairs, layout=found.layout.name, root=str(root), expected=KEYS)
