"""Tables that fit the width of a terminal: text is wrapped, and whole columns are left out, never part of a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column, Table

__all__ = ["fit_columns"]

NARROWEST = 18
"""Characters to which a column of text may shrink; longer words are broken."""

GAP = 3
"""Characters between two columns: padding on both sides, and a divider."""

EDGE = 1
"""Characters of the two edges, beyond the gap of the last column."""


def fit_columns(table: Table, console: Console, keep: Sequence[str] = ()) -> list[str]:
    """Narrow the columns of a table to the console, and remove columns from the right until the others fit.

    Args:
        table: whose first column stays. Cells of right-aligned columns are never wrapped, their headings are; others
            with `no_wrap` are never narrowed.
        console: with the width.
        keep: headings of columns that are removed only after all others, the most important one first.

    Returns:
        The headings of the removed columns, in the order of the table.
    """
    from rich.table import Table

    columns = list(table.columns)
    widest = [_widest(column, console) for column in columns]
    width = console.width - EDGE
    if sum(widest) + GAP * len(columns) <= width:
        return []
    narrowest = [_narrowest(column, console) for column in columns]
    rank = {heading: len(keep) - place for place, heading in enumerate(keep)}
    order = sorted(range(1, len(columns)), key=lambda place: (rank.get(_heading(columns[place]), 0), -place))
    shown = set(range(len(columns)))
    for place in order:
        if sum(narrowest[each] for each in shown) + GAP * len(shown) <= width:
            break
        shown.remove(place)
    spare = width - GAP * len(shown) - sum(narrowest[each] for each in shown)
    for place in sorted(shown):
        more = max(0, min(spare, widest[place] - narrowest[place]))
        columns[place].width = narrowest[place] + more
        columns[place].overflow = "fold"
        columns[place].no_wrap = False
        spare -= more
    # A new table numbers the columns again: what is padded as the last one depends on it.
    table.columns = Table(*(columns[place] for place in sorted(shown))).columns
    return [_heading(column) for place, column in enumerate(columns) if place not in shown]


def _widest(column: Column, console: Console) -> int:
    return max(high for _, high in _measured(column, console))


def _narrowest(column: Column, console: Console) -> int:
    """Width below which a column would lose its form: its numbers unbroken, its text readable."""
    (heading, _), *cells = _measured(column, console)
    if column.justify == "right":
        return max(heading, *(high for _, high in cells), 0)
    if column.no_wrap:
        return _widest(column, console)
    return min(NARROWEST, max(heading, *(low for low, _ in cells), 0))


def _measured(column: Column, console: Console) -> list[tuple[int, int]]:
    """Length of the longest word and of the longest line, of the heading and every cell."""
    from rich.measure import Measurement

    wide = console.options.update(width=10_000)
    texts: list[Any] = [column.header, *column.cells]
    found = [Measurement.get(console, wide, text) for text in texts]
    return [(each.minimum, each.maximum) for each in found]


def _heading(column: Column) -> str:
    return " ".join(str(column.header).split())
