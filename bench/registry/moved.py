"""Module paths of version 0.1.0, which still import in 0.2 with a warning and go in 0.3."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["forward_moved_modules"]

_ROOT = "restorebench."

_MOVED: dict[str, tuple[str, ...]] = {
    "bench.api": ("bench.evaluation.evaluate", "bench.evaluation.model_cell"),
    "bench.bootstrap": ("bench.statistics.bootstrap",),
    "bench.cell": ("bench.evaluation.cell", "bench.evaluation.in_process"),
    "bench.checkpoints": ("bench.models.checkpoints", "bench.models.fitting", "bench.models.identify"),
    "bench.downloads": ("bench.models.downloads", "bench.models.fetchables", "bench.models.cache"),
    "bench.environment": ("bench.machine.environment",),
    "bench.fields": ("bench.models.physics.maps", "bench.runs.fields"),
    "bench.images": ("bench.files.images",),
    "bench.inference": ("bench.models.inference",),
    "bench.journal": ("bench.runs.journal",),
    "bench.matrix": ("bench.evaluation.matrix",),
    "bench.opening": ("bench.datasets",),
    "bench.physics": ("bench.models.physics.layers", "bench.models.physics.observe"),
    "bench.pictures": ("bench.runs.pictures",),
    "bench.plan": ("bench.runs.plan", "bench.contracts"),
    "bench.profiling.operators": ("bench.profiling.macs.operators",),
    "bench.progress": ("bench.terminal.progress",),
    "bench.pytest_plugin": ("bench.verdict.pytest_plugin",),
    "bench.records": ("bench.runs.records",),
    "bench.specs": ("bench.registry.specs",),
    "bench.suite": ("bench.evaluation.options",),
    "bench.verdict.checks": ("bench.verdict.check",),
    "datasets.paired_list": ("datasets.layouts.paired_list",),
    "datasets.recognition": ("datasets.layouts.recognition",),
}
"""Old module to the new ones that hold its names, both below `restorebench`."""


class _Forwarder(MetaPathFinder, Loader):
    """Makes an old module out of the new ones."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Claim the old names only; the import system asks here last."""
        del path, target
        return ModuleSpec(fullname, self) if fullname.removeprefix(_ROOT) in _MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the old module with the names of the new ones."""
        homes = _MOVED[module.__name__.removeprefix(_ROOT)]
        warnings.warn(
            f"{module.__name__} has moved to {_ROOT}{homes[0]}; the old name goes in version 0.3.",
            DeprecationWarning,
            stacklevel=2,
        )
        for home in reversed(homes):
            new = vars(importlib.import_module(_ROOT + home))
            vars(module).update({name: value for name, value in new.items() if not name.startswith("__")})


def forward_moved_modules() -> None:
    """Let the old names be imported; done once, when `restorebench.bench` is."""
    if not any(isinstance(finder, _Forwarder) for finder in sys.meta_path):
        sys.meta_path.append(_Forwarder())
