"""Denoising by the process of IR-SDE, whose mean is then the clean image itself."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ...bench.contracts import ModelCard, SizeRequirements
from ...bench.errors import UsageError
from ...bench.models.entries import register_model
from . import PAPER
from .denoiser import Denoiser
from .denoising import DenoisingProcess, DenoisingSampler
from .process import ScheduleName, check_steps
from .unet import DenoisingUNet

__all__ = ["denoiser_builder", "denoising_sde_nano", "nano_denoising_unet"]


def nano_denoising_unet() -> nn.Module:
    """Noise predictor of `denoising-sde-nano`."""
    return DenoisingUNet(width=8, depth=2, head_channels=8)


def denoiser_builder(
    network: Callable[[], nn.Module], default_sampler: DenoisingSampler, *, default_steps: int | None = None
) -> Callable[..., nn.Module]:
    """Make a build function whose keyword parameters are the options of a model."""

    def build(
        *,
        sampler: DenoisingSampler = default_sampler,
        steps: int | None = default_steps,
        sigma: float | None = None,
        T: int = 100,  # noqa: N803 -- name in the paper and the official configuration
        schedule: ScheduleName = "cosine",
        max_sigma: float = 75,
        eps: float = 0.04,
    ) -> nn.Module:
        check_steps(steps, T)
        if not 0 < eps < 1 or max_sigma <= 1:
            raise UsageError(f"eps={eps} must lie between 0 and 1 and max_sigma={max_sigma} above 1 grey level.")
        if sigma is not None and not 0 < sigma <= max_sigma:
            raise UsageError(f"sigma={sigma:g} must lie above 0 and not above max_sigma={max_sigma:g} grey levels.")
        process = DenoisingProcess(steps=T, max_sigma=max_sigma, schedule=schedule, eps=eps)
        return Denoiser(network(), process, sampler, steps=steps, sigma=sigma)

    return build


denoising_sde_nano = register_model(
    ModelCard(
        name="denoising-sde-nano",
        title="Denoising-SDE-nano",
        task="denoising",
        family="IR-SDE",
        citation=PAPER,
        size=SizeRequirements(minimum=3),
        quantiser="half-even",
        stochastic=True,
        settings={"sampler": "sde", "T": 100, "schedule": "cosine", "max_sigma": 75, "eps": 0.04},
        notes=(
            "A small configuration by this project; there are no official weights.",
            "A restoration begins at the time whose spread equals the noise: 21 of 100 steps for sigma 25.",
            "The noise is estimated for each image, unless [sigma=25] gives it in grey levels.",
        ),
    )
)(denoiser_builder(nano_denoising_unet, "sde"))
"""The process of the paper's denoising experiments with a noise predictor of 0.1 M parameters."""
