"""CBSD68, Kodak24 and Urban100 with the noise of `denoise`: the three clean sets that denoising papers measure.

Layouts: `CBSD68/original_png/0000.png` (clausmichele/CBSD68-dataset), `denoise/{bsd68,kodak24,urban100}` (AdaIR,
INSTALL.md), `kodim01.png` of the homepage, and `image_SRF_4/img_001_SRF_4_HR.png` (jbhuang0604/SelfExSR).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import DatasetEntry, register_dataset
from .denoise import CARD as DENOISE
from .denoise import open_noisy

__all__ = ["cbsd68", "kodak24", "urban100"]


def _clean_set(card: DatasetCard, folders: tuple[str, ...]) -> DatasetEntry:
    """Register one of the sets, whose images may be in any of these folders below the given one."""

    def clean_set(root: Path | None, *, sigma: int = 25) -> PairedDataset:
        """Open the clean images with noise; keys are the file names.

        Args:
            root: the folder of the clean images, or its parent.
            sigma: standard deviation of the noise in grey levels of 255: 15, 25 or 50.

        Raises:
            UsageError: `sigma` is another number.
            DatasetError: there is no folder, it has no images, more than the set has, or one smaller than 16 pixels.
            PairingError: two images have the same name without suffix.
        """
        return open_noisy(card, root, sigma, folders)

    return register_dataset(card)(clean_set)


CBSD68 = replace(
    DENOISE,
    name="cbsd68",
    title="CBSD68",
    expected_pairs=68,
    default_protocol="promptir@1",
    layouts=("CBSD68/original_png/0000.png", "denoise/bsd68/3096.jpg"),
    licence="that of the Berkeley data set: research only",
    homepage="https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/bsds/",
    how_to_get="Download the 68 images, and use cbsd68[sigma=25]=FOLDER.",
    citation=Citation(
        ("Martin, David", "Fowlkes, Charless", "Tal, Doron", "Malik, Jitendra"),
        "A Database of Human Segmented Natural Images and its Application to Evaluating Segmentation Algorithms and "
        "Measuring Ecological Statistics",
        "ICCV",
        2001,
    ),
    notes=(
        *DENOISE.notes,
        (
            "Copies differ: PNG named 0000 to 0067, and the JPEG of the Berkeley data set by its numbers; other names "
            "are another order, and so other noise."
        ),
        "Folders noisy15, noisy25 and so on of some copies are not used: their noise is none of the papers'.",
        "A mean over sigma 15, 25 and 50 is of three runs.",
    ),
)
KODAK24 = replace(
    CBSD68,
    name="kodak24",
    title="Kodak24",
    expected_pairs=24,
    layouts=("kodim01.png",),
    licence="released by Kodak for unrestricted use",
    homepage="https://r0k.us/graphics/kodak/",
    how_to_get="Download the 24 images from the homepage, and use kodak24[sigma=25]=FOLDER.",
    citation=None,
    notes=DENOISE.notes,
)
URBAN100 = replace(
    CBSD68,
    name="urban100",
    title="Urban100",
    expected_pairs=100,
    layouts=("img_001.png", "image_SRF_4/img_001_SRF_4_HR.png"),
    licence="not known: ask the authors",
    homepage="https://github.com/jbhuang0604/SelfExSR",
    how_to_get="Download the 100 high-resolution images, and use urban100[sigma=25]=FOLDER.",
    citation=Citation(
        ("Huang, Jia-Bin", "Singh, Abhishek", "Ahuja, Narendra"),
        "Single Image Super-Resolution from Transformed Self-Exemplars",
        "CVPR",
        2015,
    ),
    notes=(
        *DENOISE.notes,
        "Folders image_SRF_2 and image_SRF_4 also have LR images; give one of HR images alone.",
    ),
)

cbsd68 = _clean_set(CBSD68, ("", "original_png", "CBSD68/original_png", "CBSD68", "denoise/bsd68", "bsd68"))
kodak24 = _clean_set(KODAK24, ("", "Kodak24", "denoise/kodak24", "kodak24"))
urban100 = _clean_set(URBAN100, ("", "Urban100", "denoise/urban100", "urban100"))
