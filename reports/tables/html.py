"""HTML tables for web pages or wikis."""

from __future__ import annotations

from html import escape

from .sheet import NumberCell, Sheet

__all__ = ["render_html"]


def render_html(sheet: Sheet) -> str:
    """Render a sheet as `<table>`: best `<b>`, second `<u>`, published results in `<small>`, notes in a list below."""
    heads = "".join(
        f'<th colspan="{len(column.metrics)}" scope="colgroup">{escape(column.title)}{_signs(column.signs)}'
        f"{f' <code>{escape(column.protocol)}</code>' if column.protocol else ''}</th>"
        for column in sheet.columns
    )
    metrics = "".join(f'<th scope="col">{escape(name)}</th>' for column in sheet.columns for name in column.metrics)
    lead = "".join(f'<th rowspan="2" scope="col">{name}</th>' for name in sheet.lead[0 if sheet.grouped else 1 :])
    lines = ["<table>", "<thead>", f"<tr>{lead}{heads}</tr>", f"<tr>{metrics}</tr>", "</thead>", "<tbody>"]
    previous = None
    for row in sheet.rows:
        group = f"<td>{'' if row.group == previous else escape(row.group)}</td>" if sheet.grouped else ""
        cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row.cells)
        lines.append(f'<tr>{group}<th scope="row">{escape(row.title)}</th>{cells}</tr>')
        previous = row.group
    notes = "".join(f"<li><sup>{sign}</sup> {escape(note)}</li>\n" for sign, note in sheet.notes)
    return "\n".join((*lines, "</tbody>", "</table>", f"<ul>\n{notes}</ul>\n" if notes else ""))


def _cell(cell: NumberCell) -> str:
    number = {0: cell.text, 1: f"<b>{cell.text}</b>", 2: f"<u>{cell.text}</u>"}[cell.rank]
    delta = f" <small>{cell.delta}</small>" if cell.delta else ""
    published = f" <small>({cell.published}{_signs(cell.published_signs)})</small>" if cell.published else ""
    return f"{number}{_signs(cell.signs)}{delta}{published}"


def _signs(signs: tuple[str, ...]) -> str:
    return f"<sup>{' '.join(signs)}</sup>" if signs else ""
