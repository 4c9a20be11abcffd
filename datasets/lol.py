"""LOL v1 (15 test pairs; Wei et al., BMVC 2018) and v2, real and synthetic (100 each; Yang et al., TIP 2021).

The authors' archives have `eval15/{low,high}` with equal names, `Real_captured/Test/{Low/low00690.png,
Normal/normal00690.png}` and `Synthetic/Test/{Low,Normal}` with equal names. Retinexformer (README) renames them to
`LOLv1/Test/{input,target}` and `LOLv2/Real_captured/Test/{Low,Normal}/00690.png`; AdaIR reads
`enhance/lol/{input,target}`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.layout import Found, Images, Layout, on_name
from .layouts.recognition import Recogniser

__all__ = ["lol_v1", "lol_v2_real", "lol_v2_synthetic"]

SIZES = ((400, 600),)
REAL = on_name(r"(?:low|normal)?(\d{5})")
GAIN = "Rows made with --GT_mean (KinD, LLFlow, diffusion) are retinexformer-gtmean@1 and compare with no others."

CARD_V1 = DatasetCard(
    name="lol-v1",
    title="LOL-v1",
    task="enhancement",
    expected_pairs=15,
    default_protocol="retinexformer@1",
    layouts=("eval15/{low,high}/1.png", "Test/{input,target}/1.png"),
    licence="not known: ask the authors",
    homepage="https://daooshee.github.io/BMVC2018website/",
    how_to_get="Download LOLdataset.zip from the homepage, and use lol-v1=LOLdataset.zip.",
    citation=Citation(
        ("Wei, Chen", "Wang, Wenjing", "Yang, Wenhan", "Liu, Jiaying"),
        "Deep Retinex Decomposition for Low-Light Enhancement",
        "BMVC",
        2018,
        arxiv="1808.04560",
    ),
    notes=(
        GAIN,
        "15 images: intervals are wide, and a difference of a few tenths of a dB says little.",
        "All-in-one papers measure crops of 592x400 by promptir@1.",
    ),
)
CARD_REAL = replace(
    CARD_V1,
    name="lol-v2-real",
    title="LOL-v2-real",
    expected_pairs=100,
    layouts=("Real_captured/Test/{Low/low00690.png,Normal/normal00690.png}", "Test/{Low,Normal}/00690.png"),
    homepage="https://github.com/flyywh/CVPR-2020-Semi-Low-Light",
    how_to_get="Download LOL-v2.zip from the link on the homepage, and use lol-v2-real=LOL-v2.zip.",
    citation=Citation(
        ("Yang, Wenhan", "Wang, Wenjing", "Huang, Haofeng", "Wang, Shiqi", "Liu, Jiaying"),
        "Sparse Gradient Regularized Deep Retinex Network for Robust Low-Light Image Enhancement",
        "IEEE Transactions on Image Processing",
        2021,
    ),
    notes=(
        GAIN,
        "It grew out of LOL v1: a model trained on that has seen scenes of this test set (see datasets overlap).",
    ),
)
CARD_SYNTHETIC = replace(
    CARD_REAL,
    name="lol-v2-synthetic",
    title="LOL-v2-synthetic",
    layouts=("Synthetic/Test/{Low,Normal}/r00816405t.png",),
    how_to_get="Download LOL-v2.zip from the link on the homepage, and use lol-v2-synthetic=LOL-v2.zip.",
    notes=(GAIN,),
)


@register_dataset(CARD_V1)
def lol_v1(root: Path | None) -> PairedDataset:
    """Open the LOL-v1 test set; keys are the file names.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has, as in the training split our485.
        PairingError: images without a partner.
    """
    above = ("", "LOLdataset", "lol_dataset", "LOL", "LOLv1", "enhance/lol", "test/enhance/lol", "lol")
    bases = [f"{place}/{split}".strip("/") for place in above for split in ("", "eval15", "Test", "test")]
    found = Recogniser(CARD_V1, (equal_names("low", "high"), equal_names("input", "target")), bases).find(root)
    return open_counted(CARD_V1, found, root, sizes=SIZES)


@register_dataset(CARD_REAL)
def lol_v2_real(root: Path | None) -> PairedDataset:
    """Open the real part of the LOL-v2 test set; keys are `00690` to `00789`; errors as for `lol_v1`."""
    expected = frozenset(f"{number:05d}" for number in range(690, 790))
    layout = Layout("{Low/low00690.png,Normal/normal00690.png}", Images("Low", REAL), Images("Normal", REAL))
    return open_counted(CARD_REAL, _find(root, CARD_REAL, layout), root, expected=expected, sizes=SIZES)


@register_dataset(CARD_SYNTHETIC)
def lol_v2_synthetic(root: Path | None) -> PairedDataset:
    """Open the synthetic part of the LOL-v2 test set; keys are the file names; errors as for `lol_v1`."""
    layout = equal_names("Low", "Normal", on_name(r"(r\w+t)"))
    return open_counted(CARD_SYNTHETIC, _find(root, CARD_SYNTHETIC, layout), root)


def _find(root: Path | None, card: DatasetCard, layout: Layout) -> Found:
    part = "Real_captured" if card is CARD_REAL else "Synthetic"
    places = ("", "Test", f"{part}/Test", f"LOL-v2/{part}/Test", f"LOLv2/{part}/Test")
    return Recogniser(card, (layout,), places).find(root)
