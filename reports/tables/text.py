"""Terminal tables."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from .sheet import NumberCell, Sheet, SheetColumn, superscript

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

__all__ = ["render_text"]

RANKS = {1: "bold", 2: "underline"}
AGREEMENTS = {"agrees": "green", "close": "yellow", "differs": "red", "not comparable": "dim"}


def render_text(sheet: Sheet) -> Table:
    """Render a sheet as a rich table: best bold, second underlined, published results in brackets."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left", caption=_legend(sheet))
    if sheet.grouped:
        table.add_column(sheet.lead[0])
    table.add_column(sheet.lead[1], overflow="fold", min_width=12)
    for column in sheet.columns:
        for index, metric in enumerate(column.metrics):
            table.add_column(_head(column, metric, first=index == 0), justify="right", no_wrap=True)
    previous = None
    for row in sheet.rows:
        if previous not in (None, row.group):
            table.add_section()
        lead = [Text("" if row.group == previous else row.group, "dim")] if sheet.grouped else []
        table.add_row(*lead, Text(row.title), *(_cell(cell) for cell in row.cells))
        previous = row.group
    return table


def _head(column: SheetColumn, metric: str, *, first: bool) -> Text:
    from rich.text import Text

    title, protocol = (column.title + superscript(column.signs), column.protocol) if first else ("", "")
    return Text.assemble((title, "bold"), "\n", (protocol, "dim"), "\n", metric)


def _cell(cell: NumberCell) -> Text:
    from rich.text import Text

    text = Text(cell.text, RANKS.get(cell.rank, ""))
    text.append(superscript(cell.signs), "not bold not underline")
    if cell.delta:
        text.append(f" {cell.delta}", "not bold not underline cyan")
    if cell.published:
        colour = AGREEMENTS[cell.agreement or "not comparable"]
        text.append(f" ({cell.published}{superscript(cell.published_signs)})", f"not bold not underline {colour}")
    return text


def _legend(sheet: Sheet) -> Text:
    from rich.text import Text

    lines = [f"{superscript((sign,))} {note}" for sign, note in sheet.notes]
    if any(cell.published for row in sheet.rows for cell in row.cells):
        lines.insert(0, "measured (published)")
    return Text(
        "\n".join(part for line in lines for part in _wrapped(line)), "not italic dim", no_wrap=True, overflow="ignore"
    )


def _wrapped(note: str) -> list[str]:
    """A note at the width of the screen, not of the table, which may be narrow; whole where it goes to a file."""
    if not sys.stdout.isatty():
        return [note]
    return textwrap.wrap(note, shutil.get_terminal_size().columns, break_on_hyphens=False)
