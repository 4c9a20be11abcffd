"""Latency: timed blocks of calls, and whether their figures can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .measurement import Failure, measure, measure_all

__all__ = ["Failure", "measure", "measure_all"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "measurement": ("Failure", "measure", "measure_all"),
    },
)
