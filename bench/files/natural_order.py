"""Natural order of image keys: numbers by value, not digit by digit."""

from __future__ import annotations

import re

__all__ = ["natural_order"]


def natural_order(key: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that compares numbers inside a name by value.

    >>> sorted(["scene2/10", "scene2/9", "scene10/1"], key=natural_order)
    ['scene2/9', 'scene2/10', 'scene10/1']
    """
    # The text after the number keeps numbers that differ in leading zeros only (`1`, `01`) distinct.
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", key) if part)
