"""Small networks with weights included in the package, for demonstrations.

Trained with `restorebench train` from the recipes `shipped-blur`, `shipped-blur-pde`, `nano-rain`, `nano-snow`,
`nano-haze`, `opir-nano-all`, `irsde-nano-rain` and `irsde-nano-noise`, seed 0, on scikit-image's TRAIN photographs, and
for blur also on GoPro and REDS (both CC BY 4.0). The metadata of each file records the pairs, the code version and the
machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from torch import nn

from ..bench.contracts import Task
from ..bench.models.entries import ModelEntry, register_model
from .irsde import irsde_nano, nano_unet, restorer_builder
from .irsde.denoising_models import denoiser_builder, denoising_sde_nano, nano_denoising_unet
from .nafnet import nafnet_nano
from .opir import Scales, opir_nano
from .opir.tasks import TaskOption
from .physics.presets import nafnet_nano_pde

__all__ = [
    "irsde_nano_denoise",
    "irsde_nano_derain",
    "nafnet_nano_deblur",
    "nafnet_nano_deblur_pde",
    "nafnet_nano_dehaze",
    "nafnet_nano_dehaze_pde",
    "nafnet_nano_derain",
    "nafnet_nano_derain_pde",
    "nafnet_nano_desnow",
    "nafnet_nano_desnow_pde",
    "opir_nano_all",
]

WEIGHTS = Path(__file__).parent / "weights"

BLUR = (
    "Weights by this project, trained with the recipe shipped-blur on synthetic blur of scikit-image's photographs and "
    "of frames of GoPro (Nah et al., CVPR 2017) and REDS (Nah et al., CVPRW 2019), and on pairs of both; CC BY 4.0."
)
BLUR_PDE = (
    "Weights by this project: those of nafnet-nano-deblur, trained for 3,000 more iterations with the layer on the "
    "same data, with the recipe shipped-blur-pde; CC BY 4.0."
)
RAIN = "Weights by this project, trained with the recipe nano-rain on synthetic rain over scikit-image's photographs."

RAIN_BY_SAMPLING = (
    "Weights by this project, trained with the recipe irsde-nano-rain by maximum likelihood on synthetic rain over "
    "scikit-image's photographs; its output is balanced between noise and clean image, unlike that of the paper."
)
NOISE_BY_SAMPLING = (
    "Weights by this project, trained with the recipe irsde-nano-noise by maximum likelihood on the photographs of "
    "scikit-image."
)
SNOW = "Weights by this project, trained with the recipe nano-snow on synthetic snow over scikit-image's photographs."
HAZE = "Weights by this project, trained with the recipe nano-haze on synthetic haze over scikit-image's photographs."
ALL_TASKS = (
    "Weights by this project, trained with the recipe opir-nano-all on synthetic rain, snow and haze over the "
    "photographs of scikit-image."
)
SAMPLING_STEPS = 5
"""Default steps of the trained IR-SDE, of T = 100: so few take seconds, and their PSNR is no lower."""


def _register(
    network: ModelEntry, name: str, title: str, task: Task, note: str, *, base: ModelEntry | None = None
) -> ModelEntry:
    card = replace(
        network.card,
        name=name,
        title=title,
        task=task,
        licence="CC-BY-4.0",
        base="" if base is None else base.card.name,
        notes=(note, *network.card.notes),
    )
    return register_model(card, shipped_weights=_finder(f"{name}.safetensors"))(network.build)


def _finder(file: str) -> Callable[[], Path | None]:
    path = WEIGHTS / file
    return lambda: path if path.is_file() else None


nafnet_nano_deblur = _register(nafnet_nano, "nafnet-nano-deblur", "NAFNet-nano deblur", "deblurring", BLUR)
nafnet_nano_deblur_pde = _register(
    nafnet_nano_pde,
    "nafnet-nano-deblur+pde",
    "NAFNet-nano deblur + PDE",
    "deblurring",
    BLUR_PDE,
    base=nafnet_nano_deblur,
)
nafnet_nano_derain = _register(nafnet_nano, "nafnet-nano-derain", "NAFNet-nano derain", "deraining", RAIN)
nafnet_nano_derain_pde = _register(
    nafnet_nano_pde,
    "nafnet-nano-derain+pde",
    "NAFNet-nano derain + PDE",
    "deraining",
    RAIN,
    base=nafnet_nano_derain,
)
nafnet_nano_desnow = _register(nafnet_nano, "nafnet-nano-desnow", "NAFNet-nano desnow", "desnowing", SNOW)
nafnet_nano_desnow_pde = _register(
    nafnet_nano_pde, "nafnet-nano-desnow+pde", "NAFNet-nano desnow + PDE", "desnowing", SNOW, base=nafnet_nano_desnow
)
nafnet_nano_dehaze = _register(nafnet_nano, "nafnet-nano-dehaze", "NAFNet-nano dehaze", "dehazing", HAZE)
nafnet_nano_dehaze_pde = _register(
    nafnet_nano_pde, "nafnet-nano-dehaze+pde", "NAFNet-nano dehaze + PDE", "dehazing", HAZE, base=nafnet_nano_dehaze
)

irsde_nano_derain = register_model(
    replace(
        irsde_nano.card,
        name="irsde-nano-derain",
        title="IR-SDE-nano derain",
        task="deraining",
        licence="CC-BY-4.0",
        settings={**irsde_nano.card.settings, "steps": SAMPLING_STEPS, "predicts": "balanced"},
        notes=(RAIN_BY_SAMPLING, *irsde_nano.card.notes[1:]),
    ),
    shipped_weights=_finder("irsde-nano-derain.safetensors"),
)(restorer_builder(nano_unet, "posterior", 10, default_steps=SAMPLING_STEPS, default_output="balanced"))

irsde_nano_denoise = register_model(
    replace(
        denoising_sde_nano.card,
        name="irsde-nano-denoise",
        title="IR-SDE-nano denoise",
        licence="CC-BY-4.0",
        settings={**denoising_sde_nano.card.settings, "sampler": "ode"},
        notes=(NOISE_BY_SAMPLING, *denoising_sde_nano.card.notes[1:]),
    ),
    shipped_weights=_finder("irsde-nano-denoise.safetensors"),
)(denoiser_builder(nano_denoising_unet, "ode"))


@register_model(
    replace(
        opir_nano.card,
        name="opir-nano-all",
        title="OPIR-nano all",
        licence="CC-BY-4.0",
        settings={**opir_nano.card.settings, "scales": 2},
        notes=(
            ALL_TASKS,
            "The classifier has seen few scenes and takes a night sky for haze: give the task, as in [task=rain].",
            *opir_nano.card.notes,
        ),
    ),
    shipped_weights=_finder("opir-nano-all.safetensors"),
)
def opir_nano_all(*, task: TaskOption = "auto", scales: Scales = 2, guided: bool = True) -> nn.Module:
    """OPIR-nano with the operator of two scales that it was trained with."""
    return opir_nano.build(task=task, scales=scales, guided=guided)
