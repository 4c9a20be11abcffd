"""The results of the checks, as a table of passed, failed and not applicable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["CheckResult", "CheckStatus", "ContractReport", "failed", "not_applicable", "passed"]

CheckStatus: TypeAlias = Literal["passed", "failed", "not applicable"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check."""

    name: str
    status: CheckStatus
    reason: str
    """What was seen; for a failed check also what to do."""


@dataclass(frozen=True, slots=True)
class ContractReport:
    """The results of every check of one model."""

    model: str
    weights: str
    """`random` if none were given to a model that needs them; otherwise their sha256, or `""`."""

    results: tuple[CheckResult, ...]

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """Those that failed."""
        return tuple(result for result in self.results if result.status == "failed")

    def __getitem__(self, name: str) -> CheckResult:
        """The result of the check of this name."""
        return next(result for result in self.results if result.name == name)

    def __str__(self) -> str:
        width = max(len(result.name) for result in self.results)
        status = max(len(result.status) for result in self.results)
        lines = [f"{result.name:<{width}}  {result.status:<{status}}  {result.reason}" for result in self.results]
        return "\n".join([f"The contract of {self.model}:", *lines])


def passed(name: str, reason: str) -> CheckResult:
    """A check that found nothing wrong."""
    return CheckResult(name, "passed", reason)


def failed(name: str, reason: str) -> CheckResult:
    """A check that found something wrong."""
    return CheckResult(name, "failed", reason)


def not_applicable(name: str, reason: str) -> CheckResult:
    """A check that cannot be made here."""
    return CheckResult(name, "not applicable", reason)
