"""Run folders in, a table out, in the format that was asked for."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ..bench.errors import UsageError, did_you_mean
from ..bench.runs import Run
from .board import Board, build_board
from .metric_style import parse_digits
from .sheet import lay_out
from .table_data import board_items, render_csv
from .table_latex import render_latex
from .table_markdown import render_markdown

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["TableFormat", "draw_table"]

TableFormat = Literal["text", "markdown", "latex", "csv", "json"]


def draw_table(
    runs: Sequence[Run], format_: TableFormat, *, metrics: Sequence[str] = (), digits: Sequence[str] = ()
) -> str | list[Table]:
    """A finished text, or for `text` the tables that a terminal shows: one, or one per data set if one is too wide.

    Args:
        runs: what to show.
        format_: `text`, `markdown`, `latex`, `csv` or `json`.
        metrics: only these, in this order; all by default.
        digits: `METRIC=DIGITS`, digits after the point.

    Raises:
        UsageError: no run has one of the metrics, or a malformed number of digits.
    """
    known = {metric for run in runs for metric in run.info.protocol.metrics}
    for metric in metrics:
        if metric not in known:
            raise UsageError(f"No run has the metric {metric!r}{did_you_mean(metric, known)}")
    board = build_board(runs, metrics)
    if format_ == "json":
        return json.dumps(board_items(board), indent=2, ensure_ascii=False, allow_nan=False)
    if format_ == "csv":
        return render_csv(board)
    shown = parse_digits(digits)
    if format_ == "text":
        return _fitting(board, shown)
    return render_markdown(lay_out(board, shown)) if format_ == "markdown" else render_latex(lay_out(board, shown))


def _fitting(board: Board, digits: dict[str, int]) -> list[Table]:
    from rich.console import Console
    from rich.measure import Measurement

    from .table_text import render_text

    whole = render_text(lay_out(board, digits))
    if not sys.stdout.isatty() or len(board.columns) == 1:
        return [whole]
    console = Console(width=shutil.get_terminal_size().columns)
    body = Measurement.get(console, console.options.update(width=10_000), whole)
    if body.maximum <= console.width:
        return [whole]
    return [render_text(lay_out(_only(board, index), digits)) for index in range(len(board.columns))]


def _only(board: Board, index: int) -> Board:
    """The board of one column."""
    rows = tuple(
        replace(row, entries={0: row.entries[index]}) for row in board.rows if index in row.entries
    )  # fmt: skip -- one tuple
    return Board((board.columns[index],), rows)
