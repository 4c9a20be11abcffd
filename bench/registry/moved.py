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
    "api": ("evaluation.evaluate", "evaluation.model_cell"),
    "bootstrap": ("statistics.bootstrap",),
    "cell": ("evaluation.cell", "evaluation.in_process"),
    "checkpoints": ("models.checkpoints", "models.fitting", "models.identify"),
    "downloads": ("models.downloads", "models.fetchables", "models.cache"),
    "environment": ("machine.environment",),
    "fields": ("models.physics.maps",),
    "images": ("files.images",),
    "inference": ("models.inference",),
    "journal": ("runs.journal",),
    "matrix": ("evaluation.matrix",),
    "opening": ("datasets",),
    "physics": ("models.physics.layers", "models.physics.observe"),
    "pictures": ("runs.pictures",),
    "plan": ("runs.plan", "contracts"),
    "profiling.operators": ("profiling.macs.operators",),
    "progress": ("terminal.progress",),
    "pytest_plugin": ("verdict.pytest_plugin",),
    "records": ("runs.records",),
    "specs": ("registry.specs",),
    "suite": ("evaluation.options",),
    "verdict.checks": ("verdict.check",),
}
"""Old module to the new ones that hold its names, both below `restorebench`."""


class _Forwarder(MetaPathFinder, Loader):
    """Makes an old module out of the new ones."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Claim the old names only; the import system asks here last."""
        del path, target
        name = fullname.removeprefix(_ROOT)
        is_package = any(other.startswith(f"{name}.") for other in _MOVED)
        return ModuleSpec(fullname, self, is_package=is_package) if name in _MOVED else None

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
