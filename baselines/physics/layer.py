"""The advection-diffusion layer: transport of features with coefficients computed from the features themselves."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...bench.errors import UsageError
from ...bench.models.physics.layers import PhysicalFields
from ..blocks import LayerNorm2d
from .solver import Boundary, Coefficients, limits, soft_limit, solve

__all__ = ["AdvectionDiffusion", "Front", "at_least_float32", "front_convolution"]

Front = Literal["standard", "grouped", "lite"]
"""Before the solver: a dense 3x3 convolution, nearly all of the layer's cost; one in four groups of channels, for about
1 % of the cost of each full network; or none.
"""

GROUPS = 4

CALM = -2.0
"""Initial bias of the diffusivities: softplus(-2) = 0.13, which blurs only slightly."""


class AdvectionDiffusion(nn.Module):
    """Residual layer x + scale * h(T), where h solves h_t + div(v h) = div(D grad h) + f from the normalised features.

    Likhite, Lopez-Tapia, Katsaggelos (arXiv 2511.06244) use such a layer at the bottleneck of a U-net, after Kag and
    Saligrama (Condensing CNNs with Partial Differential Equations, CVPR 2022). (u, v), (Dx, Dy) and f are depthwise
    3x3 convolutions of h(0), one value per channel and pixel. See `physics.solver` for the scheme, its bounds and
    their proof, and `physics.compat` for the published discretisation. `scale` starts at zero, so a new layer is the
    identity.

    Half precision is raised to float32 in the solver, whose steps add small changes to large values.

    Args:
        channels: C of input and output (N, C, H, W).
        steps: K; may be changed at any time (`layer.steps = 8`).
        time: T; a step lasts T/K.
        front: `standard`, `grouped` or `lite`.
        boundary: flux through the border, `zero-flux` or `replicate`; see `physics.solver`.

    Raises:
        UsageError: `steps` or `time` is not positive, or `front=grouped` has channels that are no multiple of four.
    """

    cost_group = "physics"
    """Group of the layer in MAC tables."""

    starts_as_identity = True
    """Whether checkpoints without the layer may be loaded; see `bench.models.fitting.load_weights`."""

    def __init__(
        self,
        channels: int,
        *,
        steps: int = 8,
        time: float = 1.0,
        front: Front = "standard",
        boundary: Boundary = "zero-flux",
    ) -> None:
        super().__init__()
        if steps < 1 or time <= 0:
            raise UsageError(f"A physics layer needs steps >= 1 and time > 0, not steps={steps} and time={time}.")
        self.steps = steps
        self.time = time
        self.boundary: Boundary = boundary
        self.norm = LayerNorm2d(channels, 1e-6)
        self.front = front_convolution(channels, front)
        self.fields = nn.Conv2d(channels, 5 * channels, 3, padding=1, groups=channels)
        self.scale = nn.Parameter(torch.zeros(1, channels, 1, 1))
        with torch.no_grad():
            bias = self.fields.bias
            if bias is not None:
                bias.view(channels, 5)[:, 2:4] = CALM

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape and dtype."""
        start, coefficients, source = self._problem(x)
        end = solve(start, coefficients, source, steps=self.steps, time=self.time, boundary=self.boundary)
        return torch.addcmul(x, end.to(x.dtype), self.scale.to(x.dtype))

    def observe(self, x: Tensor) -> PhysicalFields:
        """Compute the fields of the layer for features x (1, C, H, W), for visualisation."""
        with torch.no_grad():
            _, coefficients, source = self._problem(x)

        def array(field: Tensor):  # noqa: ANN202 -- numpy dtype of the solver's precision
            return field[0].float().cpu().numpy()

        u, v, dx, dy = map(array, (coefficients.u, coefficients.v, coefficients.dx, coefficients.dy))
        return PhysicalFields(u, v, dx, dy, array(source), self.steps, self.time, array(self.scale.detach())[:, 0, 0])

    def _problem(self, x: Tensor) -> tuple[Tensor, Coefficients, Tensor]:
        """Compute h(0), the bounded coefficients, and f."""
        start = self.front(self.norm(x))
        raw = self.fields(start)
        start, raw = at_least_float32(start), at_least_float32(raw)
        u, v, dx, dy, source = raw.reshape(start.shape[0], -1, 5, *start.shape[2:]).unbind(2)
        bound = limits(self.steps, self.time)
        spread = [soft_limit(functional.softplus(each), bound) for each in (dx, dy)]
        coefficients = Coefficients(soft_limit(u, bound), soft_limit(v, bound), *spread)
        return start, coefficients, source


def front_convolution(channels: int, front: Front) -> nn.Module:
    """Make the convolution before the solver, or before the control.

    Raises:
        UsageError: `grouped` with channels that are no multiple of four.
    """
    if front == "lite":
        return nn.Identity()
    if front == "grouped" and channels % GROUPS:
        raise UsageError(f"front=grouped needs a multiple of {GROUPS} channels, not {channels}: use standard or lite.")
    return nn.Conv2d(channels, channels, 3, padding=1, groups=GROUPS if front == "grouped" else 1)


def at_least_float32(x: Tensor) -> Tensor:
    """Raise half precision."""
    return x.float() if x.dtype in {torch.float16, torch.bfloat16} else x
