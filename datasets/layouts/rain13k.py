"""Test sets in circulation as parts of Rain13K (MSPFN, MPRNet, Restormer)."""

from __future__ import annotations

from pathlib import Path

from ...bench.contracts import Citation, DatasetCard, PairedDataset
from .counted import EQUAL_NAMES, equal_names, open_counted
from .recognition import Recogniser, split_folders

__all__ = ["open_rain13k", "rain13k_card"]


def rain13k_card(title: str, pairs: int, homepage: str, citation: Citation | None) -> DatasetCard:
    """Build the card of one of the test sets.

    Args:
        title: title such as `Test100`; the registered name is its lower case.
        pairs: number of pairs of the complete set.
        homepage: homepage of its authors.
        citation: publication that introduced it.
    """
    name = title.lower()
    return DatasetCard(
        name=name,
        title=title,
        task="deraining",
        expected_pairs=pairs,
        default_protocol="rain13k@1",
        layouts=(f"test/{title}/{{input,target}}/NAME.png", "{input,target}/NAME.png"),
        licence="not known: ask the authors",
        homepage=homepage,
        how_to_get=(
            "Download the test sets of Rain13K linked in the READMEs of MPRNet and Restormer, "
            f"and use {name}=test/{title}."
        ),
        citation=citation,
    )


def open_rain13k(card: DatasetCard, root: Path | None) -> PairedDataset:
    """Open one of the test sets; degraded and target images have equal names.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    layouts = (equal_names("input", "target", EQUAL_NAMES),)
    return open_counted(card, Recogniser(card, layouts, split_folders(card.title)).find(root), root)
