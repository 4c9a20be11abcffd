"""Rain100H: 100 test pairs with heavy synthetic rain (Yang et al., CVPR 2017), original or cropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, ImagePair, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, ImageError, few
from ..bench.files.images import source_size
from ..bench.terminal.wording import counted
from .layouts.layout import Found
from .layouts.paired_list import open_pairs
from .layouts.rain_layouts import RAIN_LAYOUTS
from .layouts.recognition import Recogniser, split_folders

__all__ = ["rain100h"]

CARD = DatasetCard(
    name="rain100h",
    title="Rain100H",
    task="deraining",
    expected_pairs=100,
    default_protocol="rain100h@1",
    layouts=tuple(layout.name for layout in RAIN_LAYOUTS),
    licence="not known: ask the authors",
    homepage="https://www.icst.pku.edu.cn/struct/Projects/joint_rain_removal.html",
    how_to_get=(
        "Download the test sets linked in the READMEs of PReNet (481x321) or MPRNet and Restormer (480x320), "
        "and use rain100h=FOLDER, where FOLDER contains rainy/ and norain-001.png, or input/ and target/."
    ),
    citation=Citation(
        ("Yang, Wenhan", "Tan, Robby T.", "Feng, Jiashi", "Liu, Jiaying", "Guo, Zongming", "Yan, Shuicheng"),
        "Deep Joint Rain Detection and Removal from a Single Image",
        "CVPR",
        2017,
        arxiv="1609.07769",
    ),
    notes=(
        "The 480x320 copies are the 481x321 originals without their last row and column; scores differ slightly.",
        "The authors' site later offered Rain200H, 200 other pairs; tables labelled Rain100H do not refer to those.",
        "The 100 images show 91 backgrounds, so pairs with the same background form one cluster in statistics.",
        "546 of the 1800 training images share their background with a test image.",
    ),
)

SAME_BACKGROUND = {4: 3, 14: 5, 25: 6, 36: 7, 47: 8, 58: 9, 69: 10, 80: 11, 91: 12}
"""Test image to the earlier one of the same scene."""

OLD_PAIRS, NEW_PAIRS = 100, 200
SIZES = {(321, 481): "481x321", (481, 321): "481x321", (320, 480): "480x320", (480, 320): "480x320"}
"""(height, width) to the variant; some images are in portrait format."""


@register_dataset(CARD)
def rain100h(root: Path | None) -> PairedDataset:
    """Open the Rain100H test set; keys are `1` to `100` in every layout.

    Args:
        root: a folder with one of `CARD.layouts`, or one of the two folders above.

    Raises:
        DatasetError: no known layout, or the training split.
        PairingError: images without a partner.
        ImageError: no image can be read.
    """
    found = Recogniser(CARD, RAIN_LAYOUTS, split_folders("Rain100H")).find(root)
    numbers = {int(key) for key in found.degraded.images}
    if max(numbers) > NEW_PAIRS:
        raise DatasetError(
            f"{found.base} contains pairs numbered up to {max(numbers)}, so it is a training split: "
            f"give the folder of the {OLD_PAIRS} test pairs of Rain100H."
        )
    if max(numbers) > OLD_PAIRS:
        return _rain200h(found, root)
    pairs = sorted(found.pairs(group=_background), key=lambda pair: int(pair.key))
    variant, warning = _size_variant(pairs)
    sizes = [size for size, name in SIZES.items() if name == variant]
    return open_pairs(
        CARD,
        pairs,
        layout=found.layout.name,
        root=str(root),
        variant=variant,
        expected=frozenset(map(str, range(1, OLD_PAIRS + 1))),
        sizes=sizes,
        warnings=[warning] if warning else [],
    )


def _background(key: str) -> str:
    number = int(key)
    shared = number in SAME_BACKGROUND or number in SAME_BACKGROUND.values()
    return f"background {SAME_BACKGROUND.get(number, number)}" if shared else ""


def _size_variant(pairs: Sequence[ImagePair]) -> tuple[str, str]:
    """The variant that most targets have the size of, and a warning about the others; `""` if there is none.

    Raises:
        ImageError: no target can be read.
    """
    variants: dict[str, str] = {}
    for pair in pairs:
        try:
            height, width = source_size(pair.target)
        except ImageError:
            continue  # it fails alone when its turn comes
        variants[pair.key] = SIZES.get((height, width), f"{width}x{height}")
    if not variants:
        source_size(pairs[0].target)
    variant = Counter(variants.values()).most_common(1)[0][0]
    others = [f"{key} ({size})" for key, size in variants.items() if size != variant]
    if variant not in SIZES.values():
        return variant, f"No known copy of Rain100H has images of {variant} pixels."
    of = f"{len(others)} of {counted(len(pairs), 'pair')}"
    return variant, f"{of} of this {variant} copy have another size: {few(others)}." if others else ""


def _rain200h(found: Found, root: Path | None) -> PairedDataset:
    return open_pairs(
        CARD,
        found.pairs(),
        layout=found.layout.name,
        root=str(root),
        variant="new (Rain200H)",
        expected=frozenset(map(str, range(1, NEW_PAIRS + 1))),
        warnings=["This is Rain200H, the later data; published results on Rain100H refer to the 100 old pairs."],
    )
