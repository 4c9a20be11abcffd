"""Snow100K: synthetic snow of three sizes (Liu et al., TIP 2018); the test set has 50,000 pairs in three parts.

The authors' archive of the test set has `Snow100K-{S,M,L}/{synthetic,gt,mask}` with equal names, some of its copies
under `media/jdway/GameSSD/overlapping/test`. WeatherDiffusion (`datasets/snow100k.py`) reads `{input,gt}`. The number
of pairs of L is that of lixinustc/Awesome-diffusion-model-for-image-processing, README.md (All-Weather's test set); no
source that could be read has those of S and M, which with L add up to 50,000.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import DatasetEntry, register_dataset
from ..bench.errors import DatasetError
from .layouts.counted import equal_names, open_counted
from .layouts.recognition import Recogniser

__all__ = ["snow100k_l", "snow100k_m", "snow100k_s"]

PAIRS = {"S": 16611, "M": 16588, "L": 16801}
LAYOUTS = (equal_names("synthetic", "gt"), equal_names("input", "gt"), equal_names("input", "target"))
ABOVE = ("", "test", "overlapping/test", "jdway/GameSSD/overlapping/test", "media/jdway/GameSSD/overlapping/test")
NOTES = (
    "All-weather papers report S and L; a table of Snow100K alone may mean 2000 images drawn from all three.",
    "Images are JPEG, with targets that were compressed too.",
    "WeatherDiffusion's loader resizes input and target before the network: weatherdiffusion-resized@1.",
)
UNSOURCED = (
    "Its number of pairs, {pairs}, was not found in a source that could be read; with the other two parts it gives the "
    "50,000 of the test set."
)

CARD = DatasetCard(
    name="snow100k-l",
    title="Snow100K-L",
    task="desnowing",
    expected_pairs=PAIRS["L"],
    default_protocol="weatherdiffusion@1",
    layouts=("Snow100K-L/{synthetic,gt}/NAME.jpg", "{input,gt}/NAME.jpg", "{input,target}/NAME.jpg"),
    licence="not known: ask the authors",
    homepage="https://sites.google.com/view/yunfuliu/desnownet",
    how_to_get=(
        "Download the test set from the homepage, and use snow100k-l=ARCHIVE or the folder with Snow100K-L; S and M "
        "are snow100k-s and snow100k-m."
    ),
    citation=Citation(
        ("Liu, Yun-Fu", "Jaw, Da-Wei", "Huang, Shih-Chia", "Hwang, Jenq-Neng"),
        "DesnowNet: Context-Aware Deep Network for Snow Removal",
        "IEEE Transactions on Image Processing",
        2018,
        arxiv="1708.04512",
    ),
    notes=NOTES,
)


def _part(size: str) -> DatasetEntry:
    """Register one of the three parts."""
    title = f"Snow100K-{size}"
    card = replace(
        CARD,
        name=title.lower(),
        title=title,
        expected_pairs=PAIRS[size],
        layouts=(CARD.layouts[0].replace("-L", f"-{size}"), *CARD.layouts[1:]),
        how_to_get=(
            f"Download the test set from the homepage, and use {title.lower()}=ARCHIVE or the folder with {title}."
        ),
        notes=NOTES if size == "L" else (UNSOURCED.format(pairs=PAIRS[size]), *NOTES),
    )

    def snow100k(root: Path | None) -> PairedDataset:
        """Open one part of the Snow100K test set; keys are the file names.

        Raises:
            DatasetError: no known layout, another part, or more pairs than the part has.
            PairingError: images without a partner.
        """
        found = Recogniser(card, LAYOUTS, ("", *(f"{above}/{title}".lstrip("/") for above in ABOVE))).find(root)
        other = re.search(r"Snow100K-([SML])(?![A-Za-z])", found.base.resolve().name)
        if other is not None and other[1] != size:
            name = f"snow100k-{other[1].lower()}"
            raise DatasetError(f"{found.base} is {other[0]}, not {title}: write {name}={found.base}.")
        return open_counted(card, found, root)

    return register_dataset(card)(snow100k)


snow100k_s = _part("S")
snow100k_m = _part("M")
snow100k_l = _part("L")
