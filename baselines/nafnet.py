"""NAFNet: a U-net without activation functions (Chen et al., ECCV 2022)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult
from ..bench.errors import UsageError
from ..bench.models.entries import register_model
from ..bench.models.local_windows import GlobalOperation, Window, of_local_mean, window_at
from .blocks import LayerNorm2d, pad_to_multiple, shuffle_up, simple_gate

__all__ = [
    "NAFLayers",
    "NAFNet",
    "NAFNetConfig",
    "NAFUNet",
    "nafnet_nano",
    "nafnet_width32",
    "nafnet_width32_notlc",
    "nafnet_width64",
    "nafnet_width64_notlc",
]

LICENCE = "MIT"
README = "https://github.com/megvii-research/NAFNet/blob/50cb1496d6/readme.md"
PAPER = Citation(
    ("Chen, Liangyu", "Chu, Xiaojie", "Zhang, Xiangyu", "Sun, Jian"),
    "Simple Baselines for Image Restoration",
    "ECCV",
    2022,
    arxiv="2204.04676",
)
NOTES = (
    "Official results use TLC; without it, width64 loses about 0.6 dB on GoPro.",
    "The network pads internally with zeros to a multiple of 16, and the TLC windows include the padding.",
    "float16, bfloat16, channels_last and torch.compile (one graph) work.",
)


@dataclass(frozen=True, slots=True)
class NAFNetConfig:
    """Width and numbers of blocks of a U-net of NAF blocks."""

    width: int
    """Channels at full resolution, doubled at each level."""

    encoder: tuple[int, ...] = (1, 1, 1, 28)
    """Blocks per encoder level, highest resolution first."""

    middle: int = 1
    """Blocks at the lowest resolution."""

    decoder: tuple[int, ...] = (1, 1, 1, 1)
    """Blocks per decoder level, lowest resolution first."""


class ChannelAttention(GlobalOperation, nn.ModuleDict):
    """Simplified channel attention (section 3.2): x * conv1x1(mean(x)), with the official key `1`.

    Args:
        channels: channels of input and output.
        window: of the local mean; `None` for the global mean.
    """

    def __init__(self, channels: int, window: Window | None) -> None:
        super().__init__({"1": nn.Conv2d(channels, channels, 1)})
        self.window = window

    def forward(self, x: Tensor) -> Tensor:
        return x * of_local_mean(x, self.window, self["1"])


class NAFLayers(nn.Module):
    """The two branches of a block without their summation, shared by NAFNet and Refusion."""

    def add_layers(self, channels: int, window: Window | None, norm: Callable[[int], nn.Module]) -> None:
        """Register the layers in the order of the official state dict."""
        self.conv1 = nn.Conv2d(channels, 2 * channels, 1)
        self.conv2 = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels)
        self.conv3 = nn.Conv2d(channels, channels, 1)
        self.sca = ChannelAttention(channels, window)
        self.conv4 = nn.Conv2d(channels, 2 * channels, 1)
        self.conv5 = nn.Conv2d(channels, channels, 1)
        self.norm1 = norm(channels)
        self.norm2 = norm(channels)

    def spatial(self, x: Tensor) -> Tensor:
        """First branch after its normalisation."""
        return self.conv3(self.sca(simple_gate(self.conv2(self.conv1(x)))))

    def channel(self, x: Tensor) -> Tensor:
        """Second branch after its normalisation."""
        return self.conv5(simple_gate(self.conv4(x)))


class NAFBlock(NAFLayers):
    """A spatial and a channel branch, each with a normalisation and a learned residual scale.

    Args:
        channels: channels of input and output.
        window: of the channel attention; `None` for the whole image.
    """

    def __init__(self, channels: int, window: Window | None = None) -> None:
        super().__init__()
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.add_layers(channels, window, lambda width: LayerNorm2d(width, 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        x = torch.addcmul(x, self.spatial(self.norm1(x)), self.beta)
        return torch.addcmul(x, self.channel(self.norm2(x)), self.gamma)


class Stack(nn.ModuleList):
    """A sequence of blocks that all receive the same conditions."""

    def forward(self, x: Tensor, *condition: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        for block in self:
            x = block(x, *condition)
        return x


class NAFUNet(nn.Module):
    """The U-net around the blocks, shared by NAFNet and Refusion."""

    def add_unet(self, layout: NAFNetConfig, *, channels_in: int, block: Callable[[int, int], nn.Module]) -> None:
        """Register the layers in the order of the official state dict; `block` builds one from (channels, level)."""
        width, depth = layout.width, len(layout.encoder)
        self.multiple = 2**depth
        self.intro = nn.Conv2d(channels_in, width, 3, padding=1)
        self.ending = nn.Conv2d(width, 3, 3, padding=1)

        def stack(count: int, level: int) -> Stack:
            return Stack(block(width << level, level) for _ in range(count))

        going_up = list(zip(reversed(range(depth)), layout.decoder, strict=True))
        self.encoders = nn.ModuleList(stack(count, level) for level, count in enumerate(layout.encoder))
        self.decoders = nn.ModuleList(stack(count, level) for level, count in going_up)
        self.middle_blks = stack(layout.middle, depth)
        self.ups = nn.ModuleList(shuffle_up(width << (level + 1), 1) for level, _ in going_up)
        self.downs = nn.ModuleList(nn.Conv2d(width << level, width << (level + 1), 2, 2) for level in range(depth))

    def apply_unet(self, image: Tensor, *condition: Tensor) -> Tensor:
        """Map (N, channels_in, H, W) of any size to (N, 3, H, W), with internal zero padding."""
        height, width = image.shape[-2:]
        x = self.intro(pad_to_multiple(image, self.multiple, "zeros"))
        skips: list[Tensor] = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            skips.append(encoder(x, *condition))
            x = down(skips[-1])
        x = self.middle_blks(x, *condition)
        for decoder, up in zip(self.decoders, self.ups, strict=True):
            x = decoder(up(x) + skips.pop(), *condition)
        return self.ending(x)[..., :height, :width]


class NAFNet(NAFUNet):
    """Nonlinear activation free network (arXiv 2204.04676, section 3).

    Args:
        layout: width and numbers of blocks.
        train_size: side of the training patches that sets the TLC windows; `None` for global means.

    Raises:
        UsageError: `train_size` is too small for the number of levels.
    """

    def __init__(self, layout: NAFNetConfig, *, train_size: int | None = None) -> None:
        super().__init__()
        if train_size is not None and train_size < 1 << len(layout.encoder):
            raise UsageError(
                f"NAFNet cannot have train_size {train_size}: use at least {1 << len(layout.encoder)} pixels, which "
                "leave one at the lowest resolution."
            )

        def block(channels: int, level: int) -> NAFBlock:
            return NAFBlock(channels, None if train_size is None else window_at(train_size, level))

        self.add_unet(layout, channels_in=3, block=block)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W) of any size; the output is not clamped."""
        return self.apply_unet(image) + image


def _card(width: int, file_id: str, rows: Mapping[str, float], *, tlc: bool) -> ModelCard:
    title = f"NAFNet-width{width}"
    return ModelCard(
        name=title.lower() if tlc else f"{title.lower()}-notlc",
        title=title if tlc else f"{title} without TLC",
        task="deblurring",
        family="NAFNet",
        citation=PAPER,
        licence=LICENCE,
        quantiser="half-even",
        variant="TLC" if tlc else "full image",
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro",
                url="",
                filename=f"NAFNet-GoPro-width{width}.pth",
                licence=LICENCE,
                by_hand=(
                    f"Download NAFNet-GoPro-width{width}.pth from https://drive.google.com/file/d/{file_id}/view, "
                    "linked in docs/GoPro.md of megvii-research/NAFNet."
                ),
            ),
        ),
        published=tuple(PublishedResult("gopro", metric, value, "gopro@1", README) for metric, value in rows.items()),
        notes=NOTES,
        settings={"train_size": 256 if tlc else None},
    )


_WIDTH32 = "1Fr2QadtDCEXg6iwWX8OzeZLbHOx2t5Bj"
_WIDTH64 = "1S0PVRbyTakYY9a82kujgZLbMihfNBLfC"


@register_model(_card(32, _WIDTH32, {"psnr": 32.8705, "ssim": 0.9606}, tlc=True))
def nafnet_width32(train_size: int = 256) -> nn.Module:
    """NAFNet-width32 as officially tested, with TLC for training patches of `train_size`."""
    return NAFNet(NAFNetConfig(32), train_size=train_size)


@register_model(_card(64, _WIDTH64, {"psnr": 33.7103, "ssim": 0.9668}, tlc=True))
def nafnet_width64(train_size: int = 256) -> nn.Module:
    """NAFNet-width64 as officially tested, with TLC for training patches of `train_size`."""
    return NAFNet(NAFNetConfig(64), train_size=train_size)


@register_model(_card(32, _WIDTH32, {}, tlc=False))
def nafnet_width32_notlc() -> nn.Module:
    """NAFNet-width32 with global means, as trained."""
    return NAFNet(NAFNetConfig(32))


@register_model(_card(64, _WIDTH64, {}, tlc=False))
def nafnet_width64_notlc() -> nn.Module:
    """NAFNet-width64 with global means, as trained."""
    return NAFNet(NAFNetConfig(64))


@register_model(
    ModelCard(
        name="nafnet-nano",
        title="NAFNet-nano",
        task="restoration",
        family="NAFNet",
        citation=PAPER,
        notes=("A preset by this project for laptops and tests, 0.29 M parameters; not published in a paper.",),
    )
)
def nafnet_nano(train_size: int | None = None) -> nn.Module:
    """NAFNet of width 16 with three levels of one block; `train_size` enables TLC."""
    return NAFNet(NAFNetConfig(16, encoder=(1, 1, 1), middle=1, decoder=(1, 1, 1)), train_size=train_size)
