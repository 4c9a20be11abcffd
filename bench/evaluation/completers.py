"""What a shell may complete in the options of an evaluation: names of models, data sets, protocols and metrics.

Nothing here imports what it names, so that an answer takes a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext

__all__ = ["complete_datasets", "complete_metrics", "complete_models", "complete_paths", "complete_protocols"]

OPENED_WITHOUT_FOLDER = "quickstart-"
"""Start of the names of data sets that come with the package."""

MODEL_FILES = (".py", ".onnx")
"""Suffixes of files that are a model by themselves."""


def complete_models(context: CompletionContext) -> list[str]:
    """Names of models and files that are models; after `NAME=`, files of weights."""
    from ..models.entries import MODELS

    if "=" in context.incomplete:
        return list(_assigned(context.incomplete))
    files = complete_paths(context.incomplete, MODEL_FILES) if context.incomplete.startswith((".", "/", "~")) else ()
    return [*MODELS.names(), *files]


def complete_datasets(context: CompletionContext) -> list[str]:
    """Names of data sets, with `=` where a folder must follow; after it, folders."""
    from ..datasets import DATASETS

    if "=" in context.incomplete:
        return [path for path in _assigned(context.incomplete) if path.endswith("/")]
    return [name if name.startswith(OPENED_WITHOUT_FOLDER) else f"{name}=" for name in DATASETS.names()]


def complete_protocols(context: CompletionContext) -> list[str]:
    """Names of protocols with their versions."""
    from ..protocols.protocol import PROTOCOLS

    del context  # every name is offered; the shell chooses those that fit
    return PROTOCOLS.names()


def complete_metrics(context: CompletionContext) -> list[str]:
    """Names of metrics, and files with a user's own."""
    from ..metrics.registry import METRICS

    return [*METRICS.names(), *complete_paths(context.incomplete, MODEL_FILES)]


def complete_paths(start: str, suffixes: tuple[str, ...] = ("",)) -> Iterator[str]:
    """Paths that begin with a text, as they would be typed: folders with a slash at the end, and files with a suffix.

    Args:
        start: of the path, possibly empty.
        suffixes: of the files; all by default.
    """
    folder, slash, name = start.rpartition("/")
    base = Path(f"{folder}{slash}" or ".").expanduser()
    try:
        entries = sorted(base.iterdir())
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name):
            continue
        if entry.is_dir():
            yield f"{folder}{slash}{entry.name}/"
        elif entry.name.endswith(suffixes):
            yield f"{folder}{slash}{entry.name}"


def _assigned(typed: str) -> Iterator[str]:
    name, _, path = typed.rpartition("=")
    return (f"{name}={found}" for found in complete_paths(path))
