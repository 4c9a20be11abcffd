"""Run folders: plan, records and pictures of one model on one data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .plan import Plan
    from .records import ScoreRecord
    from .run import (
        ProtocolFacts,
        Run,
        RunInfo,
        WeightsFacts,
        cell_name,
        find_runs,
        finish_run,
        load_run,
        read_info,
        write_info,
    )
    from .summary import Summary, summarise_records

__all__ = [
    "Plan",
    "ProtocolFacts",
    "Run",
    "RunInfo",
    "ScoreRecord",
    "Summary",
    "WeightsFacts",
    "cell_name",
    "find_runs",
    "finish_run",
    "load_run",
    "read_info",
    "summarise_records",
    "write_info",
]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "records": ["ScoreRecord"],
        "plan": ["Plan"],
        "run": [
            "ProtocolFacts",
            "Run",
            "RunInfo",
            "WeightsFacts",
            "cell_name",
            "find_runs",
            "finish_run",
            "load_run",
            "read_info",
            "write_info",
        ],
        "summary": ["Summary", "summarise_records"],
    },
)
