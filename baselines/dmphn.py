"""DMPHN(1-2-4): a multi-patch hierarchy of quarters, halves and the whole image (Zhang et al., CVPR 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from ..bench.contracts import Checkpoint, Citation, ModelCard, SizeRequirements
from ..bench.errors import CheckpointError
from ..bench.models.checkpoints import read_checkpoint
from ..bench.models.entries import register_model
from .blocks import join_halves, split_halves

__all__ = ["DMPHN", "dmphn", "read_folder"]

PARTS = ("encoder_lv1", "encoder_lv2", "encoder_lv3", "decoder_lv1", "decoder_lv2", "decoder_lv3")
"""Names of the six networks and of their files in the official folder."""


class _Block(nn.ModuleDict):
    """Residual block x + conv(ReLU(conv(x))), with the official keys `0` and `2`."""

    def __init__(self, channels: int) -> None:
        super().__init__({"0": _conv3(channels, channels), "2": _conv3(channels, channels)})

    def forward(self, features: Tensor) -> Tensor:
        return features + self["2"](torch.relu_(self["0"](features)))


class _PatchEncoder(nn.Sequential):
    """Encoder of patches: (N, 3, H, W) to features (N, 4 * width, H/4, W/4)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer1 = _conv3(3, width)
        self.layer2, self.layer3 = _Block(width), _Block(width)
        self.layer5 = _conv3(width, 2 * width, stride=2)
        self.layer6, self.layer7 = _Block(2 * width), _Block(2 * width)
        self.layer9 = _conv3(2 * width, 4 * width, stride=2)
        self.layer10, self.layer11 = _Block(4 * width), _Block(4 * width)


class _PatchDecoder(nn.Sequential):
    """Decoder of patches: features (N, 4 * width, H/4, W/4) to (N, 3, H, W)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer13, self.layer14 = _Block(4 * width), _Block(4 * width)
        self.layer16 = nn.ConvTranspose2d(4 * width, 2 * width, 4, stride=2, padding=1)
        self.layer17, self.layer18 = _Block(2 * width), _Block(2 * width)
        self.layer20 = nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1)
        self.layer21, self.layer22 = _Block(width), _Block(width)
        self.layer24 = _conv3(width, 3)


class DMPHN(nn.Module):
    """Deep multi-patch hierarchical network of three levels (arXiv 1904.03468, section 3.1).

    Level 3 processes four quarters, level 2 the top and bottom halves, level 1 the whole image; each level passes
    its features and a residual image to the next. The patches of a level are processed as one batch.

    Args:
        width: channels of the first layer; 32 in the paper.
    """

    def __init__(self, *, width: int = 32) -> None:
        super().__init__()
        self.encoder_lv1, self.encoder_lv2, self.encoder_lv3 = (_PatchEncoder(width) for _ in range(3))
        self.decoder_lv1, self.decoder_lv2, self.decoder_lv3 = (_PatchDecoder(width) for _ in range(3))

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W) in [0, 1], not clamped; H and W must be multiples of 8."""
        image = image - 0.5
        halves = split_halves(image, 2)
        quarter_features = self.encoder_lv3(split_halves(halves, 3))
        half_features = join_halves(quarter_features, 3)
        halves = halves + self.decoder_lv3(half_features)
        half_features = half_features + self.encoder_lv2(halves)
        features = join_halves(half_features, 2)
        features = features + self.encoder_lv1(image + self.decoder_lv2(features))
        return self.decoder_lv1(features) + 0.5


def _conv3(channels_in: int, channels_out: int, *, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1)


def read_folder(path: Path) -> Mapping[str, Tensor]:
    """Read the state dict from the official folder of six files, or from a single checkpoint.

    Raises:
        CheckpointError: one of the six files is missing or unusable.
    """
    if not path.is_dir():
        return read_checkpoint(path)
    missing = [f"{part}.pkl" for part in PARTS if not (path / f"{part}.pkl").is_file()]
    if missing:
        raise CheckpointError(
            f"The folder {path} has no {', '.join(missing)}: give the folder with the six official files "
            f"{PARTS[0]}.pkl to {PARTS[-1]}.pkl."
        )
    return {f"{part}.{key}": value for part in PARTS for key, value in read_checkpoint(path / f"{part}.pkl").items()}


@register_model(
    ModelCard(
        name="dmphn",
        title="DMPHN(1-2-4)",
        task="deblurring",
        family="DMPHN",
        citation=Citation(
            ("Zhang, Hongguang", "Dai, Yuchao", "Li, Hongdong", "Koniusz, Piotr"),
            "Deep Stacked Hierarchical Multi-patch Network for Image Deblurring",
            "CVPR",
            2019,
            arxiv="1904.03468",
        ),
        licence="none stated (all rights reserved)",
        size=SizeRequirements(multiple_of=8, padding="reflect"),
        quantiser="half-up",
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro",
                url="",
                sha256="8adedb3307471ae51265b2a1de784c10ff78c72019968606b113836d9c2ba8a0",
                filename="dmphn_gopro",
                licence="none stated (all rights reserved)",
                by_hand=(
                    "Download the six files of checkpoints/DMPHN_1_2_4 from the repository "
                    "HongguangZhang/DMPHN-cvpr19-master (commit 9fff261) into one folder and give that folder."
                ),
            ),
        ),
        notes=(
            "The weights are a folder of six files; the official script does not pad, as 1280x720 is divisible by 8.",
            "The authors' result images were truncated (older torchvision); the same script now rounds half up.",
            "float16, bfloat16, channels_last and torch.compile (one graph) work.",
        ),
    ),
    read_weights=read_folder,
)
def dmphn() -> nn.Module:
    """The three-level network at its official width."""
    return DMPHN()
