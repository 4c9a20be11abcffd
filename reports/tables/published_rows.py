"""Rows of published results below the measured ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...bench.errors import UsageError, did_you_mean, few
from ...bench.runs.run import Run
from ..board.board import UNDATED, Board, Column
from ..board.names import normal_name
from ..board.numbers import show_number
from ..board.published import PublishedNumber, load_published
from .bibliography import Bibliography
from .method_years import method_year
from .sheet import NumberCell, Sheet, SheetRow, Signs

__all__ = ["published_elsewhere", "published_rows", "with_published"]

ALL = "all"
"""Stands for every published model."""

Key = tuple[str, str]
"""A published model and its training data."""


def with_published(
    sheet: Sheet, board: Board, models: Sequence[str], digits: Mapping[str, int], bibliography: Bibliography | None
) -> Sheet:
    """Add unranked rows of published results with the protocols of the columns, the earliest methods first.

    On a board by year, those of a year stand together.

    Args:
        sheet: the sheet laid out from the board.
        board: the measured results.
        models: names as in papers; `all` for every model with a matching result that does not stand in brackets.
        digits: decimals by metric.
        bibliography: where their sources are cited, if one is written.

    Raises:
        UsageError: a model has no published result with a data set and protocol of the table.
    """
    signs = Signs(sheet.notes)
    width = sum(len(column.metrics) for column in sheet.columns)
    rows: list[SheetRow] = []
    for (model, _), numbers in published_rows(board, models).items():
        citation = "" if bibliography is None else _cite(numbers.values(), bibliography)
        cells = [NumberCell()] * width
        for position, number in numbers.items():
            column, metric = _places(board)[position]
            text = show_number(number.value, column.metrics[metric], digits)
            cells[position] = NumberCell(text, signs=signs.of(_notes(number, cited=bool(citation))))
        rows.append(SheetRow(model, _group(board, model), tuple(cells), citation))
    return replace(sheet, rows=(*sheet.rows, *rows), notes=signs.notes())


def published_rows(board: Board, models: Sequence[str]) -> dict[Key, dict[int, PublishedNumber]]:
    """Published results by model and training data, and by position among the metrics of all columns.

    Args:
        board: the measured results.
        models: as for `with_published`.

    Raises:
        UsageError: a model has no published result with a data set and protocol of the table.
    """
    places = {
        (normal_name(name), normal_name(metric), column.protocol): position
        for position, (column, metric) in enumerate(_places(board))
        for name in (column.dataset.partition("[")[0], column.title)
    }
    repeated = _in_brackets(board) if list(models) == [ALL] else set[tuple[str, ...]]()
    found: dict[Key, dict[int, PublishedNumber]] = {}
    for number in load_published():
        position = places.get((normal_name(number.dataset), normal_name(number.metric), number.protocol))
        if position is not None and _identity(number) not in repeated:
            found.setdefault((number.model, number.trained_on), {}).setdefault(position, number)
    return {key: found[key] for key in _wanted(found, models)}


def published_elsewhere(runs: Iterable[Run]) -> str:
    """A sentence on published results that no table of these runs can show beside them, `""` if there are none.

    Their protocol is another one, or not stated by their source.
    """
    protocols: dict[str, set[str]] = {}
    titles: dict[str, str] = {}
    for run in runs:
        for name in (run.info.dataset.name, run.info.dataset.title):
            protocols.setdefault(normal_name(name), set()).add(run.protocol)
            titles[normal_name(name)] = run.info.dataset.title
    shown = {number.model for number in load_published() if _by_protocol(number, protocols)}
    others = [number for number in load_published() if normal_name(number.dataset) in protocols]
    models = sorted({number.model for number in others} - shown)
    if not models:
        return ""
    names = few(dict.fromkeys(titles[normal_name(number.dataset)] for number in others if number.model in models))
    return (
        f"Published on {names} by another protocol or one that is not stated, so not in the table: {few(models, 8)}. "
        "`restorebench published --dataset NAME` lists them."
    )


def _by_protocol(number: PublishedNumber, protocols: Mapping[str, set[str]]) -> bool:
    return number.protocol in protocols.get(normal_name(number.dataset), ())


def _in_brackets(board: Board) -> set[tuple[str, ...]]:
    values = (value for row in board.rows for entry in row.entries.values() for value in entry.values.values())
    return {_identity(value.published.number) for value in values if value.published is not None}


def _identity(number: PublishedNumber) -> tuple[str, ...]:
    """What makes two published numbers one, whoever printed them."""
    names = (normal_name(name) for name in (number.model, number.dataset, number.metric))
    return *names, number.protocol, f"{number.value:.12g}"


def _cite(numbers: Iterable[PublishedNumber], bibliography: Bibliography) -> str:
    sources = dict.fromkeys((number.source, number.year) for number in numbers)
    return ",".join(dict.fromkeys(bibliography.cite_source(*source) for source in sources))


def _places(board: Board) -> list[tuple[Column, str]]:
    return [(column, metric) for column in board.columns for metric in column.metrics]


def _group(board: Board, model: str) -> str:
    return f"published {method_year(model) or UNDATED}" if board.grouping == "year" else "published"


def _chronological(key: Key) -> tuple[int, str, str]:
    """Methods of an unknown year last."""
    model, trained_on = key
    return method_year(model) or sys.maxsize, model.casefold(), trained_on


def _wanted(found: Mapping[Key, object], models: Sequence[str]) -> list[Key]:
    known = {model for model, _ in found}
    if list(models) == [ALL]:
        return sorted(found, key=_chronological)
    for model in models:
        if model not in known:
            raise UsageError(
                f"There is no published result of {model!r} with a data set and protocol of this table"
                f"{did_you_mean(model, known)}"
            )
    return [key for model in models for key in sorted(found) if key[0] == model]


def _notes(number: PublishedNumber, *, cited: bool) -> list[str]:
    notes = [] if cited else [f"published{' by others' if number.secondhand else ''}: {number.source}"]
    notes += [f"trained on {number.trained_on}"] if number.trained_on else []
    return [*notes, *([f"inference: {number.inference}"] if number.inference else [])]
