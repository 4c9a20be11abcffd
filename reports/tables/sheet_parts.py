"""Optional parts of a table: cost columns, rows of published results, and transposition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..board.board import Board
from .cost_columns import chosen_heads
from .costs import CostCell, ModelCost, cost_cells
from .sheet import NumberCell, Sheet, SheetColumn, SheetRow, Signs

__all__ = ["transposed", "with_costs"]


def with_costs(sheet: Sheet, board: Board, costs: Mapping[str, ModelCost], asked: Sequence[str] = ()) -> Sheet:
    """Add a group of columns: parameters, multiply-accumulates, latency, memory.

    Args:
        sheet: the sheet laid out from the board.
        board: the measured results.
        costs: by model.
        asked: columns to show, named as in tables; `all` for each one; by default one of each kind.

    Raises:
        UsageError: no model has a cost that was asked for.
    """
    measured = [cost_cells(costs.get(row.model)) for row in board.rows]
    heads = chosen_heads(measured, asked)
    if not heads:
        return sheet
    signs = Signs(sheet.notes)
    rows = tuple(
        replace(row, cells=(*row.cells, *(_cost_cell(cells.get(head), signs) for head in heads)))
        for row, cells in zip(sheet.rows, measured, strict=True)
    )
    columns = (*sheet.columns, SheetColumn("Cost", "", heads))
    return replace(sheet, columns=columns, rows=rows, notes=signs.notes())


def _cost_cell(cell: CostCell | None, signs: Signs) -> NumberCell:
    return NumberCell() if cell is None else NumberCell(cell.text, signs=signs.of([cell.note] if cell.note else []))


def transposed(sheet: Sheet) -> Sheet:
    """Transpose: models as columns in the same groups, data sets and metrics as rows."""
    groups: dict[str, list[int]] = {}
    for index, row in enumerate(sheet.rows):
        groups.setdefault(row.group, []).append(index)
    columns = tuple(
        SheetColumn(group, "", tuple(sheet.rows[index].title for index in places)) for group, places in groups.items()
    )
    order = [index for places in groups.values() for index in places]
    rows: list[SheetRow] = []
    for column in sheet.columns:
        group = " ".join(filter(None, (column.title, column.protocol)))
        for metric in column.metrics:
            rows.append(SheetRow(metric, group, tuple(sheet.rows[index].cells[len(rows)] for index in order)))
    return replace(sheet, columns=columns, rows=tuple(rows), lead=("Data set", "Metric"))
