"""RSBlur: 3360 real test pairs from two cameras behind a beam splitter (Rim et al., ECCV 2022).

The authors' `RSBlur.zip` holds training and test pairs alike, as
`0001/000022/{real_blur/real_blur.png,gt/gt_sharp.png}`; the lists that tell them apart are in their repository
(rimchang/RSBlur, `datalist/RSBlur/RSBlur_real_test*.txt`), and so is the division by saturated pixels, of which
`evaluation/evaluate_RSBlur.py` prints the three means.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, few
from ..bench.files.natural_order import natural_order
from .layouts.layout import Images, Layout, on_name, on_path
from .layouts.lists import find_list, list_lines
from .layouts.paired_list import open_pairs
from .layouts.recognition import Recogniser

__all__ = ["rsblur"]

Subset = Literal["all", "saturated", "non-saturated"]

LISTS: dict[Subset, tuple[str, int]] = {
    "all": ("RSBlur_real_test.txt", 3360),
    "saturated": ("RSBlur_real_test_saturation.txt", 1626),
    "non-saturated": ("RSBlur_real_test_non_saturation.txt", 1734),
}
"""List of each subset, and its number of pairs."""

LIST_FOLDERS = ("", "datalist", "datalist/RSBlur", "RSBlur")
LINE = re.compile(r"(?:\S*/)?(\d{4}/\d{6})/gt/\S+\s+(?:\S*/)?\1/real_blur/\S+")
LAYOUTS = (
    Layout(
        "0001/000022/{real_blur/real_blur.png,gt/gt_sharp.png}",
        Images("*/*/real_blur", on_path(r"(\d{4})/(\d{6})/real_blur/real_blur")),
        Images("*/*/gt", on_path(r"(\d{4})/(\d{6})/gt/gt_sharp")),
    ),
    Layout(
        "{input,target}/0001_000022_real_blur.png",
        Images("input", on_name(r"(\d{4})_(\d{6})(?:_real_blur)?")),
        Images("target", on_name(r"(\d{4})_(\d{6})(?:_real_blur|_gt_sharp)?")),
    ),
)
CARD = DatasetCard(
    name="rsblur",
    title="RSBlur",
    task="deblurring",
    expected_pairs=LISTS["all"][1],
    default_protocol="rsblur@1",
    layouts=tuple(layout.name for layout in LAYOUTS),
    licence="CC BY 4.0",
    homepage="http://cg.postech.ac.kr/research/rsblur/",
    how_to_get=(
        "Download RSBlur.zip from the link in the README of github.com/rimchang/RSBlur, put its folder datalist/RSBlur "
        "beside it, and use rsblur=RSBlur.zip."
    ),
    citation=Citation(
        (
            "Rim, Jaesung",
            "Kim, Geonung",
            "Kim, Jungeon",
            "Lee, Junyong",
            "Lee, Seungyong",
            "Cho, Sunghyun",
        ),
        "Realistic Blur Synthesis for Learning Image Deblurring",
        "ECCV",
        2022,
        arxiv="2202.08771",
    ),
    notes=(
        (
            "The official script prints three means: rsblur[subset=saturated] (1626), rsblur[subset=non-saturated] "
            "(1734) and all of them, which is the one in tables."
        ),
        "rsblur@1 aligns as realblur@1 does and clips both images afterwards.",
        "The folder also has avg65_img, synthetic blur of the same scenes: it is never read.",
    ),
)


@register_dataset(CARD)
def rsblur(root: Path | None, *, subset: Subset = "all") -> PairedDataset:
    """Open the RSBlur test split; keys are `0001/000022`.

    Args:
        root: a folder with one of `CARD.layouts`, or its parent, and the authors' lists in it or beside it.
        subset: all pairs, those with saturated pixels, or those without.

    Raises:
        DatasetError: no known layout, no list, or a list with missing images.
        PairingError: images without a partner.
    """
    name, number = LISTS[subset]
    card = replace(CARD, expected_pairs=number)
    found = Recogniser(card, LAYOUTS, ("", "RSBlur", "test", "test/RSBlur")).find(root)
    path = find_list(found.base, name, LIST_FOLDERS)
    present = frozenset(found.degraded.images.keys() & found.target.images.keys())
    if path is None and (subset != "all" or len(present) > number):
        raise DatasetError(
            f"{found.base} has no {name}, without which the {number} pairs cannot be told from the {len(present)} that "
            f"are there: copy it from datalist/RSBlur of github.com/rimchang/RSBlur."
        )
    keys = present if path is None else _listed(path)
    absent = keys - present
    if absent and len(absent) == len(keys):
        raise DatasetError(
            f"None of the {len(keys)} pairs in {path} is in {found.base} ({few(sorted(absent, key=natural_order))}), so"
            f" it is the training split: give the whole data set or its test split."
        )
    warnings = () if path is not None else (f"There is no {name}, so every pair counts as one of the test set.",)
    return open_pairs(
        card,
        found.select(keys & present).pairs(group=_scene) if path is not None else found.pairs(group=_scene),
        layout=found.layout.name,
        root=str(root),
        variant="" if subset == "all" else subset,
        expected=keys if path is not None and len(keys) == number else None,
        warnings=warnings,
    )


def _scene(key: str) -> str:
    return key.partition("/")[0]


def _listed(path: Path) -> frozenset[str]:
    """Read the keys of `gt-path blur-path` lines."""
    keys: set[str] = set()
    for number, line in enumerate(list_lines(path), start=1):
        found = LINE.fullmatch(line.strip())
        if found is not None:
            keys.add(found[1])
        elif line.strip():
            raise DatasetError(f"{path}, line {number}, is not `gt-path blur-path` of a pair: restore the list.")
    return frozenset(keys)
