"""Paired comparison of runs, image by image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .comparison import Comparison, compare
    from .metric_comparison import MetricComparison, compare_metric

__all__ = ["Comparison", "MetricComparison", "compare", "compare_metric"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "comparison": ["Comparison", "compare"],
        "metric_comparison": ["MetricComparison", "compare_metric"],
    },
)
