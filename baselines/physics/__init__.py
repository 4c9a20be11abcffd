"""Physics layers for any network: the advection-diffusion layer, its published form, its control, and composition.

>>> import torch
>>> from restorebench.baselines.nafnet import nafnet_nano
>>> network, image = nafnet_nano(), torch.rand(1, 3, 32, 32)
>>> restored = network(image)
>>> enhanced = enhance(network, at="middle_blks", layer=AdvectionDiffusion(128))
>>> torch.equal(enhanced(image), restored)  # until it is trained
True
"""

from __future__ import annotations

from .compat import CompatOptions, DuFortFrankel
from .control import ConvolutionControl
from .enhance import enhance
from .layer import AdvectionDiffusion
from .solver import Coefficients, limits, solve

__all__ = [
    "AdvectionDiffusion",
    "Coefficients",
    "CompatOptions",
    "ConvolutionControl",
    "DuFortFrankel",
    "enhance",
    "limits",
    "solve",
]
