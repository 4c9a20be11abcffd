"""The engine of restorebench, and its Python API.

>>> from restorebench.bench import get_protocol
>>> get_protocol("gopro").id
'gopro@1'

Names are imported on first use, so `import restorebench.bench` is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .registry.lazy import lazy_attributes
from .registry.moved import forward_moved_modules

if TYPE_CHECKING:
    from .comparison.comparison import Comparison, compare
    from .contracts import (
        Checkpoint,
        Citation,
        DatasetCard,
        DatasetReport,
        ImageForm,
        ImagePair,
        InferenceScheme,
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
    from .explanation.explain import explain
    from .explanation.search import Explanation
    from .metrics.metric import Metric
    from .metrics.registry import register_metric
    from .models.adapters import on_arrays, on_tensors
    from .models.contract_checks import check_model
    from .models.entries import register_model
    from .models.inference import Restorer
    from .models.loading import load_model
    from .profiling.cost import Cost
    from .profiling.profiler import profile
    from .protocols.protocol import Protocol, get_protocol, register_protocol
    from .runs.records import ScoreRecord
    from .runs.run import Run, find_runs, load_run
    from .verdict.checks import check
    from .verdict.verdict import Verdict

__all__ = [
    "Checkpoint",
    "Citation",
    "Comparison",
    "Control",
    "Cost",
    "DatasetCard",
    "DatasetReport",
    "Explanation",
    "ImageForm",
    "ImagePair",
    "InferenceScheme",
    "InferenceSettings",
    "Metric",
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
    "explain",
    "find_runs",
    "get_protocol",
    "load_model",
    "load_run",
    "on_arrays",
    "on_tensors",
    "open_dataset",
    "profile",
    "register_dataset",
    "register_metric",
    "register_model",
    "register_protocol",
    "score_images",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "comparison.comparison": ("Comparison", "compare"),
        "contracts": (
            "Checkpoint",
            "Citation",
            "DatasetCard",
            "DatasetReport",
            "ImageForm",
            "ImagePair",
            "InferenceScheme",
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
        "explanation.explain": ("explain",),
        "explanation.search": ("Explanation",),
        "metrics.metric": ("Metric",),
        "metrics.registry": ("register_metric",),
        "models.adapters": ("on_arrays", "on_tensors"),
        "models.contract_checks": ("check_model",),
        "models.entries": ("register_model",),
        "models.inference": ("Restorer",),
        "models.loading": ("load_model",),
        "profiling.cost": ("Cost",),
        "profiling.profiler": ("profile",),
        "protocols.protocol": ("Protocol", "get_protocol", "register_protocol"),
        "runs.records": ("ScoreRecord",),
        "runs.run": ("Run", "find_runs", "load_run"),
        "verdict.checks": ("check",),
        "verdict.verdict": ("Verdict",),
    },
)
forward_moved_modules()
