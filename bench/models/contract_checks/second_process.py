"""Restore the trial image in a process of its own: `python -m ...contract_checks.second_process < order.json`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...contracts import JsonValue
from ...errors import RestorebenchError
from ...registry.specs import parse_spec, with_path
from ...terminal.display import print_text

if TYPE_CHECKING:
    from ..loading import WeightsChoice

__all__ = ["main"]


def main() -> None:
    """Read from standard input which model, and write the hashes of its weights and its result."""
    order = json.loads(sys.stdin.read())
    try:
        answer = _restored(order["model"], order["path"], order["weights"], order["device"])
    except RestorebenchError as error:
        answer = {"failure": str(error)}
    print_text(json.dumps(answer))


def _restored(model: str, path: str | None, weights: WeightsChoice, device: str) -> dict[str, JsonValue]:
    from .check import open_specimen
    from .repetition import restored_sha256, weights_sha256

    spec = with_path(parse_spec(model), None if path is None else Path(path))
    specimen = open_specimen(replace(spec), weights, device)
    sha256 = weights_sha256(specimen)
    return {"weights": sha256, "restored": restored_sha256(specimen.fresh().restore(specimen.first, "first"))}


if __name__ == "__main__":
    main()
