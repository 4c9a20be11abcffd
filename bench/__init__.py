"""The engine, and the Python surface of restorebench.

>>> from restorebench.bench import get_protocol
>>> get_protocol("gopro").id
'gopro@1'

Names are imported when they are first used, so that `import restorebench.bench` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import evaluate, score_images
    from .cell import Control
    from .comparison import Comparison, compare
    from .contracts import (
        Checkpoint,
        DatasetCard,
        DatasetReport,
        ImagePair,
        ModelCard,
        PairedDataset,
        PublishedResult,
        SizeRequirements,
    )
    from .errors import RestorebenchError
    from .inference import Restorer
    from .models import load_model, register_model
    from .opening import open_dataset, register_dataset
    from .plan import InferenceSettings
    from .profiling.cost import Cost
    from .profiling.profiler import profile
    from .protocols import Protocol, get_protocol, register_protocol
    from .records import ScoreRecord
    from .runs import Run, find_runs, load_run
    from .verdict import Verdict
    from .verdict.checks import check

__all__ = [
    "Checkpoint",
    "Comparison",
    "Control",
    "Cost",
    "DatasetCard",
    "DatasetReport",
    "ImagePair",
    "InferenceSettings",
    "ModelCard",
    "PairedDataset",
    "Protocol",
    "PublishedResult",
    "RestorebenchError",
    "Restorer",
    "Run",
    "ScoreRecord",
    "SizeRequirements",
    "Verdict",
    "check",
    "compare",
    "evaluate",
    "find_runs",
    "get_protocol",
    "load_model",
    "load_run",
    "open_dataset",
    "profile",
    "register_dataset",
    "register_model",
    "register_protocol",
    "score_images",
]

_HOMES = {
    "api": ("evaluate", "score_images"),
    "cell": ("Control",),
    "verdict.checks": ("check",),
    "comparison": ("Comparison", "compare"),
    "contracts": (
        "Checkpoint",
        "DatasetCard",
        "DatasetReport",
        "ImagePair",
        "ModelCard",
        "PairedDataset",
        "PublishedResult",
        "SizeRequirements",
    ),
    "errors": ("RestorebenchError",),
    "inference": ("Restorer",),
    "models": ("load_model", "register_model"),
    "opening": ("open_dataset", "register_dataset"),
    "plan": ("InferenceSettings",),
    "profiling.cost": ("Cost",),
    "profiling.profiler": ("profile",),
    "protocols": ("Protocol", "get_protocol", "register_protocol"),
    "records": ("ScoreRecord",),
    "runs": ("Run", "find_runs", "load_run"),
    "verdict": ("Verdict",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
