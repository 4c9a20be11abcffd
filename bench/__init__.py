"""The engine, and the Python surface of restorebench.

>>> from restorebench.bench import get_protocol
>>> get_protocol("gopro").id
'gopro@1'

Names are imported when they are first used, so that `import restorebench.bench` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .registry.lazy import lazy_attributes
from .registry.moved import forward_moved_modules

if TYPE_CHECKING:
    from .comparison.compare import Comparison, compare
    from .contracts import (
        Checkpoint,
        DatasetCard,
        DatasetReport,
        ImagePair,
        InferenceSettings,
        ModelCard,
        PairedDataset,
        PublishedResult,
        SizeRequirements,
    )
    from .datasets import open_dataset, register_dataset
    from .errors import RestorebenchError
    from .evaluation.cell import Control
    from .evaluation.evaluate import evaluate, score_images
    from .models.contract_checks import check_model
    from .models.entries import register_model
    from .models.inference import Restorer
    from .models.loading import load_model
    from .profiling.cost import Cost
    from .profiling.profiler import profile
    from .protocols.protocol import Protocol, get_protocol, register_protocol
    from .runs.records import ScoreRecord
    from .runs.run import Run, find_runs, load_run
    from .verdict.check import check
    from .verdict.verdict import Verdict

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
    "check_model",
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

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "comparison.compare": ("Comparison", "compare"),
        "contracts": (
            "Checkpoint",
            "DatasetCard",
            "DatasetReport",
            "ImagePair",
            "InferenceSettings",
            "ModelCard",
            "PairedDataset",
            "PublishedResult",
            "SizeRequirements",
        ),
        "datasets": ("open_dataset", "register_dataset"),
        "errors": ("RestorebenchError",),
        "evaluation.cell": ("Control",),
        "evaluation.evaluate": ("evaluate", "score_images"),
        "models.contract_checks": ("check_model",),
        "models.entries": ("register_model",),
        "models.inference": ("Restorer",),
        "models.loading": ("load_model",),
        "profiling.cost": ("Cost",),
        "profiling.profiler": ("profile",),
        "protocols.protocol": ("Protocol", "get_protocol", "register_protocol"),
        "runs.records": ("ScoreRecord",),
        "runs.run": ("Run", "find_runs", "load_run"),
        "verdict.check": ("check",),
        "verdict.verdict": ("Verdict",),
    },
)
forward_moved_modules()
