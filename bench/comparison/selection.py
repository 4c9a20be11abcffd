"""Selection of runs, by model name below a folder or by run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import IncomparableError, UnknownNameError, UsageError
from ..runs.run import Run, cell_name, find_runs, load_run, run_folders, select_protocols
from .pairing import Measured
from .seeds import seed_group

__all__ = ["CellName", "cells_of", "common_cells", "model_cells", "runs_below", "select_sides"]

CellName = tuple[str, str]
"""Data set and protocol."""


def runs_below(root: Path, protocols: Sequence[str] = ()) -> list[Run]:
    """Load every run at or below a folder, at any depth; seeds of a model are in output folders of their own.

    Args:
        root: the folder; below it, one run folder is a run by each of its protocols.
        protocols: only runs by these; all by default.

    Raises:
        RunFolderError: there is no run, or a damaged one.
        UnknownNameError: no run is by one of the protocols.
    """
    found = [load_run(folder) for folder in run_folders(root)]
    runs = [run.by(protocol) for run in found for protocol in run.protocols] or find_runs(root)
    return select_protocols(runs, protocols)


def cells_of(runs: Sequence[Run], label: str = "") -> dict[CellName, Measured]:
    """Group runs into one side per data set and protocol; several runs in one cell must be seeds of one model.

    Raises:
        IncomparableError: a cell contains different models.
    """
    cells: dict[CellName, list[Run]] = {}
    for run in runs:
        cells.setdefault((run.dataset, run.protocol), []).append(run)
    return {cell: seed_group(members, label) for cell, members in cells.items()}


def model_cells(runs: Sequence[Run], label: str = "") -> list[Measured]:
    """Group runs into one side per data set, protocol and model; runs that differ only in their seed are averaged.

    Raises:
        IncomparableError: two runs of one model on one data set differ in more than their seed.
    """
    cells: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        cells.setdefault((run.dataset, run.protocol, run.model), []).append(run)
    return [seed_group(members, label) for members in cells.values()]


def select_sides(root: Path, names: Sequence[str], protocols: Sequence[str] = ()) -> list[dict[CellName, Measured]]:
    """Find the cells of each name, in the order of the names.

    Args:
        root: folder containing runs.
        names: models as shown by `restorebench table`, or folders of runs.
        protocols: only cells by these; all by default.

    Raises:
        UnknownNameError: a name is neither a model below `root` nor a folder, or no run is by one of the protocols.
        UsageError: a name occurs twice.
    """
    if len(set(names)) < len(names):
        raise UsageError("A model is named twice: compare different models, or give the folders of their runs.")
    within: list[Run] | None = None
    sides: list[dict[CellName, Measured]] = []
    for name in names:
        if Path(name).is_dir() and run_folders(Path(name)):
            runs = runs_below(Path(name), protocols)
            clash = any(side.label == runs[0].model for cells in sides for side in cells.values())
            sides.append(cells_of(runs, name if clash else runs[0].model))
            continue
        within = runs_below(root) if within is None else within
        sides.append(cells_of(select_protocols(_named(within, name, root), protocols), name))
    return sides


def _named(runs: Sequence[Run], name: str, root: Path) -> list[Run]:
    found = [run for run in runs if run.model == name] or [run for run in runs if cell_name(run.model) == name]
    if not found:
        raise UnknownNameError("model", name, {run.model for run in runs}, hint=f"(models with runs in {root})")
    return found


def common_cells(sides: Sequence[Mapping[CellName, Measured]]) -> list[CellName]:
    """Find the cells that every side has.

    Raises:
        IncomparableError: there are none.
    """
    shared = [cell for cell in sides[0] if all(cell in side for side in sides)]
    if not shared:
        available = "; ".join(
            f"{next(iter(side.values())).label}: {', '.join(f'{dataset} by {protocol}' for dataset, protocol in side)}"
            for side in sides
        )
        raise IncomparableError(
            f"No data set and protocol is common to all ({available}): run the models on the same data sets and "
            "protocols."
        )
    return shared
