"""FFTformer: attention within 8x8 patches, computed as a product of their spectra.

Kong, Dong, Ge, Li, Pan, "Efficient Frequency Domain-based Transformers for High-Quality Image
Deblurring", CVPR 2023, arXiv 2211.12250. State-dict keys are those of the official checkpoints.
"""

# torch.fft is not typed:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, fft, nn
from torch.nn import functional

from ..bench.contracts import Checkpoint, Citation, ModelCard, PublishedResult, SizeRequirements
from ..bench.models.entries import register_model
from .blocks import LayerNorm2d, gelu_gate, times, under

__all__ = ["FFTformer", "FFTformerConfig", "fftformer", "fftformer_nano"]

PATCH = 8
"""Side in pixels of the transformed patches."""


@dataclass(frozen=True, slots=True)
class FFTformerConfig:
    """Sizes of the network; the defaults are the official configuration."""

    width: int = 48
    """Channels at full resolution, doubled at each of the two lower levels."""

    blocks: tuple[int, int, int] = (6, 6, 12)
    """Blocks per level, in both encoder and decoder. The official constructor takes a fourth number but
    ignores it."""

    refinement_blocks: int = 4
    expansion: float = 3
    """Ratio of hidden channels to channels in the feed-forward network; the product is truncated."""


NANO = FFTformerConfig(width=12, blocks=(1, 1, 2), refinement_blocks=1)
"""0.31 M parameters, for tests and laptops."""

FUSION_EXPANSION = 2.66
"""Feed-forward expansion in `SkipFusion`; the official constructor leaves it at Restormer's value."""


def _spectrum(x: Tensor) -> Tensor:
    """Compute half spectra of the 8x8 patches of (N, C, H, W): complex (N, C, H/8, 8, W/8, 5).

    The axes of a patch are transformed in place. cuFFT takes both at once; MKL copies less and is a third
    faster with one axis at a time. Neither supports bfloat16, so lower precisions are raised to float32.
    """
    if x.dtype in {torch.float16, torch.bfloat16}:
        x = x.float()
    batch, channels, height, width = x.shape
    patches = x.reshape(batch, channels, height // PATCH, PATCH, width // PATCH, PATCH)
    return fft.rfft2(patches, dim=(3, 5)) if patches.is_cuda else fft.fft(fft.rfft(patches), dim=3)


def _image(spectrum: Tensor, like: Tensor) -> Tensor:
    """Inverse of `_spectrum`, with the shape (except channels) and dtype of `like`."""
    if spectrum.is_cuda:
        patches = fft.irfft2(spectrum, s=(PATCH, PATCH), dim=(3, 5))
    else:
        patches = fft.irfft(fft.ifft(spectrum, dim=3), n=PATCH)
    return patches.reshape(spectrum.shape[0], spectrum.shape[1], *like.shape[-2:]).to(like.dtype)


class SpectralAttention(nn.Module):
    """Frequency-domain self-attention: circular convolution of query and key patches weights the value (eq. 4-6)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.to_hidden = nn.Conv2d(channels, 6 * channels, 1, bias=False)
        self.to_hidden_dw = nn.Conv2d(6 * channels, 6 * channels, 3, padding=1, groups=6 * channels, bias=False)
        self.project_out = nn.Conv2d(2 * channels, channels, 1, bias=False)
        self.norm = under("body", LayerNorm2d(2 * channels, 1e-5))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; H and W multiples of 8."""
        query, key, value = self.to_hidden_dw(self.to_hidden(x)).chunk(3, dim=1)
        similarity = _image(times(_spectrum(query), _spectrum(key)), like=value)
        return self.project_out(times(self.norm(similarity), value))


class SpectralFeedForward(nn.Module):
    """Discriminative frequency-domain feed-forward network: a learned gain per frequency of each patch (eq. 7)."""

    def __init__(self, channels: int, expansion: float) -> None:
        super().__init__()
        hidden = 2 * int(channels * expansion)
        self.fft = nn.Parameter(torch.ones(hidden, 1, 1, PATCH, PATCH // 2 + 1))
        self.project_in = nn.Conv2d(channels, hidden, 1, bias=False)
        self.dwconv = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden, bias=False)
        self.project_out = nn.Conv2d(hidden // 2, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape; H and W multiples of 8."""
        hidden = self.project_in(x)
        gain = self.fft.transpose(2, 3)
        hidden = _image(times(_spectrum(hidden), gain), like=hidden)
        return self.project_out(gelu_gate(self.dwconv(hidden)))


class FrequencyBlock(nn.Module):
    """Pre-norm residual block: attention (decoder only), then the feed-forward network."""

    def __init__(self, channels: int, expansion: float, *, attention: bool) -> None:
        super().__init__()
        if attention:
            self.norm1 = under("body", LayerNorm2d(channels, 1e-5))
            self.attn = SpectralAttention(channels)
        self.attention = attention
        self.norm2 = under("body", LayerNorm2d(channels, 1e-5))
        self.ffn = SpectralFeedForward(channels, expansion)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        if self.attention:
            x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))


class SkipFusion(nn.Module):
    """Fusion of decoder and encoder features of C channels: a block on 2C channels, then the sum of its halves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.att_channel = FrequencyBlock(2 * channels, FUSION_EXPANSION, attention=False)
        self.conv = nn.Conv2d(2 * channels, 2 * channels, 1)
        self.conv2 = nn.Conv2d(2 * channels, 2 * channels, 1)

    def forward(self, decoded: Tensor, encoded: Tensor) -> Tensor:
        """Map two (N, C, H, W) to one."""
        joined = self.conv(torch.cat((decoded, encoded), 1))
        first, second = self.conv2(self.att_channel(joined)).chunk(2, dim=1)
        return first + second


class _Halve(nn.Module):
    """Bilinear downsampling by 2, which averages 2x2 squares."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, 2)


def _down(channels: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels, 2 * channels, 3, padding=1, bias=False)
    return under("body", nn.Sequential(_Halve(), convolution))


def _up(channels: int) -> nn.Sequential:
    enlarge = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    return under("body", nn.Sequential(enlarge, nn.Conv2d(channels, channels // 2, 3, padding=1, bias=False)))


class FFTformer(nn.Module):
    """The FFTformer network on (N, 3, H, W) RGB in [0, 1]; H and W multiples of 32. The output is not clamped."""

    def __init__(self, config: FFTformerConfig) -> None:
        super().__init__()
        width, blocks = config.width, config.blocks

        def level(channels: int, blocks: int, *, attention: bool) -> nn.Sequential:
            return nn.Sequential(
                *(FrequencyBlock(channels, config.expansion, attention=attention) for _ in range(blocks))
            )

        self.patch_embed = under("proj", nn.Conv2d(3, width, 3, padding=1, bias=False))
        self.encoder_level1 = level(width, blocks[0], attention=False)
        self.down1_2 = _down(width)
        self.encoder_level2 = level(2 * width, blocks[1], attention=False)
        self.down2_3 = _down(2 * width)
        self.encoder_level3 = level(4 * width, blocks[2], attention=False)
        self.decoder_level3 = level(4 * width, blocks[2], attention=True)
        self.up3_2 = _up(4 * width)
        # Present in every official checkpoint but unused: the fusion replaced it.
        self.reduce_chan_level2 = nn.Conv2d(4 * width, 2 * width, 1, bias=False)
        self.decoder_level2 = level(2 * width, blocks[1], attention=True)
        self.up2_1 = _up(2 * width)
        self.decoder_level1 = level(width, blocks[0], attention=True)
        self.refinement = level(width, config.refinement_blocks, attention=True)
        self.fuse2 = SkipFusion(2 * width)
        self.fuse1 = SkipFusion(width)
        self.output = nn.Conv2d(width, 3, 3, padding=1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        """Restore (N, 3, H, W); H and W must be multiples of 32."""
        skip1 = self.encoder_level1(self.patch_embed(image))
        skip2 = self.encoder_level2(self.down1_2(skip1))
        x = self.decoder_level3(self.encoder_level3(self.down2_3(skip2)))
        x = self.decoder_level2(self.fuse2(self.up3_2(x), skip2))
        x = self.decoder_level1(self.fuse1(self.up2_1(x), skip1))
        return self.output(self.refinement(x)) + image


_PAPER = Citation(
    ("Kong, Lingshun", "Dong, Jiangxin", "Ge, Jianjun", "Li, Mingqiang", "Pan, Jinshan"),
    "Efficient Frequency Domain-based Transformers for High-Quality Image Deblurring",
    "CVPR",
    2023,
    arxiv="2211.12250",
)
_LICENCE = "MIT"
_SIZE = SizeRequirements(multiple_of=32, padding="reflect")
_ID_BLAU = "https://github.com/plusgood-steven/ID-Blau/blob/0209eb14e3/figure/Quantitative.png (CVPR 2024)"
_REALBLUR_BY_HAND = (
    "The folder of RealBlur weights on Google Drive that the author links in issue 12 of kkkls/FFTformer; "
    "give the file with -m 'fftformer=FILE'."
)


@register_model(
    ModelCard(
        name="fftformer",
        title="FFTformer",
        task="deblurring",
        family="FFTformer",
        citation=_PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-up",
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro",
                url="",
                filename="fftformer_GoPro.pth",
                licence=_LICENCE,
                by_hand="pretrain_model/fftformer_GoPro.pth of the repository kkkls/FFTformer.",
            ),
            Checkpoint(
                name="realblur-r",
                trained_on="RealBlur-R (fine-tuned from GoPro)",
                url="",
                licence=_LICENCE,
                by_hand=_REALBLUR_BY_HAND,
            ),
            Checkpoint(
                name="realblur-j",
                trained_on="RealBlur-J (fine-tuned from GoPro)",
                url="",
                licence=_LICENCE,
                by_hand=_REALBLUR_BY_HAND,
            ),
        ),
        published=(
            PublishedResult("gopro", "psnr", 34.21, "gopro@1", _ID_BLAU),
            PublishedResult("gopro", "ssim", 0.969, "gopro@1", _ID_BLAU),
            PublishedResult("hide", "psnr", 31.62, "gopro@1", _ID_BLAU),
            PublishedResult("hide", "ssim", 0.946, "gopro@1", _ID_BLAU),
            PublishedResult("realblur-r", "psnr", 40.11, "realblur@1", _ID_BLAU),
            PublishedResult("realblur-r", "ssim", 0.973, "realblur@1", _ID_BLAU),
            PublishedResult("realblur-j", "psnr", 32.62, "realblur@1", _ID_BLAU),
            PublishedResult("realblur-j", "ssim", 0.933, "realblur@1", _ID_BLAU),
        ),
        notes=(
            "The GoPro results use the GoPro weights, each RealBlur result the weights fine-tuned on that set.",
            "A user reports (issue 12) that the released RealBlur weights do not reach the published results.",
            "Spectra are always computed in float32; MAC counters do not count them.",
            "bfloat16, float16 and torch.compile work; channels_last does not (a parameter has five dimensions).",
            "reduce_chan_level2 is in every checkpoint but unused.",
        ),
    )
)
def fftformer() -> nn.Module:
    """FFTformer for motion deblurring."""
    return FFTformer(FFTformerConfig())


@register_model(
    ModelCard(
        name="fftformer-nano",
        title="FFTformer-nano",
        task="restoration",
        family="FFTformer",
        citation=_PAPER,
        size=_SIZE,
        quantiser="half-up",
        notes=("A small configuration by this project; there are no official weights.",),
    )
)
def fftformer_nano() -> nn.Module:
    """FFTformer with a quarter of the width and few blocks."""
    return FFTformer(NANO)
