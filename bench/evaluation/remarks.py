"""Remarks on a restoration, beside its score."""

from __future__ import annotations

from dataclasses import dataclass

from ..terminal.tracebacks import Fault

__all__ = ["Remarks"]


@dataclass(frozen=True, slots=True)
class Remarks:
    """Remarks on one image restored by one model."""

    fault: Fault | None = None
    """The exception that the model raised."""

    advice: str = ""
    """What to do about it, one sentence; `""` if nothing is known."""

    findings: tuple[str, ...] = ()
    """Of the preflight, one sentence each."""

    random: bool = False
    """Whether the network drew random numbers, so that the seed decides its output."""
