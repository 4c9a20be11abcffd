"""A number that somebody printed, and when a measured one is the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import UsageError, did_you_mean
from ..metrics.metric import MetricFacts
from ..metrics.registry import known_facts

__all__ = ["SEARCHED", "Claim", "parse_claims"]

MOST_DIGITS = 9
SLACK = 0.02
"""Of half a printed unit: how far rounding in other arithmetic may carry a value over the edge."""

VICINITY = {"psnr": 0.5, "ssim": 0.02, "lpips": 0.02}
"""How far around a claim its neighbours are looked at, to see how many ways an unrelated number would meet."""

SEARCHED = tuple(VICINITY)
"""Metrics that a claim may be of, in the order of all answers."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One printed number."""

    metric: str
    text: str
    """As it was printed: `37.44`."""

    digits: int
    """After the point that count."""

    @property
    def value(self) -> float:
        """As a number."""
        return float(self.text)

    @property
    def half_unit(self) -> float:
        """Half of the last digit: the most by which rounding moves a number."""
        return 0.5 * 10.0**-self.digits

    @property
    def facts(self) -> MetricFacts:
        """Title, unit and direction of the metric."""
        return known_facts(self.metric, {})

    @property
    def vicinity(self) -> float:
        """Half the width of the neighbourhood in which `chance` counts."""
        return max(VICINITY[self.metric], 20 * self.half_unit)

    def is_met(self, value: float) -> bool:
        """Whether a value is this number, as printed.

        >>> Claim("psnr", "29.46", 2).is_met(29.4599), Claim("psnr", "29.46", 2).is_met(29.4476)
        (True, False)
        """
        return abs(value - self.value) <= self.half_unit * (1 + SLACK)

    def chance(self, value: float) -> float:
        """Probability that a number drawn from the vicinity of the claim would be this value, as printed."""
        return self.half_unit / self.vicinity if abs(value - self.value) <= self.vicinity else 0.0

    def distance(self, value: float) -> float:
        """How far a value is from the claim, in differences that people publish."""
        distance = abs(value - self.value) / (self.facts.worth or self.half_unit)
        return distance if math.isfinite(distance) else math.inf

    def __str__(self) -> str:
        unit = f" {self.facts.unit}" if self.facts.unit else ""
        return f"{self.facts.title} {self.text}{unit}"


def parse_claims(texts: Iterable[str], digits: str = "auto") -> tuple[Claim, ...]:
    """Read `psnr=37.44`, with as many digits as are printed, or as `digits` says.

    Raises:
        UsageError: no metric that can be searched for, a metric given twice, or no number.

    >>> parse_claims(["psnr=29.46", "ssim=.899"])[1].digits
    3
    """
    claims: dict[str, Claim] = {}
    for text in texts:
        name, sign, number = text.partition("=")
        metric = name.strip().lower()
        if not sign:
            raise UsageError(f"--claimed {text!r} has no number: write METRIC=NUMBER, as in psnr=29.46.")
        if metric not in SEARCHED:
            raise UsageError(f"--claimed knows no metric {name!r}{did_you_mean(metric, SEARCHED)}")
        if metric in claims:
            raise UsageError(f"--claimed has {metric} twice: ask about one number at a time.")
        claims[metric] = Claim(metric, number.strip(), _digits(number.strip(), digits, text))
    if not claims:
        raise UsageError("--claimed needs a number to explain, as in --claimed psnr=29.46 ssim=0.899.")
    return _in_order(claims.values())


def _digits(number: str, digits: str, text: str) -> int:
    printed = re.fullmatch(r"-?\d*(?:\.(\d*))?", number)
    if printed is None or not any(map(str.isdigit, number)):
        raise UsageError(f"--claimed {text!r} is not a plain decimal number: write it as it is printed, as in 29.46.")
    if digits == "auto":
        return min(len(printed[1] or ""), MOST_DIGITS)
    if not digits.isdecimal() or int(digits) > MOST_DIGITS:
        raise UsageError(f"--digits is {digits!r}: give auto, or 0 to {MOST_DIGITS} digits after the point.")
    return int(digits)


def _in_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(sorted(claims, key=lambda claim: SEARCHED.index(claim.metric)))
