"""The rule of digits: how many a number of a metric is printed with, wherever it is printed.

A value, of an image or a mean, has `MetricFacts.digits`; a difference, the end of an interval and a spread have one
more, `finer`. One number never looks like two, and none looks equal to a limit that it is not equal to.
"""

from __future__ import annotations

import math

__all__ = ["beside_limit"]

MOST_DIGITS = 15


def beside_limit(value: float, limit: float, digits: int, *, signed: bool = False) -> str:
    """Print a number that is compared with a limit; more digits follow where rounding would hide the relation.

    Args:
        value: the number.
        limit: that it is compared with.
        digits: after the point, as everywhere else.
        signed: whether a positive number has a sign.

    >>> beside_limit(29.4599, 29.0, 2), beside_limit(32.9987, 33.0, 2), beside_limit(0.1, 0.1, 3, signed=True)
    ('29.46', '33.00 (nearer: 32.999)', '+0.100')
    """
    sign = "+" if signed else ""
    text = f"{value:{sign}.{digits}f}"
    if not math.isfinite(value) or _side(value, limit) == _side(float(text), limit):
        return text
    finer = (f"{value:{sign}.{more}f}" for more in range(digits + 1, MOST_DIGITS + 1))
    nearer = next((each for each in finer if _side(float(each), limit) == _side(value, limit)), repr(value))
    return f"{text} (nearer: {nearer})"


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
