"""The registered configurations of ConvIR."""

from __future__ import annotations

from torch import nn

from ...bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ...bench.models.entries import register_model
from .network import ConvIR, ConvIRConfig

__all__ = ["convir", "convir_b", "convir_derain", "convir_nano", "convir_s"]

PAPER = Citation(
    ("Cui, Yuning", "Ren, Wenqi", "Cao, Xiaochun", "Knoll, Alois"),
    "Revitalizing Convolutional Network for Image Restoration",
    "IEEE Transactions on Pattern Analysis and Machine Intelligence",
    2024,
    url="https://ieeexplore.ieee.org/document/10571568",
)
LICENCE = "MIT"
README = "https://github.com/c-yn/ConvIR/blob/05dcbffa20/README.md"
FOLDER = "https://drive.google.com/drive/folders/1_5fO2p5xoWO5cUEVoXJ7x3Uhg1AP18FQ"
NOTES = (
    "Products of the dynamic filters are multiplications by element, which no usual count of MACs includes.",
    "Smaller images than the minimum are padded up to it, because the maps inside must exceed the dilations.",
)
DEBLURRING = ConvIRConfig()
DERAINING = ConvIRConfig(dilations=(3, 7, 9))
NANO = ConvIRConfig(width=8, blocks=2, dilations=(1, 2, 3))


def _size(minimum: int) -> SizeRequirements:
    return SizeRequirements(multiple_of=32, minimum=minimum, padding="reflect")


def _by_hand(task: str) -> str:
    return f"Download the file for {task} from {FOLDER}, linked in the README of c-yn/ConvIR."


@register_model(
    ModelCard(
        name="convir",
        title="ConvIR-L",
        task="deblurring",
        family="ConvIR",
        citation=PAPER,
        licence=LICENCE,
        size=_size(256),
        quantiser="half-up",
        checkpoints=(
            Checkpoint(
                name="gopro", trained_on="GoPro", url="", licence=LICENCE, by_hand=_by_hand("motion deblurring, GoPro")
            ),
        ),
        lookalikes=("convir-derain",),
        published=(PublishedResult("gopro", "psnr", 33.28, "mimo-unet@1", README),),
        notes=NOTES,
    )
)
def convir() -> nn.Module:
    """ConvIR-L for motion deblurring."""
    return ConvIR(DEBLURRING)


@register_model(
    ModelCard(
        name="convir-derain",
        title="ConvIR-L",
        task="deraining",
        family="ConvIR",
        citation=PAPER,
        licence=LICENCE,
        size=_size(128),
        quantiser="half-up",
        checkpoints=(
            Checkpoint(
                name="rain13k", trained_on="Rain13K", url="", licence=LICENCE, by_hand=_by_hand("image deraining")
            ),
        ),
        lookalikes=("convir",),
        published=(
            PublishedResult("test100", "psnr", 31.40, "rain13k@1", README),
            PublishedResult("test100", "ssim", 0.919, "rain13k@1", README),
            PublishedResult("test2800", "psnr", 33.73, "rain13k@1", README),
            PublishedResult("test2800", "ssim", 0.937, "rain13k@1", README),
        ),
        notes=(
            (
                "Image_deraining/test.py at c-yn/ConvIR@3a98687 saves the images, and by its README a MATLAB file "
                "scores them, which was not among the files that could be read; the test sets are those of `rain13k@1`."
            ),
            "The keys are those of `convir`; only the dilations of the dynamic filters differ.",
            "The official test saves the padded image without cropping it; here it is cropped.",
            *NOTES,
        ),
    )
)
def convir_derain() -> nn.Module:
    """ConvIR-L for deraining."""
    return ConvIR(DERAINING)


def _smaller(letter: str, title: str) -> ModelCard:
    return ModelCard(
        name=f"convir-{letter}",
        title=title,
        task="restoration",
        family="ConvIR",
        citation=PAPER,
        licence=LICENCE,
        size=_size(256),
        quantiser="half-up",
        notes=(
            "The published size with the dilations for motion deblurring, which has no official weights of this size.",
            "Official files of this size, for dehazing or snow, may have other dilations, which no tensor shows.",
            *NOTES,
        ),
    )


@register_model(_smaller("s", "ConvIR-S"))
def convir_s() -> nn.Module:
    """ConvIR with 4 blocks per level, for training."""
    return ConvIR(ConvIRConfig(blocks=4))


@register_model(_smaller("b", "ConvIR-B"))
def convir_b() -> nn.Module:
    """ConvIR with 8 blocks per level, for training."""
    return ConvIR(ConvIRConfig(blocks=8))


@register_model(
    ModelCard(
        name="convir-nano",
        title="ConvIR-nano",
        task="restoration",
        family="ConvIR",
        citation=PAPER,
        size=_size(64),
        quantiser="half-up",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def convir_nano() -> nn.Module:
    """ConvIR with a quarter of the width, two blocks per level and short dilations."""
    return ConvIR(NANO)
