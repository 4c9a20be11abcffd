"""IR-SDE and Refusion: restoration by reversing a stochastic degradation process.

Luo, Gustafsson, Zhao, Sjölund, Schön, "Image Restoration with Mean-Reverting Stochastic Differential
Equations", ICML 2023, arXiv 2301.11699, and "Refusion: Enabling Large-Size Realistic Image Restoration with
Latent-Space Diffusion Models", CVPR workshops 2023, arXiv 2304.08291.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ...bench.contracts import Checkpoint, Citation, JsonValue, ModelCard, PublishedResult, SizeRequirements
from ...bench.errors import UsageError
from ...bench.models.entries import register_model
from ..refusion import ConditionalNAFNet
from .denoising import DenoisingProcess
from .prediction import PredictionKind
from .process import MeanRevertingProcess, ScheduleName, check_steps
from .restorer import MeanRevertingRestorer
from .samplers import SamplerName
from .unet import ConditionalUNet

__all__ = [
    "PAPER",
    "ConditionalUNet",
    "DenoisingProcess",
    "MeanRevertingProcess",
    "MeanRevertingRestorer",
    "irsde_deblur",
    "irsde_derain",
    "irsde_nano",
    "nano_unet",
    "refusion",
    "restorer_builder",
]
_AUTHORS = ("Luo, Ziwei", "Gustafsson, Fredrik K.", "Zhao, Zheng", "Sjölund, Jens", "Schön, Thomas B.")
PAPER = Citation(
    _AUTHORS,
    "Image Restoration with Mean-Reverting Stochastic Differential Equations",
    "ICML",
    2023,
    arxiv="2301.11699",
)
_REFUSION_PAPER = Citation(
    _AUTHORS,
    "Refusion: Enabling Large-Size Realistic Image Restoration with Latent-Space Diffusion Models",
    "CVPR Workshops",
    2023,
    arxiv="2304.08291",
)
_LICENCE = "MIT"
_SIZE = SizeRequirements(minimum=9)
"""Size requirements: the networks pad internally by reflection to a multiple of 16, which limits the smallest size."""

_BY_HAND = "from the Google Drive folder linked in the README of Algolzw/image-restoration-sde."
_README = "https://github.com/Algolzw/image-restoration-sde/blob/2598d73cde/README.md"
_PROCEEDINGS = "https://proceedings.mlr.press/v202/luo23b.html"
_NOTES = (
    "The official scripts set no seed, so their results vary between runs; here, seed and image determine the noise.",
    "Published MACs are for one step; a restoration takes T steps, or `steps` if given.",
    "As in the official code, bfloat16 and float16 use a different normalisation epsilon (1e-3) than float32.",
    "torch.compile works on `.network`, the noise predictor; channels_last works.",
)


def nano_unet() -> nn.Module:
    """Noise predictor of `irsde-nano`."""
    return ConditionalUNet(width=8, depth=2, head_channels=8)


def _settings(sampler: SamplerName, max_sigma: float) -> dict[str, JsonValue]:
    return {
        "sampler": sampler,
        "T": 100,
        "schedule": "cosine",
        "max_sigma": max_sigma,
        "eps": 0.005,
    }


def restorer_builder(
    network: Callable[[], nn.Module],
    default_sampler: SamplerName,
    default_sigma: float,
    *,
    default_steps: int | None = None,
    default_output: PredictionKind = "noise",
) -> Callable[..., nn.Module]:
    """Make a build function whose keyword parameters are the options of a model."""

    def build(
        *,
        sampler: SamplerName = default_sampler,
        steps: int | None = default_steps,
        T: int = 100,  # noqa: N803 -- name in the paper and the official configuration
        schedule: ScheduleName = "cosine",
        max_sigma: float = default_sigma,
        eps: float = 0.005,
        predicts: PredictionKind = default_output,
    ) -> nn.Module:
        check_steps(steps, T)
        if not 0 < eps < 1 or max_sigma <= 0:
            raise UsageError(f"eps={eps} must lie between 0 and 1 and max_sigma={max_sigma} above 0.")
        process = MeanRevertingProcess(steps=T, max_sigma=max_sigma, schedule=schedule, eps=eps)
        return MeanRevertingRestorer(network(), process, sampler, steps=steps, predicts=predicts)

    return build


irsde_derain = register_model(
    ModelCard(
        name="irsde-derain",
        title="IR-SDE",
        task="deraining",
        family="IR-SDE",
        citation=PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        stochastic=True,
        settings=_settings("posterior", 10),
        checkpoints=(
            Checkpoint(
                name="rain100h",
                trained_on="Rain100H",
                url="",
                filename="rain100h_sde.pth",
                licence=_LICENCE,
                by_hand=f"rain100h_sde.pth {_BY_HAND}",
            ),
        ),
        published=(
            PublishedResult("rain100h", "psnr", 31.65, "irsde@2", _README),
            PublishedResult("rain100h", "ssim", 0.9041, "irsde@2", _README),
            PublishedResult("rain100h", "lpips", 0.047, "irsde@2", _README),
        ),
        notes=(
            "The published results used [sampler=sde]; the official test configuration uses posterior since 2024.",
            *_NOTES,
        ),
    )
)(restorer_builder(ConditionalUNet, "posterior", 10))
"""IR-SDE for deraining with the sampler of the official test configuration."""

irsde_deblur = register_model(
    ModelCard(
        name="irsde-deblur",
        title="IR-SDE",
        task="deblurring",
        family="IR-SDE",
        citation=PAPER,
        licence=_LICENCE,
        size=_SIZE,
        quantiser="half-even",
        stochastic=True,
        settings=_settings("sde", 10),
        checkpoints=(
            Checkpoint(
                name="gopro",
                trained_on="GoPro",
                url="",
                filename="ir-sde.pth",
                licence=_LICENCE,
                by_hand=f"ir-sde.pth of the deblurring task {_BY_HAND}",
            ),
        ),
        published=(
            PublishedResult("gopro", "psnr", 30.70, "irsde-rgb@2", _PROCEEDINGS),
            PublishedResult("gopro", "ssim", 0.901, "irsde-rgb@2", _PROCEEDINGS),
            PublishedResult("gopro", "lpips", 0.064, "irsde-rgb@2", _PROCEEDINGS),
        ),
        notes=_NOTES,
    )
)(restorer_builder(ConditionalUNet, "sde", 10))
"""IR-SDE for motion deblurring with the only sampler used by the official deblurring code."""

refusion = register_model(
    ModelCard(
        name="refusion",
        title="Refusion",
        task="restoration",
        family="IR-SDE",
        citation=_REFUSION_PAPER,
        licence=_LICENCE,
        quantiser="half-even",
        stochastic=True,
        settings=_settings("sde", 50),
        notes=(
            "Weights of several tasks are linked in the README of Algolzw/image-restoration-sde.",
            "T, eps and max_sigma must be those of the weights' training.",
            *_NOTES,
        ),
    )
)(restorer_builder(ConditionalNAFNet, "sde", 50))
"""Refusion: the same process with a NAFNet as noise predictor, which pads internally with zeros."""

irsde_nano = register_model(
    ModelCard(
        name="irsde-nano",
        title="IR-SDE-nano",
        task="restoration",
        family="IR-SDE",
        citation=PAPER,
        size=SizeRequirements(minimum=3),
        quantiser="half-even",
        stochastic=True,
        settings=_settings("posterior", 10),
        notes=("A small configuration by this project; there are no official weights.", *_NOTES),
    )
)(restorer_builder(nano_unet, "posterior", 10))
"""IR-SDE with a noise predictor of 0.1 M parameters."""
