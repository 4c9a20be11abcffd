"""Tables from run folders, in any output format."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...bench.errors import UsageError, did_you_mean
from ...bench.files.atomic import write_atomic
from ...bench.runs.run import Run
from ...bench.runs.trust import Trust
from ...bench.terminal.screening import screened_json
from ..board.board import Board, Grouping, build_board
from ..board.numbers import parse_digits
from .bibliography import Bibliography, cited
from .costs import find_costs
from .data import board_items, render_csv
from .html import render_html
from .latex import render_latex
from .markdown import render_markdown
from .published_rows import with_published
from .sheet import Sheet, lay_out
from .sheet_parts import transposed, with_costs
from .suite_columns import suite_items, with_suites

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["TableFormat", "TableOptions", "TableStyle", "draw_table"]

TableFormat = Literal["text", "markdown", "latex", "html", "csv", "json"]
TableStyle = Literal["models-as-rows", "models-as-columns"]
RENDERERS = {"markdown": render_markdown, "latex": render_latex, "html": render_html}


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Content and style of a table."""

    metrics: Sequence[str] = ()
    """Metrics to show, in this order; all by default."""

    digits: Sequence[str] = ()
    """Decimals, as `METRIC=DIGITS`."""

    style: TableStyle = "models-as-rows"
    cost: bool = False
    """Whether to add columns of measured costs."""

    cost_columns: Sequence[str] = ()
    """Costs to add, named as in tables; `all` for each one; by default one of each kind at one size."""

    published: Sequence[str] = ()
    """Published models to add as rows; `all` for every matching one."""

    bib: Path | None = None
    """Output file of the bibliography cited by a LaTeX table."""

    group: Grouping = "family"
    """Criterion for grouping rows."""

    trust: Trust = "claimed"
    """Only results of at least this trust."""


def draw_table(runs: Sequence[Run], format_: TableFormat, options: TableOptions | None = None) -> str | list[Table]:
    """Render a table as text, or for the format `text` as terminal tables: one, or one per data set if too wide.

    Raises:
        UsageError: no run has a metric or the trust, no published model matches a name, a number of digits is
            malformed, or a bibliography is requested for a format other than LaTeX.
    """
    chosen = options or TableOptions()
    known = {metric for run in runs for metric in run.info.protocol.metrics}
    for metric in chosen.metrics:
        if metric not in known:
            raise UsageError(f"No run has the metric {metric!r}{did_you_mean(metric, known)}")
    if chosen.bib and format_ != "latex":
        raise UsageError(f"--bib requires a LaTeX table: use --format latex instead of {format_}, or omit --bib.")
    board = build_board(runs, chosen.metrics, chosen.group, chosen.trust)
    if not board.rows:
        raise UsageError(f"No result is {chosen.trust}: ask for less with --trust, or leave it out.")
    if format_ in {"json", "csv"}:
        items = [*board_items(board, find_costs(runs), chosen.published), *suite_items(board)]
        if format_ == "csv":
            return render_csv(items)
        return screened_json(json.dumps(items, indent=2, ensure_ascii=False, allow_nan=False))
    if format_ == "text":
        return _fitting(board, runs, chosen)
    return RENDERERS[format_](_sheet(board, runs, chosen))


def _sheet(board: Board, runs: Sequence[Run], options: TableOptions) -> Sheet:
    digits = parse_digits(options.digits)
    sheet = lay_out(board, digits)
    bibliography = Bibliography() if options.bib else None
    if bibliography:
        sheet = cited(sheet, board, bibliography)
    sheet = with_suites(sheet, board, digits)
    if options.cost or options.cost_columns:
        sheet = with_costs(sheet, board, find_costs(runs), options.cost_columns)
    if options.published:
        sheet = with_published(sheet, board, options.published, digits, bibliography)
    if bibliography and options.bib:
        write_atomic(options.bib, bibliography.render())
    return transposed(sheet) if options.style == "models-as-columns" else sheet


def _fitting(board: Board, runs: Sequence[Run], options: TableOptions) -> list[Table]:
    """One table, or if the terminal is too narrow, one for each data set, one of suites' means and one of the costs."""
    from rich.console import Console
    from rich.measure import Measurement

    from .text import render_text

    whole = render_text(_sheet(board, runs, options))
    costs = bool(options.cost or options.cost_columns)
    if not sys.stdout.isatty() or len(board.columns) + costs == 1:
        return [whole]
    console = Console(width=shutil.get_terminal_size().columns)
    wanted = Measurement.get(console, console.options.update(width=10_000), whole)
    if wanted.maximum <= console.width:
        return [whole]
    plain = replace(options, cost=False, cost_columns=())
    tables = [render_text(_sheet(_only(board, index), runs, plain)) for index in range(len(board.columns))]
    suites = with_suites(_bare(board), board, parse_digits(options.digits))
    alone = [suites, _costs(board, runs, options)] if costs else [suites]
    return [*tables, *(render_text(sheet) for sheet in alone if sheet.columns)]


def _costs(board: Board, runs: Sequence[Run], options: TableOptions) -> Sheet:
    """The costs alone."""
    return with_costs(_bare(board), board, find_costs(runs), options.cost_columns)


def _bare(board: Board) -> Sheet:
    """The rows without columns."""
    sheet = lay_out(board, {})
    return replace(sheet, columns=(), rows=tuple(replace(row, cells=()) for row in sheet.rows), notes=())


def _only(board: Board, index: int) -> Board:
    """Reduce the board to one column."""
    here = (row for row in board.rows if index in row.entries)
    rows = tuple(replace(row, entries={0: row.entries[index]}) for row in here)
    return replace(board, columns=(board.columns[index],), rows=rows)
