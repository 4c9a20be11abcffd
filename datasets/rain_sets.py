"""Rain test sets other than Rain100H: Rain100L, Rain12, Rain1400, and Test100, Test1200, Test2800 of Rain13K."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError
from .layouts.counted import EQUAL_NAMES, equal_names, open_counted
from .layouts.layout import Images, Layout, on_name
from .layouts.paired_list import open_pairs
from .layouts.rain_layouts import RAIN_LAYOUTS
from .layouts.recognition import Recogniser

__all__ = ["rain12", "rain100l", "rain1400", "test100", "test1200", "test2800"]

UNKNOWN_LICENCE = "not known: ask the authors"
FU = "Fu, Huang, Zeng, Huang, Ding, Paisley: Removing Rain from Single Images via a Deep Detail Network, CVPR 2017."

RAIN100L = DatasetCard(
    name="rain100l",
    title="Rain100L",
    task="deraining",
    expected_pairs=100,
    default_protocol="rain100h@1",
    layouts=tuple(layout.name for layout in RAIN_LAYOUTS),
    licence=UNKNOWN_LICENCE,
    homepage="https://www.icst.pku.edu.cn/struct/Projects/joint_rain_removal.html",
    how_to_get=(
        "Download the test sets linked in the READMEs of PReNet (481x321) or MPRNet and Restormer (480x320), "
        "and use rain100l=FOLDER."
    ),
    citation="Yang, Tan, Feng, Liu, Guo, Yan: Deep Joint Rain Detection and Removal from a Single Image, CVPR 2017.",
)


@register_dataset(RAIN100L)
def rain100l(root: Path | None) -> PairedDataset:
    """Open the Rain100L test set; keys are `1` to `100` in every layout.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    found = Recogniser(RAIN100L, RAIN_LAYOUTS, _bases("Rain100L")).find(root)
    return open_counted(RAIN100L, found, root)


RAIN12_NAME = on_name(r"(?:(?:no)?rain-)?0*(\d+)(?:_in|_GT)?")
RAIN12_LAYOUTS = (
    equal_names("input", "target", RAIN12_NAME),
    equal_names("input", "groundtruth", RAIN12_NAME),
    RAIN_LAYOUTS[1],
)
RAIN12 = DatasetCard(
    name="rain12",
    title="Rain12",
    task="deraining",
    expected_pairs=12,
    default_protocol="rain100h@1",
    layouts=("{input,target}/1.png", "{input,groundtruth}/1.png", RAIN_LAYOUTS[1].name),
    licence=UNKNOWN_LICENCE,
    homepage="https://yu-li.github.io/",
    how_to_get="Download Rain12 from the authors or via the README of PReNet, and use rain12=FOLDER.",
    citation="Li, Tan, Guo, Lu, Brown: Rain Streak Removal Using Layer Priors, CVPR 2016.",
)


@register_dataset(RAIN12)
def rain12(root: Path | None) -> PairedDataset:
    """Open Rain12; errors as for `rain100l`."""
    return open_counted(RAIN12, Recogniser(RAIN12, RAIN12_LAYOUTS, _bases("Rain12")).find(root), root)


def _clean(key: str) -> str:
    """Clean image of a Rain1400 key: `901` for `901/14`."""
    return key.partition("/")[0]


RAINY_OF_CLEAN = on_name(r"(\d+)_(\d+)")
RAIN1400_LAYOUTS = (
    Layout(
        "{rainy_image/901_1.jpg,ground_truth/901.jpg}",
        Images("rainy_image", RAINY_OF_CLEAN),
        Images("ground_truth", on_name(r"(\d+)")),
        partner=_clean,
    ),
    Layout("{input,target}/901_1.jpg", Images("input", RAINY_OF_CLEAN), Images("target", RAINY_OF_CLEAN)),
)
RAIN1400 = DatasetCard(
    name="rain1400",
    title="Rain1400",
    task="deraining",
    expected_pairs=1400,
    default_protocol="rain100h@1",
    layouts=tuple(layout.name for layout in RAIN1400_LAYOUTS),
    licence=UNKNOWN_LICENCE,
    homepage="https://xueyangfu.github.io/projects/cvpr2017.html",
    how_to_get="Download rainy_image_dataset from the homepage, and use rain1400=rainy_image_dataset/testing.",
    citation=FU,
    notes=("Every clean image has 14 rainy versions, which form one cluster in statistics.",),
)
RAIN1400_KEYS = frozenset(f"{clean}/{rainy}" for clean in range(901, 1001) for rainy in range(1, 15))
"""The test split: clean images 901 to 1000; 1 to 900 are for training (PReNet's statistic_rain1400.m)."""


@register_dataset(RAIN1400)
def rain1400(root: Path | None) -> PairedDataset:
    """Open the Rain1400 test split; the key of `901_14.jpg` is `901/14`.

    Raises:
        DatasetError: no known layout, or images outside the test split.
        PairingError: images without a partner.
    """
    found = Recogniser(RAIN1400, RAIN1400_LAYOUTS, (*_bases("Rain1400"), "testing")).find(root)
    others = found.degraded.images.keys() - RAIN1400_KEYS
    if others:
        raise DatasetError(
            f"{found.base} contains {len(others)} rainy images outside Rain1400's test split (901_1 to 1000_14), so it "
            f"is the training split: give the folder of the test split."
        )
    pairs = found.pairs(group=_clean)
    return open_pairs(RAIN1400, pairs, layout=found.layout.name, root=str(root), expected=RAIN1400_KEYS)


def _rain13k_card(name: str, title: str, pairs: int, homepage: str, citation: str) -> DatasetCard:
    return DatasetCard(
        name=name,
        title=title,
        task="deraining",
        expected_pairs=pairs,
        default_protocol="rain13k@1",
        layouts=(f"test/{title}/{{input,target}}/NAME.png", "{input,target}/NAME.png"),
        licence=UNKNOWN_LICENCE,
        homepage=homepage,
        how_to_get=(
            "Download the test sets of Rain13K linked in the READMEs of MPRNet and Restormer, "
            f"and use {name}=test/{title}."
        ),
        citation=citation,
    )


def _open_rain13k(card: DatasetCard, root: Path | None) -> PairedDataset:
    layouts = (equal_names("input", "target", EQUAL_NAMES),)
    return open_counted(card, Recogniser(card, layouts, _bases(card.title)).find(root), root)


def _bases(title: str) -> tuple[str, ...]:
    return ("", title, f"test/{title}", f"{title}/test")


TEST100 = _rain13k_card(
    "test100",
    "Test100",
    100,
    "https://github.com/hezhangsprinter/ID-CGAN",
    "Zhang, Sindagi, Patel: Image De-raining Using a Conditional Generative Adversarial Network, TCSVT 2019.",
)
TEST1200 = _rain13k_card(
    "test1200",
    "Test1200",
    1200,
    "https://github.com/hezhangsprinter/DID-MDN",
    "Zhang, Patel: Density-aware Single Image De-raining using a Multi-stream Dense Network, CVPR 2018.",
)
TEST2800 = _rain13k_card("test2800", "Test2800", 2800, RAIN1400.homepage, FU)


@register_dataset(TEST100)
def test100(root: Path | None) -> PairedDataset:
    """Open Test100 of Rain13K; errors as for `rain100l`."""
    return _open_rain13k(TEST100, root)


@register_dataset(TEST1200)
def test1200(root: Path | None) -> PairedDataset:
    """Open Test1200 of Rain13K; errors as for `rain100l`."""
    return _open_rain13k(TEST1200, root)


@register_dataset(TEST2800)
def test2800(root: Path | None) -> PairedDataset:
    """Open Test2800 of Rain13K; errors as for `rain100l`."""
    return _open_rain13k(TEST2800, root)
