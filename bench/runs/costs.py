"""The numbers of `OUT/cost/<model>.json` that a check compares, by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from ..contracts import JsonValue
from ..errors import RunFolderError
from .run import Run, cell_name

__all__ = ["CONVENTION", "MACS", "MEMORY", "PARAMETERS", "read_cost"]

PARAMETERS = "parameters"
MACS = "macs "
"""Begins the name of a count of multiply-accumulates; the size follows."""

MEMORY = "memory "
"""Begins the name of a peak in bytes; what was measured, and at which size, follows."""

CONVENTION = "all, "
"""Begins the keys of the counts that are complete, which are the ones compared."""


def read_cost(run: Run) -> dict[str, int]:
    """What the profiler wrote about a run's model into the output folder that holds the run; empty if nothing.

    Returns:
        `parameters`, `macs 256x256`, `memory GPU allocated, 256x256` and the like.

    Raises:
        RunFolderError: the file is damaged.
    """
    path = run.path.resolve().parent.parent / "cost" / f"{cell_name(run.model)}.json"
    if not path.is_file():
        return {}
    try:
        raw = cast("JsonValue", json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged ({error}): profile the model again.") from error
    if not isinstance(raw, dict):
        raise RunFolderError(f"{path} is not a record of a model's cost: profile the model again.")
    named = {PARAMETERS: raw.get("params")}
    named |= {f"{MACS}{key.removeprefix(CONVENTION)}": count for key, count in _complete(raw.get("macs"))}
    named |= {f"{MEMORY}{key}": peak for key, peak in _items(raw.get("memory"))}
    return {name: round(value) for name, value in named.items() if isinstance(value, int | float)}


def _complete(macs: JsonValue) -> list[tuple[str, JsonValue]]:
    return [(key, count) for key, count in _items(macs) if key.startswith(CONVENTION)]


def _items(table: JsonValue) -> list[tuple[str, JsonValue]]:
    return list(cast("Mapping[str, JsonValue]", table).items()) if isinstance(table, dict) else []
