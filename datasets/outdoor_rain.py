"""Outdoor-Rain (Test1): 750 test pairs with synthetic rain and haze (Li et al., CVPR 2019).

The authors' repository has `Test1/in/im_0001_s80_a04.png` with `Test1/gt/im_0001.png` (liruoteng/HeavyRainRemoval,
`data/synthetic/Test1`): strength `s` and airlight `a` of the haze, 15 of them for each scene. TransWeather and
WeatherDiffusion (`datasets/outdoorrain.py` with `test1.txt`) read `{input,gt}` with equal names. The number of pairs is
that of lixinustc/Awesome-diffusion-model-for-image-processing, README.md (9000 for training, of which TransWeather
takes 8250, and 750 for testing); WeatherDiffusion's loader asserts 8250 once 50 scenes are left out, so that a scene
has 15 images.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import equal_names, open_counted
from .layouts.layout import Images, Layout, on_name
from .layouts.recognition import Recogniser, split_folders

__all__ = ["outdoor_rain"]


def _scene(key: str) -> str:
    return key.partition("/")[0]


RAINY, CLEAN = on_name(r"(im_\d{4})_(s\d+_a\d+)"), on_name(r"(im_\d{4})")
FOLDERS = (("in", "gt"), ("input", "gt"), ("data", "gt"), ("input", "target"))
LAYOUTS = (
    *(
        Layout(
            f"{{{degraded}/im_0001_s80_a04.png,{target}/im_0001.png}}",
            Images(degraded, RAINY),
            Images(target, CLEAN),
            partner=_scene,
        )
        for degraded, target in FOLDERS
    ),
    *(
        replace(equal_names(*folders, RAINY), name=f"{{{','.join(folders)}}}/im_0001_s80_a04.png")
        for folders in FOLDERS
    ),
)
CARD = DatasetCard(
    name="outdoor-rain",
    title="Outdoor-Rain (Test1)",
    task="deraining",
    expected_pairs=750,
    default_protocol="weatherdiffusion@1",
    layouts=(LAYOUTS[0].name, "{input,gt}/im_0001_s80_a04.png", "test/{data,gt}/..."),
    licence="not known: ask the authors",
    homepage="https://github.com/liruoteng/HeavyRainRemoval",
    how_to_get="Download Outdoor-Rain from the link on the homepage, and use outdoor-rain=FOLDER, that of Test1.",
    citation=Citation(
        ("Li, Ruoteng", "Cheong, Loong-Fah", "Tan, Robby T."),
        "Heavy Rain Image Restoration: Integrating Physics Model and Conditional Adversarial Learning",
        "CVPR",
        2019,
        arxiv="1904.05050",
    ),
    notes=(
        "50 scenes with 15 strengths of haze each; a scene forms one cluster in statistics.",
        (
            "The data set has no test split of its own in some releases: WeatherDiffusion leaves the scenes im_0301 to "
            "im_0350 of the training images out of training."
        ),
        "WeatherDiffusion's loader resizes input and target before the network: weatherdiffusion-resized@1.",
    ),
)


@register_dataset(CARD)
def outdoor_rain(root: Path | None) -> PairedDataset:
    """Open Test1 of Outdoor-Rain; the key of `im_0001_s80_a04.png` is `im_0001/s80_a04`.

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    bases = (*split_folders("Test1"), "synthetic/Test1", "data/synthetic/Test1", "CVPR19RainTrain/test", "test")
    return open_counted(CARD, Recogniser(CARD, LAYOUTS, bases).find(root), root, group=_scene)
