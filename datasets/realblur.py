"""RealBlur-J and RealBlur-R: 980 real test pairs each, from two synchronised cameras (Rim et al., ECCV 2020)."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, few
from ..bench.files.natural_order import natural_order
from .copies.official_lists import official_keys
from .layouts.layout import Found, Images, Layout, on_name, on_path
from .layouts.lists import find_list, list_lines
from .layouts.paired_list import open_pairs
from .layouts.recognition import Recogniser

__all__ = ["realblur_j", "realblur_r"]

Kind = Literal["J", "R"]

FOLDERS: dict[Kind, str] = {
    "J": "RealBlur-J_ECC_IMCORR_centroid_itensity_ref",
    "R": "RealBlur-R_BM3D_ECC_IMCORR_centroid_itensity_ref",
}
"""Official folder names, in the authors' spelling."""

LAYOUTS = (
    Layout(
        "scene230/{blur/blur_7.png,gt/gt_7.png}",
        Images("*/blur", on_path(r"(scene\d+)/blur/blur_0*(\d+)")),
        Images("*/gt", on_path(r"(scene\d+)/gt/gt_0*(\d+)")),
    ),
    Layout(
        "{blur,gt}/scene230/blur_7.png",
        Images("blur/*", on_path(r"blur/(scene\d+)/(?:blur_)?0*(\d+)")),
        Images("gt/*", on_path(r"gt/(scene\d+)/(?:gt_|blur_)?0*(\d+)")),
    ),
    Layout(
        "{input,target}/scene230_blur_7.png or scene230-7.png",
        Images("input", on_name(r"(scene\d+)[-_](?:blur_)?0*(\d+)")),
        Images("target", on_name(r"(scene\d+)[-_](?:gt_|blur_)?0*(\d+)")),
    ),
)

CARD_J = DatasetCard(
    name="realblur-j",
    title="RealBlur-J",
    task="deblurring",
    expected_pairs=980,
    default_protocol="realblur@1",
    layouts=(f"{FOLDERS['J']}/{LAYOUTS[0].name}", LAYOUTS[1].name, LAYOUTS[2].name),
    licence="CC BY 4.0",
    homepage="http://cg.postech.ac.kr/research/realblur/",
    how_to_get=(
        "Download RealBlur.tar.gz from the homepage and use realblur-j=RealBlur.tar.gz, or the folder after unpacking; "
        "it also contains the training pairs, and RealBlur_J_test_list.txt lists the 980 test pairs."
    ),
    citation=Citation(
        ("Rim, Jaesung", "Lee, Haeyun", "Won, Jucheol", "Cho, Sunghyun"),
        "Real-World Blur Dataset for Learning and Benchmarking Deblurring Algorithms",
        "ECCV",
        2020,
    ),
    notes=(
        "Scores are computed after alignment, since exposure and position of the two cameras differ slightly.",
        "Other lists of the authors are opened by name: realblur-j[pairs=RealBlur_J_train_list.txt].",
        "Tables exist for models trained on GoPro and for models trained on RealBlur, which are not comparable.",
    ),
)
CARD_R = replace(
    CARD_J,
    name="realblur-r",
    title="RealBlur-R",
    layouts=(f"{FOLDERS['R']}/{LAYOUTS[0].name}", LAYOUTS[1].name, LAYOUTS[2].name),
    how_to_get=CARD_J.how_to_get.replace("realblur-j", "realblur-r").replace("RealBlur_J", "RealBlur_R"),
)


@register_dataset(CARD_J)
def realblur_j(root: Path | None, *, pairs: str = "test") -> PairedDataset:
    """Open the test split of RealBlur-J, the camera's JPEG output, or the pairs of another list.

    Args:
        root: a folder with one of `CARD_J.layouts`, or its parent.
        pairs: `test`, or the name of another list in the data set or beside it, such as `RealBlur_J_train_list.txt`.

    Raises:
        DatasetError: no known layout, the training split, the other camera format, no such list, or one with missing
            files.
        PairingError: images without a partner.
    """
    return _open(root, CARD_J, "J", pairs)


@register_dataset(CARD_R)
def realblur_r(root: Path | None, *, pairs: str = "test") -> PairedDataset:
    """Open the test split of RealBlur-R, developed from raw, or other pairs; options and errors as for `realblur_j`."""
    return _open(root, CARD_R, "R", pairs)


def _open(root: Path | None, card: DatasetCard, kind: Kind, pairs: str) -> PairedDataset:
    named = f"RealBlur_{kind}"
    bases = ("", "test", FOLDERS[kind], named, f"{named}/test", f"test/{named}", f"RealBlur/{FOLDERS[kind]}")
    found = Recogniser(card, LAYOUTS, bases).find(root)
    _check_kind(found.base, card, kind)
    if pairs != "test":
        return _open_list(found, root, card, pairs)
    official = official_keys("realblur test")
    list_file = find_list(found.base, f"RealBlur_{kind}_test_list.txt")
    keys = official if list_file is None else _listed_keys(list_file)
    if list_file is not None:
        _check_listed(list_file, keys, found)
    present = found.degraded.images.keys() | found.target.images.keys()
    if not present & keys:
        raise DatasetError(
            f"{found.base} contains {len(present)} pairs of {card.title}, but none of its 980 test pairs, so it is "
            f"the training split: give the whole data set or its test split."
        )
    return open_pairs(
        card,
        (found.select(keys) if present - keys else found).pairs(group=_scene),
        layout=found.layout.name,
        root=str(root),
        expected=official,
        warnings=_warnings(list_file, keys, len(present), official),
    )


def _open_list(found: Found, root: Path | None, card: DatasetCard, name: str) -> PairedDataset:
    """The pairs of a list that is not that of the test split, which every result says."""
    path = find_list(found.base, name)
    if path is None:
        raise DatasetError(f"There is no list {name} in {found.base} or beside it: correct its name, or copy it there.")
    keys = _listed_keys(path)
    _check_listed(path, keys, found)
    return open_pairs(
        replace(card, expected_pairs=None),
        found.select(keys).pairs(group=_scene),
        layout=found.layout.name,
        root=str(root),
        variant=path.stem,
        warnings=[f"{path.name} is not the list of the 980 test pairs, which published results refer to."],
    )


def _scene(key: str) -> str:
    return key.partition("/")[0]


def _check_kind(base: Path, card: DatasetCard, kind: Kind) -> None:
    other: Kind = "R" if kind == "J" else "J"
    names = {base.resolve().name, base.resolve().parent.name}
    if any(re.match(rf"RealBlur[-_]{other}(?![A-Za-z])", name) for name in names):
        raise DatasetError(f"{base} is RealBlur-{other}, not {card.title}: write realblur-{other.lower()}={base}.")


def _listed_keys(path: Path) -> frozenset[str]:
    """Read the keys of `gt-path blur-path` lines; trailing spaces and a missing final newline are normal."""
    keys: set[str] = set()
    for number, line in enumerate(list_lines(path), start=1):
        if not line.strip():
            continue
        found = re.fullmatch(r"\S*?(scene\d+)/gt/gt_0*(\d+)\.\w+\s+\S*?\1/blur/blur_0*\2\.\w+\s*", line)
        if found is None:
            raise DatasetError(f"{path}, line {number}, is not `gt-path blur-path` of a pair: restore the list.")
        keys.add("/".join(found.groups()))
    return frozenset(keys)


def _check_listed(path: Path, keys: AbstractSet[str], found: Found) -> None:
    absent = keys - (found.degraded.images.keys() & found.target.images.keys())
    if absent:
        examples = few(sorted(absent, key=natural_order))
        raise DatasetError(
            f"{path} lists {len(absent)} pairs that are not in {found.base} ({examples}): copy them, "
            f"or remove the list to use the existing ones."
        )


def _warnings(list_file: Path | None, keys: AbstractSet[str], present: int, official: AbstractSet[str]) -> list[str]:
    if list_file is not None:
        return [] if keys == official else [f"{list_file.name} is not the official list of 980 test pairs."]
    if present <= len(official):
        return []
    return [f"There is no list file, so restorebench's own list was used to select test pairs among {present}."]
