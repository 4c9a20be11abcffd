"""Trained weights as safetensors, with a card in the file's own metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..contracts import JsonValue
from ..errors import CheckpointError
from ..files.atomic import write_atomic
from ..files.codec import decode, encode, parse_json
from ..machine.environment import Environment, current_environment
from .recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TrainedOn", "WeightsCard", "read_card", "write_weights"]

METADATA_KEY = "restorebench"


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """One data set that the weights have seen."""

    name: str
    pairs: int
    listing_sha256: str
    licence: str


@dataclass(frozen=True, slots=True)
class WeightsCard:
    """Origin of trained weights; JSON under `restorebench` in the safetensors metadata."""

    model: str
    """Name with the options of the training."""

    recipe: JsonValue
    """Every field of it."""

    recipe_sha256: str
    seed: int
    iterations: int
    data: tuple[TrainedOn, ...]
    environment: Environment
    """Software, machine and the commit of the code."""

    validation: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    """Last scores on the recipe's validation pairs."""

    created: str = ""
    """UTC, ISO 8601."""


def new_card(
    recipe: Recipe, model: str, data: tuple[TrainedOn, ...], device: str, validation: Mapping[str, float]
) -> WeightsCard:
    """The card of weights that were just trained."""
    return WeightsCard(
        model=model,
        recipe=encode(recipe),
        recipe_sha256=recipe.sha256,
        seed=recipe.seed,
        iterations=recipe.iterations,
        data=data,
        environment=current_environment(device),
        validation={name: value if value == value else None for name, value in validation.items()},  # noqa: PLR0124 -- NaN is not itself
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_weights(path: Path, weights: Mapping[str, Tensor], card: WeightsCard) -> None:
    """Write weights and card so that `path` is either absent or whole."""
    from safetensors.torch import save

    tensors = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    # Not save_file, which lets nobody but the owner read what it writes.
    write_atomic(path, save(tensors, metadata={METADATA_KEY: json.dumps(encode(card), ensure_ascii=False)}))


def read_card(path: Path) -> WeightsCard:
    """The card of a weights file that `restorebench train` wrote.

    Raises:
        CheckpointError: the file cannot be read, or has no card that can.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with cast("Any", safe_open(path, framework="pt")) as file:
            metadata = cast("dict[str, str] | None", file.metadata())
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is not a readable safetensors file: {error}.") from error
    if not metadata or METADATA_KEY not in metadata:
        raise CheckpointError(f"{path} has no card: it was not written by `restorebench train`.")
    try:
        return decode(WeightsCard, parse_json(metadata[METADATA_KEY]), infinite=("validation.*",))
    except ValueError as error:
        raise CheckpointError(f"The card in {path} is damaged ({error}): train again.") from error
