"""The published discretisation: DuFort-Frankel diffusion, leapfrog advection, periodic borders.

This reimplements `GlobalFeatureBlock_Diffusion` of anilkagak2/PDE_GlobalLayer (Kag and Saligrama: Condensing CNNs with
Partial Differential Equations, CVPR 2022) from its formulas, with its state-dict keys. It solves
h_t = Dx h_xx + Dy h_yy + (g h)_x + (g1 h)_y + f with x along dimension 2 and y along dimension 3, so the paper's
velocity is (-g, -g1). Its CFL number is unbounded; use `AdvectionDiffusion` unless you need the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["CompatOptions", "DuFortFrankel"]


@dataclass(frozen=True, slots=True)
class CompatOptions:
    """Options of the original, with its option names."""

    steps: int = 3
    """`K`."""

    dt: float = 0.2
    """Length of one step; the total time grows with the number of steps."""

    dx: int = 1
    """Grid distance in pixels along dimension 2."""

    dy: int = 1
    """Grid distance in pixels along dimension 3."""

    constant_diffusion: tuple[float, float] | None = None
    """(`cDx`, `cDy`) of `constant_Dxy`; `None` for learned ones."""

    init: Literal["identity", "depthwise"] = "identity"
    """`cell_type`: `default` of the ResNets, or `DwConv`."""

    transformed_past: bool = False
    """`init_h0_h`: the time level before the first is init(f) instead of f."""

    residual: bool = False
    """`use_res`: add the input to the output."""

    activation: Literal["relu", "silu"] = "relu"
    source: bool = True
    """False for `no_f`."""

    velocity_from_input: bool = False
    """`use_f_for_g`."""

    products: bool = False
    """`use_dot`: both velocities are one product, and both diffusivities another."""

    biases: bool = False
    """`old_style`: the depthwise convolutions have a bias."""

    eps: float | None = None
    """Epsilon of the coefficients' batch normalisation; `None` for the number of channels, as with `use_diff_eps`."""


class DuFortFrankel(nn.Module):
    """The original layer.

    Args:
        channels: C of input and output (N, C, H, W).
        options: options of the original.
    """

    cost_group = "physics"

    def __init__(self, channels: int, options: CompatOptions = CompatOptions()) -> None:
        super().__init__()
        self.options = options
        eps = float(channels) if options.eps is None else options.eps

        def depthwise(*, bias: bool) -> nn.Conv2d:
            return nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=bias)

        if options.init == "depthwise":
            self.init_h = depthwise(bias=True)
        self.bn_out = nn.BatchNorm2d(channels)
        learned = ("g", "g1") if options.constant_diffusion else ("g", "g1", "Dx", "Dy")
        for pair in (learned[:2], learned[2:]):
            for name in pair:
                self.add_module(f"conv{name}", depthwise(bias=options.biases))
            for name in pair:
                self.add_module(f"bn{name}", nn.BatchNorm2d(channels, eps))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to the same shape."""
        options = self.options
        state = self.init_h(x) if options.init == "depthwise" else x
        before = state if options.transformed_past else x
        g, g1 = self._pair("g", "g1", x if options.velocity_from_input else state)
        constants = options.constant_diffusion
        dx, dy = self._pair("Dx", "Dy", state) if constants is None else (x.new_tensor(each) for each in constants)
        step = _Step.build(options, (g, g1), (dx, dy), x if options.source else None)
        for _ in range(options.steps):
            before, state = state, step.apply(before, state)
        out = self._activate(self.bn_out(state))
        return out + x if options.residual else out

    def _pair(self, first: str, second: str, x: Tensor) -> tuple[Tensor, Tensor]:
        one, two = (self.get_submodule(f"bn{name}")(self.get_submodule(f"conv{name}")(x)) for name in (first, second))
        if not self.options.products:
            return self._activate(one), self._activate(two)
        product = self._activate(one * self._activate(two))
        return product, product

    def _activate(self, x: Tensor) -> Tensor:
        return functional.relu(x) if self.options.activation == "relu" else functional.silu(x)


@dataclass(frozen=True, slots=True)
class _Step:
    """The update of a step, with all constant terms precomputed and divided by 1 + 2Bx + 2By."""

    past: Tensor
    now: Tensor
    neighbours: tuple[tuple[Tensor, int, int], ...]
    """Weight, shift and dimension of each of the four neighbours."""

    pushed: Tensor | None

    @classmethod
    def build(
        cls,
        o: CompatOptions,
        velocity: tuple[Tensor, Tensor],
        diffusivity: tuple[Tensor, Tensor],
        source: Tensor | None,
    ) -> _Step:
        (g, g1), (dx, dy) = velocity, diffusivity
        ax, ay = g * (o.dt / o.dx), g1 * (o.dt / o.dy)
        bx, by = 2 * dx * (o.dt / o.dx**2), 2 * dy * (o.dt / o.dy**2)
        stretched = (_central(g, o.dx, 2) + _central(g1, o.dy, 3)) * o.dt
        whole = 1 + bx + by
        neighbours = (
            ((bx - ax) / whole, o.dx, 2),
            ((bx + ax) / whole, -o.dx, 2),
            ((by - ay) / whole, o.dy, 3),
            ((by + ay) / whole, -o.dy, 3),
        )
        pushed = None if source is None else 2 * o.dt * source / whole
        return cls((1 - bx - by) / whole, -2 * stretched / whole, neighbours, pushed)

    def apply(self, before: Tensor, state: Tensor) -> Tensor:
        new = self.past * before if self.pushed is None else torch.addcmul(self.pushed, self.past, before)
        new = torch.addcmul(new, self.now, state)
        for weight, shift, dim in self.neighbours:
            new = torch.addcmul(new, weight, torch.roll(state, shift, dim))
        return new


def _central(velocity: Tensor, distance: int, dim: int) -> Tensor:
    """Central difference (g[i - d] - g[i + d]) / 2d."""
    return (torch.roll(velocity, distance, dim) - torch.roll(velocity, -distance, dim)) / (2 * distance)
