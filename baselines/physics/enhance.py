"""Composition: a layer behind any module of any network, without touching either."""

from __future__ import annotations

from typing import TypeVar, cast

from torch import Tensor, nn

from ...bench.errors import UsageError, did_you_mean
from ...bench.models.modules import named_modules

__all__ = ["enhance"]

Network = TypeVar("Network", bound=nn.Module)

NAME = "physics"
"""The layer's name in the network, and the first word of its state-dict keys."""


def enhance(network: Network, *, at: str, layer: nn.Module) -> Network:
    """Let `layer` change what the module `at` returns. The network itself is changed and returned.

    The state dict keeps every key it had and gains those of the layer, under `physics.layer.`; the checkpoints of the
    network as it was still load. Copies (`copy.deepcopy`) have a layer of their own.

        network = enhance(my_network, at="bottleneck", layer=AdvectionDiffusion(256))

    Args:
        network: any; its module `at` returns one tensor (N, C, H, W).
        at: the dotted path of that module, as `network.named_modules()` has it.
        layer: maps (N, C, H, W) to the same.

    Raises:
        UsageError: there is no such module, or the network has a part called physics already.
    """
    modules = dict(named_modules(network))
    if not at or at not in modules:
        raise UsageError(f"{type(network).__name__} has no module {at!r}{did_you_mean(at, modules.keys() - {''})}")
    if hasattr(network, NAME):
        raise UsageError(f"{type(network).__name__} has a part called {NAME} already: enhance it once.")
    follower = _Follower(layer)
    network.add_module(NAME, follower)
    # A bound method, not a closure: copying the network copies it together with the layer.
    modules[at].register_forward_hook(follower.follow)
    return network


class _Follower(nn.Module):
    """Holds the layer and calls it on the output of another module."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Nothing: an `nn.Sequential` runs every part of it, and this one does its work elsewhere."""
        return x

    def follow(self, _module: nn.Module, _arguments: object, output: object) -> Tensor:
        return cast("Tensor", self.layer(output))
