"""GoPro: 1111 test pairs of 11 hand-held sequences, 1280x720 (Nah et al., CVPR 2017)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from ..bench.contracts import Citation, DatasetCard, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, few
from .copies.official_lists import official_keys
from .layouts.layout import Images, Layout, on_name, on_path
from .layouts.lmdb_images import LmdbImages
from .layouts.paired_list import open_pairs
from .layouts.recognition import Recogniser

__all__ = ["gopro"]

CARD = DatasetCard(
    name="gopro",
    title="GoPro",
    task="deblurring",
    expected_pairs=1111,
    default_protocol="gopro@1",
    layouts=(
        "test/GOPR0384_11_00/{blur,blur_gamma,sharp}/000001.png",
        "test/GoPro/{input,target}/GOPR0384_11_00-000001.png",
        "test/{blur,sharp}/GOPR0384_11_00_000001.png",
        "{blurry,gt}, {lq,gt} or {LQ,HQ} with equal names",
        "test/{input,target}.lmdb",
    ),
    licence="CC BY 4.0",
    homepage="https://seungjunnah.github.io/Datasets/gopro",
    how_to_get=(
        "Download GOPRO_Large.zip from the homepage and use gopro=GOPRO_Large.zip, or the folder after unpacking; "
        "the test archives of MPRNet, Restormer and NAFNet are recognised too."
    ),
    citation=Citation(
        ("Nah, Seungjun", "Kim, Tae Hyun", "Lee, Kyoung Mu"),
        "Deep Multi-scale Convolutional Neural Network for Dynamic Scene Deblurring",
        "CVPR",
        2017,
        arxiv="1612.02177",
    ),
    notes=(
        (
            "Most papers since MPRNet use the folder blur, which the authors call linear CRF (scale3_adv_lin); their "
            "own blur_gamma (gamma 2.2) is gopro[variant=blur_gamma]."
        ),
        (
            "Sets of the same name averaged from 7 or 11 frames of GOPRO_Large_all, as for video, are other data: "
            "their frames are refused where the names show it; paired[title=NAME] measures them."
        ),
    ),
)

SEQUENCE = r"(GOPR\d{4}_\d{2}_\d{2})"
FLAT = on_name(rf"{SEQUENCE}[-_](\d{{6}})|([^/]+)")
"""`GOPR0384_11_00-000001` (MPRNet) and `GOPR0384_11_00_000001` (MIMO-UNet); other names are used as keys unchanged."""

FLAT_FOLDERS = (("input", "target"), ("blur", "sharp"), ("blurry", "gt"), ("lq", "gt"), ("LQ", "HQ"))
BASES = ("", "test", "test/GoPro", "GoPro", "GoPro/test", "GOPRO_Large", "GOPRO_Large/test", "train")


def _flat(degraded: str, target: str) -> Layout:
    return Layout(f"{{{degraded},{target}}}/SEQUENCE-FRAME.png", Images(degraded, FLAT), Images(target, FLAT))


def _official(variant: str) -> Layout:
    blurred, sharp = (on_path(rf"{SEQUENCE}/{folder}/(\d{{6}})") for folder in (variant, "sharp"))
    name = f"SEQUENCE/{{{variant},sharp}}/FRAME.png"
    return Layout(name, Images(f"*/{variant}", blurred), Images("*/sharp", sharp))


LMDB = Layout("{input,target}.lmdb", LmdbImages("input.lmdb", FLAT), LmdbImages("target.lmdb", FLAT))


@register_dataset(CARD)
def gopro(root: Path | None, *, variant: Literal["blur", "blur_gamma"] = "blur") -> PairedDataset:
    """Open the GoPro test split.

    Args:
        root: a folder with one of `CARD.layouts`, or its parent.
        variant: `blur` (linear camera response) or `blur_gamma`; only the official layout has both.

    Raises:
        DatasetError: no known layout, the training split, or images that are not from GoPro.
        PairingError: images without a partner.
    """
    flat = [LMDB, *(_flat(*folders) for folders in FLAT_FOLDERS)] if variant == "blur" else []
    found = Recogniser(CARD, [_official(variant), *flat], BASES).find(root)
    test = official_keys("gopro test")
    warnings = _check_keys(found.base, set(found.degraded.images), test)
    return open_pairs(
        CARD,
        found.pairs(group=_sequence),
        layout=found.layout.name,
        root=str(root),
        variant=variant,
        expected=test if not warnings else None,
        sizes=[(720, 1280)],
        warnings=warnings,
    )


def _sequence(key: str) -> str:
    return key.rpartition("/")[0]


def _check_keys(base: Path, keys: set[str], test: frozenset[str]) -> list[str]:
    """Refuse training frames and frames that GoPro does not have; warn about names without a frame number."""
    training = keys & official_keys("gopro train")
    if training:
        raise DatasetError(
            f"{base} contains the training split of GoPro ({few(sorted(training))}): give the folder of the test split."
        )
    named = {key for key in keys if "/" in key}
    unknown = named - test
    if unknown:
        raise DatasetError(f"{base} contains frames that GoPro does not have ({few(sorted(unknown))}): remove them.")
    if not named and re.fullmatch(SEQUENCE, base.name):
        raise DatasetError(f"{base} is a single sequence of GoPro: give its parent folder, gopro={base.parent}.")
    if keys - named:
        return ["The file names do not identify GoPro frames, so only their number was checked."]
    return []
