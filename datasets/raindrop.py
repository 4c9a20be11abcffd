"""Raindrop: real pairs of a scene through wet and dry glass (Qian et al., CVPR 2018); test A has 58, test B 249.

Archives `test_a.zip` and `test_b.zip` have `data/0_rain.png` with `gt/0_clean.png` (JPEG in test B). TransWeather and
WeatherDiffusion (`datasets/raindrop.py` with `raindroptesta.txt`) use copies with `{input,gt}`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from .layouts.counted import open_counted
from .layouts.layout import Images, Layout, on_name
from .layouts.recognition import Recogniser

__all__ = ["raindrop"]

RAIN, CLEAN = on_name(r"(\d+)_rain"), on_name(r"(\d+)_(?:clean|rain)")
LAYOUTS = tuple(
    Layout(f"{{{degraded}/0_rain.png,{target}/0_clean.png}}", Images(degraded, RAIN), Images(target, CLEAN))
    for degraded, target in (("data", "gt"), ("input", "gt"), ("input", "target"))
)
PAIRS: dict[str, int] = {"a": 58, "b": 249}

CARD = DatasetCard(
    name="raindrop",
    title="Raindrop",
    task="deraining",
    expected_pairs=PAIRS["a"],
    default_protocol="weatherdiffusion@1",
    layouts=tuple(layout.name for layout in LAYOUTS),
    licence="not known: ask the authors",
    homepage="https://github.com/rui1996/DeRaindrop",
    how_to_get=(
        "Download test_a.zip from the link on the homepage, and use raindrop=test_a.zip; for test B use "
        "raindrop[variant=b]=test_b.zip."
    ),
    citation=Citation(
        ("Qian, Rui", "Tan, Robby T.", "Yang, Wenhan", "Su, Jiajun", "Liu, Jiaying"),
        "Attentive Generative Adversarial Network for Raindrop Removal from A Single Image",
        "CVPR",
        2018,
        arxiv="1711.10098",
    ),
    notes=(
        "All-weather papers measure test A; test B is another, harder set with JPEG images.",
        "WeatherDiffusion's loader resizes input and target before the network: weatherdiffusion-resized@1.",
        "The images are pairs of photographs taken one after the other, so that leaves and water may have moved.",
    ),
)


@register_dataset(CARD)
def raindrop(root: Path | None, *, variant: Literal["a", "b"] = "a") -> PairedDataset:
    """Open a Raindrop test set; the key of `0_rain.png` is `0`.

    Args:
        root: a folder with one of `CARD.layouts`, or its parent.
        variant: `a` (58 pairs) or `b` (249 pairs).

    Raises:
        DatasetError: no known layout, or more pairs than the test set has.
        PairingError: images without a partner.
    """
    card = replace(CARD, expected_pairs=PAIRS[variant])
    bases = ("", f"test_{variant}", f"test_{variant}/test_{variant}", *(("test",) if variant == "a" else ()))
    found = Recogniser(card, LAYOUTS, bases).find(root)
    return open_counted(card, found, root, variant=f"test {variant.upper()}")
