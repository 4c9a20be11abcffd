"""The contract of a model, tried out: what it must not do, checked on two small images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .check import check_model, check_restorer, check_spec
    from .report import CheckResult, ContractReport

__all__ = ["CheckResult", "ContractReport", "check_model", "check_restorer", "check_spec"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "check": ["check_model", "check_restorer", "check_spec"],
        "report": ["CheckResult", "ContractReport"],
    },
)
