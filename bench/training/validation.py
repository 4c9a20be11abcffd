"""Validation by what evaluates finished models: a Restorer, and a Protocol."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

import torch
from torch import Tensor, nn

from ..contracts import InferenceSettings, ModelCard, PairedDataset, UInt8Image
from ..datasets import open_copy
from ..errors import UsageError
from ..metrics.catalogue import CHEAP
from ..metrics.quantise import quantise
from ..models.entries import LoadedModel
from ..models.inference import Restorer
from ..models.loading import open_model
from ..models.physics.layers import physics_layers
from ..protocols.protocol import Protocol, get_protocol
from ..registry.specs import parse_spec
from .pictures import PICTURES
from .recipe import Recipe, fill_in

__all__ = ["Validator", "open_validator"]


@dataclass(frozen=True, slots=True)
class Validator:
    """Scores weights on a few pairs, in a copy of the network."""

    restorer: Restorer
    dataset: PairedDataset
    protocol: Protocol
    limit: int

    def score(
        self, weights: Mapping[str, Tensor], solver_steps: int | None
    ) -> tuple[dict[str, float], dict[str, UInt8Image]]:
        """Score weights.

        Returns:
            The mean of each cheap metric, `nan` for one that the protocol does not define; and the first restored
            images by key, for pictures.

        Raises:
            RestorationError: the network failed on an image.
        """
        network = self.restorer.network
        network.load_state_dict(weights)
        for layer in physics_layers(network).values():
            layer.steps = solver_steps or layer.steps
        scorer = self.protocol.prepare(quantiser=self.restorer.card.quantiser)
        rows: list[Mapping[str, float | None]] = []
        pictures: dict[str, UInt8Image] = {}
        for pair in islice(self.dataset, self.limit):
            restored = self.restorer.restore(pair.degraded.read(), pair.key).image
            rows.append(scorer.score(restored, pair.target.read()).metrics)
            if len(pictures) < PICTURES:
                pictures[pair.key] = quantise(restored, "half-even")
        return {name: _mean([row.get(name) for row in rows]) for name in CHEAP}, pictures


def open_validator(recipe: Recipe, roots: Mapping[str, str], model: LoadedModel, device: str) -> Validator | None:
    """Open the validation data of a recipe; `None` if it has none.

    Raises:
        UsageError: a `{name}` that no root fills, an unknown protocol, or an option that the model lacks.
        DatasetError: a folder that is not what it should be.
    """
    if recipe.validation is None:
        return None
    text = fill_in(recipe.validation.source, roots)
    if text is None:
        raise UsageError(f"{recipe.title} validates on {recipe.validation.source}: give its root with --root.")
    spec = parse_spec(text)
    dataset = open_copy(spec)
    protocol = get_protocol(recipe.validation.protocol or dataset.card.default_protocol).without_networks()
    network, card = _to_validate(model, recipe.validation.options)
    restorer = Restorer(network, card, InferenceSettings(device=device))
    return Validator(restorer, dataset, protocol, recipe.validation.limit)


def _to_validate(model: LoadedModel, options: str) -> tuple[nn.Module, ModelCard]:
    """A copy of the network in training, or the same network with other options."""
    if not options:
        return copy.deepcopy(model.network), model.card
    spec = parse_spec(model.name)
    others = parse_spec(f"{spec.name}[{options}]").options
    with torch.random.fork_rng():  # pyright: ignore[reportUnknownMemberType] -- torch leaves it untyped
        loaded = open_model(replace(spec, options={**spec.options, **others}), weights="random")
    return loaded.network, loaded.card


def _mean(values: list[float | None]) -> float:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if len(known) == len(values) and known else math.nan
