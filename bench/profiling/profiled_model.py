"""Models as the profiler takes them: by name, with weights or without, or as a `Restorer` of one's own."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..contracts import InferenceSettings, ModelCard
from ..errors import RestorationError
from ..models.inference import Restorer
from ..models.loading import bound_card, loaded_restorer, open_model, random_label
from ..registry.registry import is_user_file
from ..registry.specs import Spec, parse_spec, with_path
from .forward_pass import Pass
from .macs.blueprint import parameters_on_meta
from .macs.count import count_macs
from .macs.records import MacCount

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Subject", "open_subject"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A model whose cost is asked for."""

    name: str
    """With its options, as in run folders."""

    card: ModelCard
    weights: str
    """sha256 of what was loaded; `random`; `""` for a method that has none."""

    spec: Spec | None
    """How it is opened; `None` for a network that exists in this process only."""

    given: nn.Module | None = None
    """That network."""

    def network(self) -> nn.Module:
        """A network of the caller's own, with the weights that were given or with random ones, always the same."""
        if self.spec is None:
            return copy.deepcopy(self.given) if self.given is not None else _nothing()
        network = _opened(self.spec)
        # A file of a user's may hand out the same network each time.
        return copy.deepcopy(network) if is_user_file(self.spec.name) else network

    def count(self, size: tuple[int, int], settings: InferenceSettings) -> MacCount:
        """MACs of one image, without data if the network can do without.

        Raises:
            RestorationError: the network fails.
        """
        if self.spec is None or is_user_file(self.spec.name):
            return count_macs(self.network(), self.card, size, settings=settings)
        with parameters_on_meta():
            outline = _opened(replace(self.spec, path=None))
        try:
            return count_macs(outline, self.card, size, settings=settings, execute=False)
        except RestorationError:
            return count_macs(self.network(), self.card, size, settings=settings)

    def on(self, settings: InferenceSettings, *, compiled: bool = False) -> Pass:
        """The model ready to run, with a network of its own."""
        import torch

        network = self.network()
        if compiled:
            network = cast("nn.Module", torch.compile(network))  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        return Pass(network, self.card, settings)


def open_subject(model: str | Restorer, weights: str | Path | None = None) -> Subject:
    """A model by name (`NAME[option=value]=WEIGHTS`), or a `Restorer`.

    Without weights a network keeps its random ones: MACs and memory do not depend on them, and neither does
    time but for numbers that underflow.

    Raises:
        UsageError: an unknown name or option.
        CheckpointError: weights that cannot be loaded.
    """
    if isinstance(model, Restorer):
        loaded = loaded_restorer(model)
        return Subject(loaded.name, loaded.card, loaded.weights_sha256, None, model.network)
    spec = with_path(parse_spec(model), weights)
    if spec.path is not None:
        loaded = open_model(spec)
        return Subject(loaded.name, loaded.card, loaded.weights_sha256, spec)
    card = bound_card(spec)
    return Subject(str(spec), card, random_label(card, spec), spec)


def _opened(spec: Spec) -> nn.Module:
    """The network of a specification; random weights are always the same and leave torch's generator alone."""
    import torch

    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType] -- as above
        return open_model(spec, weights="random").network


def _nothing() -> nn.Module:
    raise TypeError("a subject has a specification or a network")
