"""The order of the images of a data set."""

from __future__ import annotations

import re

__all__ = ["natural_order"]


def natural_order(key: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts numbers inside a key by value.

    >>> sorted(["scene2/10", "scene2/9", "scene10/1"], key=natural_order)
    ['scene2/9', 'scene2/10', 'scene10/1']
    """
    # Equal numbers with different zeros (`1`, `01`) stay distinct by the text that follows them.
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", key) if part)
