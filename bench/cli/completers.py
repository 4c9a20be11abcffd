"""What a shell may complete of run folders, and names that only commands know: recipes, trackers, weights to fetch.

Nothing is read but names of folders and the plans of runs, so that an answer takes a fraction of a second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..evaluation.completers import complete_paths

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext

__all__ = [
    "complete_experiments",
    "complete_fetchables",
    "complete_measured_models",
    "complete_recipes",
    "complete_results",
    "complete_runs",
    "complete_trackers",
]

RUN_FILE = "run.json"
"""As in `runs.run`, which imports more than an answer has time for."""

STUDIES = "[[studies]]"
"""Table that every experiment has, and no recipe."""

LPIPS_BACKBONES = ("lpips-alex", "lpips-squeeze", "lpips-vgg")
"""As in `models.fetchables`, which imports more than an answer has time for."""

DEEPEST = 4
"""Levels of folders that are searched: OUT/DATASET/MODEL, and one above them."""

MOST_FOLDERS = 2000
"""Folders that are looked into, so that a large tree delays no answer."""


def complete_runs(context: CompletionContext) -> list[str]:
    """Run folders, and the folders that hold them."""
    typed = context.incomplete
    folder, slash, _ = typed.rpartition("/")
    base = f"{folder}{slash}"
    found: dict[str, None] = {}
    for run in _runs(Path(base or ".").expanduser()):
        for depth in range(len(run)):
            found[base + "/".join(run[: depth + 1])] = None
    return [path for path in found if path.startswith(typed)]


def complete_results(context: CompletionContext) -> list[str]:
    """Run folders, and files of saved results."""
    runs = complete_runs(context)
    files = complete_paths(context.incomplete, (".json",))
    return [*runs, *(path for path in files if path.removesuffix("/") not in runs)]


def complete_measured_models(context: CompletionContext) -> list[str]:
    """Models measured below the folder of runs that was typed first, and run folders."""
    given = context.get("runs")
    root = Path(given.raw if given is not None and given.raw else ".").expanduser()
    models = {_model(root.joinpath(*run, RUN_FILE)) for run in _runs(root)} - {""}
    return [*sorted(models), *(complete_runs(context) if "/" in context.incomplete else ())]


def complete_recipes(context: CompletionContext) -> list[str]:
    """Names of the recipes that come with the package, and TOML files."""
    return _recipes(context, of_experiments=False)


def complete_experiments(context: CompletionContext) -> list[str]:
    """Names of the experiments that come with the package, and TOML files."""
    return _recipes(context, of_experiments=True)


def _recipes(context: CompletionContext, *, of_experiments: bool) -> list[str]:
    from ..training.recipe import shipped_recipes

    shipped = shipped_recipes().items()
    names = [name for name, path in shipped if (STUDIES in path.read_text(encoding="utf-8")) == of_experiments]
    return [*names, *complete_paths(context.incomplete, (".toml",))]


def complete_trackers(context: CompletionContext) -> list[str]:
    """Names of trackers; after `tensorboard=`, folders."""
    from ...reports.trackers.choice import NAMES

    name, equals, folder = context.incomplete.partition("=")
    if equals:
        paths = complete_paths(folder) if name == "tensorboard" else ()
        return [f"{name}={path}" for path in paths if path.endswith("/")]
    return list(NAMES)


def complete_fetchables(context: CompletionContext) -> list[str]:
    """Backbones of LPIPS, and names of models."""
    from ..models.entries import MODELS

    del context  # every name is offered; the shell chooses those that fit
    return [*LPIPS_BACKBONES, *MODELS.names()]


def _runs(root: Path) -> Iterator[tuple[str, ...]]:
    """The run folders below a folder as names of folders, sorted."""
    left = MOST_FOLDERS
    for place, folders, files in os.walk(root, followlinks=True):
        below = Path(place).relative_to(root).parts
        left -= 1
        if RUN_FILE in files:
            yield below
        if RUN_FILE in files or len(below) >= DEEPEST or left < 0:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def _model(file: Path) -> str:
    """The model of a run; `""` if its file cannot be read, which other commands say."""
    try:
        content: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    plan = cast("dict[str, object]", content).get("plan") if isinstance(content, dict) else None
    model = cast("dict[str, object]", plan).get("model") if isinstance(plan, dict) else None
    return model if isinstance(model, str) else ""
