"""The registered generators of DeblurGAN-v2."""

from __future__ import annotations

from torch import nn

from ...bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ...bench.models.entries import register_model
from .inception import inception
from .mobilenet import mobilenet
from .pyramid import Generator

__all__ = ["deblurganv2_inception", "deblurganv2_mobilenet"]

PAPER = Citation(
    ("Kupyn, Orest", "Martyniuk, Tetiana", "Wu, Junru", "Wang, Zhangyang"),
    "DeblurGAN-v2: Deblurring (Orders-of-Magnitude) Faster and Better",
    "ICCV",
    2019,
    arxiv="1908.03826",
)
LICENCE = "BSD, as the repository VITA-Group/DeblurGANv2 says"
TABLE = "https://github.com/VITA-Group/DeblurGANv2/blob/4209f38085/doc_images/gopro_table.png"


def _card(backbone: str, title: str, file_id: str, psnr: float, *, minimum: int, cost: str) -> ModelCard:
    return ModelCard(
        name=f"deblurganv2-{backbone}",
        title=title,
        task="deblurring",
        family="DeblurGAN-v2",
        citation=PAPER,
        licence=LICENCE,
        size=SizeRequirements(minimum=minimum),
        quantiser="truncate",
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro and other data, as the paper describes",
                url="",
                filename=f"fpn_{backbone}.h5",
                licence=LICENCE,
                by_hand=(
                    f"Download fpn_{backbone}.h5 from https://drive.google.com/file/d/{file_id}/view, linked in the "
                    "README of VITA-Group/DeblurGANv2; it is a file of torch despite its ending."
                ),
            ),
        ),
        published=(PublishedResult("gopro", "psnr", psnr, "deblurganv2@1", TABLE),),
        notes=(
            "Normalises each picture by its own statistics: the official code never leaves training mode.",
            "Pads inside with mid grey to the next multiple of 32, by a whole block if the size already is one.",
            cost,
            "Statistics over few pixels amplify rounding: use float32 for small pictures.",
            "The published GoPro is the subset with linear blur; the published SSIM is CW-SSIM.",
        ),
    )


@register_model(
    _card(
        "mobilenet",
        "DeblurGAN-v2 MobileNet",
        "1JhnT4BBeKBBSLqTo6UsJ13HeBXevarrU",
        28.17,
        minimum=32,
        cost="The generator takes 2.71 GMACs for 256x256; with the padding to 288x288 it is 3.43.",
    )
)
def deblurganv2_mobilenet() -> nn.Module:
    """DeblurGAN-v2 on MobileNetV2."""
    return Generator(mobilenet(), 64)


@register_model(
    _card(
        "inception",
        "DeblurGAN-v2 Inception-ResNet-v2",
        "1UXcsRVW-6KF23_TNzxw-xC0SzaMfXOaR",
        29.55,
        minimum=96,
        cost="The generator takes 17.5 GMACs for 256x256; with the padding to 288x288 it is 22.4.",
    )
)
def deblurganv2_inception() -> nn.Module:
    """DeblurGAN-v2 on Inception-ResNet-v2."""
    return Generator(inception(), 128)
