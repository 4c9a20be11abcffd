"""What one cell of an evaluation is to do: everything that decides its numbers, hashed.

Two runs with the same plan give the same numbers; a run folder only ever holds one plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..contracts import InferenceSettings, JsonValue, QuantiserName
from ..files.codec import encode
from ..files.fingerprints import canonical_sha256

__all__ = ["Plan", "plan_difference", "plan_settings"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One model on one data set by one protocol."""

    model: str
    """Its name with its options: `irsde-derain[sampler=ode]`."""

    weights_sha256: str
    """`""` for models without weights."""

    dataset: str
    """Its name with its options: `gopro[variant=blur_gamma]`."""

    listing_sha256: str
    """Which files the copy has; see `DatasetReport`."""

    protocol: str
    quantiser: QuantiserName
    """How restored images become 8-bit ones: the model's official rule, or the protocol's."""

    settings: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """The inference settings that can move a number, by name."""

    @property
    def sha256(self) -> str:
        """Of the canonical JSON of every field."""
        return canonical_sha256(self)


def plan_settings(settings: InferenceSettings, *, stochastic: bool) -> dict[str, JsonValue]:
    """The part of the settings that can move a number: a seed matters to stochastic models only."""
    numbers: dict[str, JsonValue] = {"device": settings.device.partition(":")[0], "precision": settings.precision}
    if settings.tile is not None or settings.tile_on_oom:
        numbers |= {"tile": settings.tile, "tile_overlap": settings.tile_overlap, "tile_on_oom": settings.tile_on_oom}
    if settings.channels_last:
        numbers["channels_last"] = True
    if stochastic:
        numbers["seed"] = settings.seed
    if stochastic and settings.samples > 1:
        numbers["samples"] = settings.samples
    return numbers


def plan_difference(old: Plan, new: Plan) -> list[str]:
    """Every field in which two plans differ, as `name: old -> new`."""
    before, after = _flat(old), _flat(new)
    return [
        f"{name}: {before.get(name)!s} -> {after.get(name)!s}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _flat(plan: Plan) -> dict[str, JsonValue]:
    fields = encode(plan)
    if not isinstance(fields, dict):  # pragma: no cover -- a dataclass always encodes to an object
        return {}
    settings = fields.pop("settings")
    return fields | (settings if isinstance(settings, dict) else {})
