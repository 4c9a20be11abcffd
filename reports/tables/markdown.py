"""Markdown tables for READMEs and pull requests."""

from __future__ import annotations

import re

from .sheet import NumberCell, Sheet, SheetColumn, superscript

__all__ = ["escape_markdown", "render_markdown"]


def render_markdown(sheet: Sheet) -> str:
    """Render a sheet as a GitHub table: best **bold**, second <u>underlined</u>, published results in brackets."""
    heads = [
        f"{_head(column)} {escape_markdown(metric)}".lstrip() for column in sheet.columns for metric in column.metrics
    ]
    lead = list(sheet.lead if sheet.grouped else sheet.lead[1:])
    lines = [_line([*lead, *heads]), _line([":--"] * len(lead) + ["--:"] * len(heads))]
    previous = None
    for row in sheet.rows:
        group = "" if row.group == previous else escape_markdown(row.group)
        lines.append(_line([*([group] if sheet.grouped else []), escape_markdown(row.title), *map(_cell, row.cells)]))
        previous = row.group
    notes = [f"{superscript((sign,))} {escape_markdown(note)}" for sign, note in sheet.notes]
    if any(cell.published for row in sheet.rows for cell in row.cells):
        notes.insert(0, "measured (published)")
    return "\n".join((*lines, *(["", "<br>\n".join(notes)] if notes else []), ""))


def escape_markdown(text: str) -> str:
    r"""Escape text for Markdown and HTML inside it.

    >>> escape_markdown("<b> a_b | *c*")
    '&lt;b&gt; a\\_b \\| \\*c\\*'
    """
    html = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]#|~$])", r"\\\1", html)


def _head(column: SheetColumn) -> str:
    # A code span knows no escapes.
    plain = re.fullmatch(r"[\w.@+ -]+", column.protocol)
    protocol = f" `{column.protocol}`" if plain else f" {escape_markdown(column.protocol)}".rstrip()
    return f"{escape_markdown(column.title)}{superscript(column.signs)}{protocol}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: NumberCell) -> str:
    text = {0: cell.text, 1: f"**{cell.text}**", 2: f"<u>{cell.text}</u>"}[cell.rank]
    published = f" ({cell.published}{superscript(cell.published_signs)})" if cell.published else ""
    delta = f" {cell.delta}" if cell.delta else ""
    return f"{text}{superscript(cell.signs)}{delta}{published}"
