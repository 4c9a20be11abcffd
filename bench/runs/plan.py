"""What one cell of an evaluation is to do: everything that decides its numbers, hashed.

Two runs with the same plan give the same numbers; a run folder only ever holds one plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..contracts import InferenceSettings, JsonValue, QuantiserName
from ..files.codec import encode
from ..files.fingerprints import canonical_sha256

__all__ = ["Plan", "continues", "plan_difference", "plan_settings"]

CODE_DETAILS = ("code", "packages", "variables")
"""Settings that say what a model's code consists of besides the file that was named; version 0.1.0 had none."""

SINGULAR = {"code": "file", "packages": "package", "variables": "environment variable"}
"""How a difference calls one of them."""


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


def continues(old: Plan, new: Plan) -> bool:
    """Whether a run of one plan may go on by another.

    They are the same, but for what version 0.1.0 did not record, and for the folder of a file of the user's: the suite
    names it relative to itself, and a command relative to where it was started. The digests say whether it is the same.
    """
    if "code_sha256" in old.settings and _without_folder(old.model) == _without_folder(new.model):
        new = replace(new, model=old.model)
    if any(name in old.settings for name in CODE_DETAILS):
        return old.sha256 == new.sha256
    unknown = CODE_DETAILS if "code_sha256" in old.settings else (*CODE_DETAILS, "code_sha256")
    known = {name: value for name, value in new.settings.items() if name not in unknown}
    return old.sha256 in (new.sha256, replace(new, settings=known).sha256)


def _without_folder(model: str) -> str:
    """A model's name with its file alone: `evaluation/mine.py:build[width=8]` is `mine.py:build[width=8]`."""
    head, bracket, options = model.partition("[")
    return head.replace("\\", "/").rpartition("/")[2] + bracket + options


def plan_difference(old: Plan, new: Plan) -> list[str]:
    """Every field in which two plans differ, as `name: old -> new` or `name added`; of code, every file."""
    before, after = _flat(old), _flat(new)
    return [
        _difference(name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _difference(name: str, old: JsonValue, new: JsonValue) -> str:
    if old is None and not new:  # a metric of the package, which has no digest
        return f"{name} added"
    if new is None and not old:
        return f"{name} removed"
    return f"{name}: {_shown(old)} -> {_shown(new)}"


def _flat(plan: Plan) -> dict[str, JsonValue]:
    fields = encode(plan)
    if not isinstance(fields, dict):  # pragma: no cover -- a dataclass always encodes to an object
        return {}
    settings = fields.pop("settings")
    flat = fields | (settings if isinstance(settings, dict) else {})
    for name in CODE_DETAILS:
        parts = flat.pop(name, None)
        for part, value in parts.items() if isinstance(parts, dict) else ():
            flat[f"{SINGULAR[name]} {part}"] = value
    return flat


def _shown(value: JsonValue) -> str:
    """A value of a plan as a message has it: of a SHA-256, enough to tell two apart."""
    text = str(value)
    return f"{text[:8]}..." if re.fullmatch("[0-9a-f]{64}", text) else text
