"""The transport layer without a speed limit: one step may carry a feature across the whole map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...bench.errors import UsageError
from ...bench.models.physics.layers import PhysicalFields
from ..blocks import LayerNorm2d
from .layer import CALM, Front, at_least_float32, front_convolution
from .solver import soft_limit
from .transport import Form, Transport, transport
from .transport.pyramid import transport_bands
from .transport.sampling import Border, Interpolation

__all__ = ["DiffusionKind", "FieldUpdates", "GlobalTransport", "GlobalTransportOptions"]

DiffusionKind = Literal["constant", "variable"]
"""Whether diffusivities are one value for each channel and image, or one for each pixel too."""

FieldUpdates = Literal["frozen", "each-step"]
"""Whether the fields are those of the features at time 0, or computed again before each step."""


@dataclass(frozen=True, slots=True)
class GlobalTransportOptions:
    """Everything that changes the output of the layer and is not in its weights."""

    steps: int = 1
    """K; stable for every number."""

    time: float = 1.0
    """T; a step lasts T/K."""

    front: Front = "grouped"
    groups: int = 8
    """Velocity fields; neighbouring channels share one."""

    reach: float = 0.5
    """Furthest that anything may travel within T, as a share of the sides of the map."""

    form: Form = "advective"
    interpolation: Interpolation = "bilinear"
    border: Border = "zero-flux"
    diffusion: DiffusionKind = "constant"
    fields: FieldUpdates = "frozen"
    levels: int = 1
    """Bands of a pyramid that are transported separately; 1 for no pyramid."""

    def check(self, channels: int) -> None:
        """Refuse values that make no layer.

        Raises:
            UsageError: one does not; the message says which.
        """
        if min(self.steps, self.groups, self.levels) < 1 or min(self.time, self.reach) <= 0:
            raise UsageError(
                "A transport layer needs steps, groups and levels of at least 1, and time and reach above 0, not "
                f"steps={self.steps}, groups={self.groups}, levels={self.levels}, time={self.time}, reach={self.reach}."
            )
        if channels % self.groups:
            raise UsageError(f"groups={self.groups} does not divide {channels} channels: choose one of their divisors.")
        if self.fields == "each-step" and self.levels > 1:
            raise UsageError("A pyramid has frozen fields: choose either fields=each-step or levels above 1.")


class GlobalTransport(nn.Module):
    """Residual layer x + scale * h(T); h solves h_t + v . grad h = div(D grad h) + f from the normalised features.

    As `AdvectionDiffusion`, with the solver of `physics.transport`, which is stable for every velocity and step. The
    velocity of a group of channels is the sum of a mean motion, computed from the means of the features over the map,
    and of a local one, from a 3x3 convolution of the group's channels; diffusivities are computed from the means
    (`constant`) or by a depthwise 3x3 convolution (`variable`), and f by another. `scale` starts at zero, so a new
    layer is the identity.

    Half precision is raised to float32 in the solver.

    Args:
        channels: C of input and output (N, C, H, W).
        options: see there.

    Raises:
        UsageError: options that make no layer.
    """

    cost_group = "physics"
    """Group of the layer in MAC tables."""

    starts_as_identity = True
    """Whether checkpoints without the layer may be loaded; see `bench.models.fitting.load_weights`."""

    def __init__(self, channels: int, options: GlobalTransportOptions = GlobalTransportOptions()) -> None:
        super().__init__()
        options.check(channels)
        self.options = options
        self.steps = options.steps
        self.norm = LayerNorm2d(channels, 1e-6)
        self.front = front_convolution(channels, options.front)
        groups = options.groups
        self.mean_motion = nn.Conv2d(channels, 2 * groups, 1, groups=groups)
        self.local_motion = nn.Conv2d(channels, 2 * groups, 3, padding=1, groups=groups)
        side = 1 if options.diffusion == "constant" else 3
        self.diffusivities = nn.Conv2d(channels, 2 * channels, side, padding=side // 2, groups=channels)
        self.source = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.scale = nn.Parameter(torch.zeros(1, channels, 1, 1))
        if self.diffusivities.bias is not None:
            nn.init.constant_(self.diffusivities.bias, CALM)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape and dtype."""
        start = self.front(self.norm(x))
        end = self._solve(at_least_float32(start), start)
        return x + end.to(x.dtype) * self.scale.to(x.dtype)

    def observe(self, x: Tensor) -> PhysicalFields:
        """Compute the fields of the layer at time 0 for features x (1, C, H, W), for visualisation."""
        with torch.no_grad():
            found = self._coefficients(self.front(self.norm(x)))
        shape = x.shape[1:]

        def array(field: Tensor | None):  # noqa: ANN202 -- numpy dtype of the solver's precision
            field = x.new_zeros(1, 1, 1, 1) if field is None else field
            repeated = field.repeat_interleave(shape[0] // field.shape[1], dim=1)
            return repeated[0].expand(shape).detach().float().cpu().numpy()

        u, v, dx, dy, source = (array(field) for field in (found.u, found.v, found.dx, found.dy, found.source))
        scale = self.scale.detach()[0, :, 0, 0].float().cpu().numpy()
        return PhysicalFields(u, v, dx, dy, source, self.steps, self.options.time, scale)

    def _solve(self, state: Tensor, features: Tensor) -> Tensor:
        if self.options.fields == "each-step":
            return self._transported(state, self._coefficients)
        return transport_bands(state, self._coefficients(features), self._transported, self.options.levels)

    def _transported(self, state: Tensor, coefficients: Transport | Callable[[Tensor], Transport]) -> Tensor:
        options = self.options
        return transport(
            state,
            coefficients,
            steps=self.steps,
            time=options.time,
            form=options.form,
            interpolation=options.interpolation,
            border=options.border,
        )

    def _coefficients(self, features: Tensor) -> Transport:
        features = features.to(self.source.weight.dtype)
        means = features.mean((2, 3), keepdim=True)
        motion = at_least_float32(self.mean_motion(means) + self.local_motion(features))
        u, v = _pairs(motion)
        height, width = features.shape[2:]
        reach = self.options.reach / self.options.time
        spread = self.diffusivities(means if self.options.diffusion == "constant" else features)
        dx, dy = _pairs(functional.softplus(at_least_float32(spread)))
        source = at_least_float32(self.source(features))
        return Transport(soft_limit(u, reach * width), soft_limit(v, reach * height), dx, dy, source)


def _pairs(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Even and odd channels."""
    return maps[:, 0::2], maps[:, 1::2]
