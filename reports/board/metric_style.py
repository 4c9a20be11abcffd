"""How papers print each metric: its name, its digits, and which direction is better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from ...bench.errors import UsageError

__all__ = ["MISSING", "MetricStyle", "parse_digits", "show_number", "style_of"]

MISSING = "\N{EN DASH}"
"""Stands where a number should."""


@dataclass(frozen=True, slots=True)
class MetricStyle:
    """The typography of one metric."""

    title: str
    digits: int
    """After the point."""

    higher_is_better: bool = True
    unit: str = ""

    @property
    def arrow(self) -> str:
        """`↑` where more is better, `↓` where less is."""
        return "↑" if self.higher_is_better else "↓"

    def better(self, value: float) -> float:
        """A sorting key: smaller for better values."""
        return -value if self.higher_is_better else value


STYLES = {
    "psnr": MetricStyle("PSNR", 2, unit="dB"),
    "ssim": MetricStyle("SSIM", 3),
    "lpips": MetricStyle("LPIPS", 3, higher_is_better=False),
    "dists": MetricStyle("DISTS", 3, higher_is_better=False),
    "fid": MetricStyle("FID", 2, higher_is_better=False),
    "niqe": MetricStyle("NIQE", 2, higher_is_better=False),
    "mae": MetricStyle("MAE", 2, higher_is_better=False),
    "mse": MetricStyle("MSE", 2, higher_is_better=False),
    "rmse": MetricStyle("RMSE", 2, higher_is_better=False),
}


@cache
def style_of(metric: str) -> MetricStyle:
    """The typography of a metric; of an unknown one by the first word of its name.

    >>> style_of("lpips-vgg").title, style_of("lpips-vgg").arrow, style_of("ssim").digits
    ('LPIPS-VGG', '↓', 3)
    """
    family = metric.lower().replace("_", "-").partition("-")[0]
    known = STYLES.get(family)
    return replace(known, title=metric.upper()) if known else MetricStyle(metric, 3)


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


def show_number(value: float | None, metric: str, digits: Mapping[str, int]) -> str:
    """A number as papers print it; `–` for a missing one.

    >>> show_number(29.4599, "psnr", {}), show_number(0.8989, "ssim", {"ssim": 4}), show_number(None, "lpips", {})
    ('29.46', '0.8989', '–')
    """
    if value is None:
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits.get(metric.lower(), style_of(metric).digits)}f}"
