"""Optional parts of a table: cost columns, rows of published results, and transposition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...bench.errors import UsageError, did_you_mean
from ..board.board import Board, Column
from ..board.names import normal_name
from ..board.numbers import show_number
from ..board.published import PublishedNumber, load_published
from .costs import CostCell, ModelCost, cost_cells
from .sheet import NumberCell, Sheet, SheetColumn, SheetRow, Signs

__all__ = ["transposed", "with_costs", "with_published"]

Key = tuple[str, str]
"""A published model and its training data."""


def with_costs(sheet: Sheet, board: Board, costs: Mapping[str, ModelCost]) -> Sheet:
    """Add a group of columns: parameters, multiply-accumulates, latency, memory."""
    measured = [cost_cells(costs.get(row.model)) for row in board.rows]
    heads = tuple(dict.fromkeys(head for cells in measured for head in cells))
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


def with_published(sheet: Sheet, board: Board, models: Sequence[str], digits: Mapping[str, int]) -> Sheet:
    """Add unranked rows of published results with the protocols of the columns.

    Args:
        sheet: the sheet laid out from the board.
        board: the measured results.
        models: names as in papers; `all` for every model with a matching result.
        digits: decimals by metric.

    Raises:
        UsageError: a model has no published result with a data set and protocol of the table.
    """
    places = {
        (normal_name(name), normal_name(metric), column.protocol): position
        for position, (column, metric) in enumerate(_places(board))
        for name in (column.dataset.partition("[")[0], column.title)
    }
    found: dict[Key, dict[int, PublishedNumber]] = {}
    for number in load_published():
        position = places.get((normal_name(number.dataset), normal_name(number.metric), number.protocol))
        if position is not None:
            found.setdefault((number.model, number.trained_on), {}).setdefault(position, number)
    signs = Signs(sheet.notes)
    width = sum(len(column.metrics) for column in sheet.columns)
    rows = [
        SheetRow(model, "published", _cells(found[model, data], width, board, digits, signs))
        for model, data in _wanted(found, models)
    ]
    return replace(sheet, rows=(*sheet.rows, *rows), notes=signs.notes())


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


def _places(board: Board) -> list[tuple[Column, str]]:
    return [(column, metric) for column in board.columns for metric in column.metrics]


def _wanted(found: Mapping[Key, object], models: Sequence[str]) -> list[Key]:
    known = {model for model, _ in found}
    if list(models) == ["all"]:
        return sorted(found)
    for model in models:
        if model not in known:
            raise UsageError(
                f"There is no published result of {model!r} with a data set and protocol of this table"
                f"{did_you_mean(model, known)}"
            )
    return [key for model in models for key in sorted(found) if key[0] == model]


def _cells(
    numbers: Mapping[int, PublishedNumber], width: int, board: Board, digits: Mapping[str, int], signs: Signs
) -> tuple[NumberCell, ...]:
    places = _places(board)
    cells = [NumberCell()] * width
    for position, number in numbers.items():
        column, metric = places[position]
        notes = [f"published: {number.source}"]
        notes += [f"trained on {number.trained_on}"] if number.trained_on else []
        notes += [f"inference: {number.inference}"] if number.inference else []
        cells[position] = NumberCell(show_number(number.value, column.metrics[metric], digits), 0, signs.of(notes))
    return tuple(cells)
