"""Models to be profiled: by name, with or without weights, or an existing `Restorer`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..contracts import InferenceSettings, ModelCard
from ..errors import RestorationError
from ..models.entries import MODELS
from ..models.exported.torchscript import copy_network
from ..models.inference import Restorer
from ..models.loading import bound_card, loaded_restorer, open_model, random_label
from ..registry.registry import is_module_name, is_user_file
from ..registry.specs import Spec, parse_spec, with_path
from .forward_pass import ForwardPass
from .macs.blueprint import parameters_on_meta
from .macs.count import count_macs
from .macs.records import MacCount

if TYPE_CHECKING:
    from torch import nn

__all__ = ["ProfiledModel", "open_profiled_model"]


@dataclass(frozen=True, slots=True)
class ProfiledModel:
    """A model to be profiled."""

    name: str
    """Name with options, as in run folders."""

    card: ModelCard
    weights: str
    """sha256 of the loaded weights, `random`, or `""` for a method without weights."""

    spec: Spec | None
    """Specification to open it by; `None` for a network that exists in this process only."""

    given: nn.Module | None = None
    """That network."""

    def network(self) -> nn.Module:
        """A new network with the given weights, or with random ones that are the same each time."""
        if self.spec is None:
            return copy_network(self.given) if self.given is not None else _nothing()
        network = _opened(self.spec)
        # A file of a user's may hand out the same network each time.
        return copy_network(network) if _is_users(self.spec.name) else network

    def count(self, size: tuple[int, int], settings: InferenceSettings) -> MacCount:
        """MACs of one image, counted without data where the network allows it.

        Raises:
            RestorationError: the network fails.
        """
        if self.spec is None or _is_users(self.spec.name) or _from_file(self.spec):
            return count_macs(self.network(), self.card, size, settings=settings)
        with parameters_on_meta():
            outline = _opened(replace(self.spec, path=None))
        try:
            return count_macs(outline, self.card, size, settings=settings, execute=False)
        except RestorationError:
            return count_macs(self.network(), self.card, size, settings=settings)

    def on(self, settings: InferenceSettings, *, compiled: bool = False) -> ForwardPass:
        """A forward pass with a new network."""
        import torch

        network = self.network()
        if compiled:
            network = cast("nn.Module", torch.compile(network))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        return ForwardPass(network, self.card, settings)


def open_profiled_model(model: str | Restorer, weights: str | Path | None = None) -> ProfiledModel:
    """A model by name (`NAME[option=value]=WEIGHTS`), or a `Restorer`.

    Without weights a network keeps its random ones: MACs and memory do not depend on them, and neither does
    time but for numbers that underflow.

    Raises:
        UsageError: an unknown name or option.
        CheckpointError: weights that cannot be loaded.
    """
    if isinstance(model, Restorer):
        loaded = loaded_restorer(model)
        return ProfiledModel(loaded.name, loaded.card, loaded.weights_sha256, None, model.network)
    spec = with_path(parse_spec(model), weights)
    if spec.path is not None or _from_file(spec):
        loaded = open_model(spec)
        return ProfiledModel(loaded.name, loaded.card, loaded.weights_sha256, spec)
    card = bound_card(spec)
    return ProfiledModel(str(spec), card, random_label(card, spec), spec)


def _is_users(name: str) -> bool:
    """Whether a name means an attribute of a user's own code."""
    return is_user_file(name) or is_module_name(name)


def _from_file(spec: Spec) -> bool:
    """Whether only a file knows the network."""
    return MODELS.get(spec.name).from_file is not None


def _opened(spec: Spec) -> nn.Module:
    """The network of a specification; random weights are always the same and leave torch's generator alone."""
    import torch

    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType] -- as above
        return open_model(spec, weights="random").network


def _nothing() -> nn.Module:
    raise TypeError("a profiled model has a specification or a network")
