"""The regression gate: checks a candidate against a baseline and gives a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .checks import check
    from .verdict import AmbiguousPolicy, Gate, Outcome, Reason, Verdict

__all__ = ["AmbiguousPolicy", "Gate", "Outcome", "Reason", "Verdict", "check"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "verdict": ["AmbiguousPolicy", "Gate", "Outcome", "Reason", "Verdict"],
        "checks": ["check"],
    },
)
