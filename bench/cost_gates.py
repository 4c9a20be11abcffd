"""What a model costs, as a check sees it: counts that are compared exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from .contracts import JsonValue
from .errors import RunFolderError
from .runs import Run, cell_name

__all__ = ["COUNTS", "read_cost"]

COUNTS = {"macs": "multiply-accumulates", "parameters": "parameters"}
"""What is counted, so that two sides have to agree exactly, and what it is called."""


def read_cost(run: Run) -> dict[str, int]:
    """The counts in `OUT/cost/<model>.json` of the output folder that holds a run; empty if there is no such file.

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
    counts = {"macs": _all_macs(raw.get("macs")), "parameters": raw.get("parameters")}
    return {name: int(value) for name, value in counts.items() if isinstance(value, int | float)}


def _all_macs(macs: JsonValue) -> JsonValue:
    """The count over every operator, where several conventions are kept side by side."""
    return cast("Mapping[str, JsonValue]", macs).get("all") if isinstance(macs, dict) else macs
