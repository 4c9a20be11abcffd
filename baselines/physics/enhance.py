"""Composition: add a layer after any module of any network, without changing the code of either."""

from __future__ import annotations

from typing import TypeVar, cast

from torch import Tensor, nn

from ...bench.errors import UsageError, did_you_mean
from ...bench.models.modules import named_modules

__all__ = ["enhance"]

Network = TypeVar("Network", bound=nn.Module)

NAME = "physics"
"""Name of the layer in the network, and prefix of its state-dict keys."""


def enhance(network: Network, *, at: str, layer: nn.Module) -> Network:
    """Apply `layer` to the output of the module `at`; modifies and returns the network.

    The state dict keeps its keys and gains those of the layer under `physics.layer.`, so checkpoints of the original
    network still load. Copies (`copy.deepcopy`) have their own layer.

        network = enhance(my_network, at="bottleneck", layer=AdvectionDiffusion(256))

    Args:
        network: any network whose module `at` returns one tensor (N, C, H, W).
        at: dotted path of that module, as in `network.named_modules()`.
        layer: maps (N, C, H, W) to the same shape.

    Raises:
        UsageError: there is no such module, or the network already has a module called physics.
    """
    modules = dict(named_modules(network))
    if not at or at not in modules:
        raise UsageError(f"{type(network).__name__} has no module {at!r}{did_you_mean(at, modules.keys() - {''})}")
    if hasattr(network, NAME):
        raise UsageError(f"{type(network).__name__} already has a module called {NAME}: enhance it only once.")
    follower = _Follower(layer)
    network.add_module(NAME, follower)
    # A bound method instead of a closure, so that copying the network also copies the layer.
    modules[at].register_forward_hook(follower.follow)
    return network


class _Follower(nn.Module):
    """Container that applies the layer to the output of another module."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Return the input, since an `nn.Sequential` calls all its modules and this one works in a hook."""
        return x

    def follow(self, _module: nn.Module, _arguments: object, output: object) -> Tensor:
        return cast("Tensor", self.layer(output))
