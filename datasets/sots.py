"""SOTS-indoor and SOTS-outdoor: 500 test pairs each with synthetic haze (RESIDE; Li et al., TIP 2019).

The authors' `SOTS/{indoor,outdoor}` has `hazy/1400_1.png` with `gt/1400.png` (`clear` in FFA-Net's README), outdoors
`hazy/0001_0.8_0.2.jpg` with `gt/0001.png`. DehazeFormer gives out `test/{hazy,GT}` with equal names; PromptIR and AdaIR
read `dehaze/{input,target}`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError
from .layouts.counted import equal_names
from .layouts.cropped import without_borders
from .layouts.layout import Images, KeyRule, Layout, on_name
from .layouts.paired_list import open_pairs
from .layouts.recognition import Recogniser

__all__ = ["sots_indoor", "sots_outdoor"]

PAIRS = 500
BORDER, WITH_BORDER = 10, frozenset({(480, 640)})
"""Targets of 640x480 indoors have a border of 10 pixels that the hazy images of 620x460 do not have."""

INDOOR, OUTDOOR = on_name(r"(14\d\d)_(\d+)"), on_name(r"(\d{4})_([\d.]+_[\d.]+)")
FOLDERS = (("hazy", "gt"), ("hazy", "clear"), ("hazy", "GT"), ("input", "target"))

CARD_INDOOR = DatasetCard(
    name="sots-indoor",
    title="SOTS-indoor",
    task="dehazing",
    expected_pairs=PAIRS,
    default_protocol="dehazeformer@1",
    layouts=("SOTS/indoor/{hazy/1400_1.png,gt/1400.png}", "test/{hazy,GT}/1400_1.png"),
    licence="not known: ask the authors",
    homepage="https://sites.google.com/view/reside-dehaze-datasets/reside-v0",
    how_to_get="Download SOTS from the homepage, and use sots-indoor=SOTS, the folder with indoor/ in it.",
    citation=Citation(
        (
            "Li, Boyi",
            "Ren, Wenqi",
            "Fu, Dengpan",
            "Tao, Dacheng",
            "Feng, Dan",
            "Zeng, Wenjun",
            "Wang, Zhangyang",
        ),
        "Benchmarking Single-Image Dehazing and Beyond",
        "IEEE Transactions on Image Processing",
        2019,
        arxiv="1712.04143",
    ),
    notes=(
        "50 scenes with 10 hazes each; a scene forms one cluster in statistics.",
        "Targets of 640x480 lose 10 pixels on each side, as in the loaders of FFA-Net and DehazeFormer.",
        "dehazeformer@1 averages the pixels before SSIM: its SSIM compares with no other protocol's.",
    ),
)
CARD_OUTDOOR = replace(
    CARD_INDOOR,
    name="sots-outdoor",
    title="SOTS-outdoor",
    layouts=(
        "SOTS/outdoor/{hazy/0001_0.8_0.2.jpg,gt/0001.png}",
        "test/{hazy,GT}/0001_0.8_0.2.jpg",
        "dehaze/{input/0001_0.8_0.2.jpg,target/0001.png}",
    ),
    how_to_get="Download SOTS from the homepage, and use sots-outdoor=SOTS, the folder with outdoor/ in it.",
    notes=(
        "Some scenes have several hazes; a scene forms one cluster in statistics.",
        "All-in-one papers measure it by promptir@1, dehazing papers by dehazeformer@1.",
        "Hazy images are JPEG: decoders of different programs differ by a grey level here and there.",
    ),
)


@register_dataset(CARD_INDOOR)
def sots_indoor(root: Path | None) -> PairedDataset:
    """Open SOTS-indoor; the key of `1400_1.png` is `1400/1`.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    return _open(root, CARD_INDOOR, INDOOR, ("indoor", "SOTS/indoor", "SOTS", "RESIDE-IN/test"))


@register_dataset(CARD_OUTDOOR)
def sots_outdoor(root: Path | None) -> PairedDataset:
    """Open SOTS-outdoor; the key of `0001_0.8_0.2.jpg` is `0001/0.8_0.2`; errors as for `sots_indoor`."""
    bases = ("outdoor", "SOTS/outdoor", "SOTS", "RESIDE-OUT/test", "dehaze", "test/dehaze")
    return _open(root, CARD_OUTDOOR, OUTDOOR, bases)


def _open(root: Path | None, card: DatasetCard, hazy: KeyRule, bases: tuple[str, ...]) -> PairedDataset:
    layouts = [layout for folders in FOLDERS for layout in _layouts(*folders, hazy)]
    found = Recogniser(card, layouts, ("", "test", *bases)).find(root)
    number = len(found.degraded.images)
    if number > PAIRS:
        raise DatasetError(
            f"{found.base} contains {number} hazy images, but {card.title} has {PAIRS}, so it is a training split or "
            f"another part of RESIDE: give the folder of {card.title}."
        )
    pairs = without_borders(found.pairs(group=_scene), BORDER, WITH_BORDER)
    return open_pairs(card, pairs, layout=found.layout.name, root=str(root))


def _layouts(degraded: str, target: str, hazy: KeyRule) -> tuple[Layout, Layout]:
    """One target for all hazes of a scene, or a copy of it for each."""
    scene = on_name(r"(\d{4})")
    one = Layout(f"{{{degraded},{target}}}/SCENE_HAZE", Images(degraded, hazy), Images(target, scene), _scene)
    return one, replace(equal_names(degraded, target, hazy), name=f"{{{degraded},{target}}} with equal names")


def _scene(key: str) -> str:
    return key.partition("/")[0]
