"""How tables and pages print numbers, and how a person asks for other digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ...bench.errors import UsageError
from ...bench.metrics.metric import MetricFacts

__all__ = ["MISSING", "parse_digits", "show_number"]

MISSING = "\N{EN DASH}"
"""Stands where a number should."""


def parse_digits(settings: Iterable[str]) -> dict[str, int]:
    """`ssim=4` and the like, as typed by a person.

    Raises:
        UsageError: not METRIC=DIGITS, or more digits than a double has.

    >>> parse_digits(["ssim=4", "psnr=3"])
    {'ssim': 4, 'psnr': 3}
    """
    digits: dict[str, int] = {}
    for setting in settings:
        metric, _, number = setting.partition("=")
        if not metric or not number.isdecimal() or int(number) > 15:  # noqa: PLR2004 -- what a double holds
            raise UsageError(f"--digits {setting!r} is not METRIC=DIGITS with up to 15 digits: write --digits ssim=4.")
        digits[metric.lower()] = int(number)
    return digits


def show_number(value: float | None, metric: MetricFacts, digits: Mapping[str, int] | None = None) -> str:
    """A number as papers print it; `–` for a missing one.

    Args:
        value: possibly infinite; `None` for a missing one.
        metric: decides the digits.
        digits: other digits, by the metric's name.

    >>> from restorebench.bench.metrics.registry import known_facts
    >>> show_number(29.4599, known_facts("psnr")), show_number(0.8989, known_facts("ssim"), {"ssim": 4})
    ('29.46', '0.8989')
    """
    if value is None:
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{(digits or {}).get(metric.name.lower(), metric.digits)}f}"
