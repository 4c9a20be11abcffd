"""The board by task: one part per task, without metrics that no model has a value of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .board import Board, Column, Entry, Row, ordered_rows

__all__ = ["Part", "fold_empty_metrics", "split_by_task"]


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one task, and the models that were measured on any of them."""

    task: str
    board: Board
    """Its columns and rows alone."""

    columns: tuple[int, ...]
    """Index of each of its columns in the whole board."""

    rows: tuple[int, ...]
    """Index of each of its rows in the whole board."""


def split_by_task(board: Board) -> tuple[Part, ...]:
    """Split a board into its tasks, in the order of their first columns."""
    tasks = dict.fromkeys(column.task for column in board.columns)
    return tuple(_part(board, task) for task in tasks)


def _part(board: Board, task: str) -> Part:
    columns = tuple(index for index, column in enumerate(board.columns) if column.task == task)
    place = {row.title: index for index, row in enumerate(board.rows)}
    own = [replace(row, entries=entries) for row in board.rows if (entries := _entries_in(row, columns))]
    here = tuple(board.columns[index] for index in columns)
    rows = ordered_rows(own, here, board.grouping)
    return Part(task, Board(here, tuple(rows), board.grouping), columns, tuple(place[row.title] for row in rows))


def _entries_in(row: Row, columns: tuple[int, ...]) -> dict[int, Entry]:
    """Entries of a row by their place among some columns."""
    return {place: row.entries[column] for place, column in enumerate(columns) if column in row.entries}


def fold_empty_metrics(board: Board) -> tuple[Board, tuple[str, ...]]:
    """Remove the metrics of which no model has a value from their columns, and say which and why.

    A column that would lose all its metrics keeps them.
    """
    columns: list[Column] = []
    lines: dict[str, list[str]] = {}
    for index, column in enumerate(board.columns):
        known = {name: each for name, each in column.metrics.items() if _has_values(board, index, name)}
        columns.append(replace(column, metrics=known or column.metrics))
        for name, metric in column.metrics.items():
            if known and name not in known:
                why = next(_reasons(board, index, name), "").rstrip(".")
                line = f"{metric.title} has no value{f' ({why})' if why else ''}"
                lines.setdefault(line, []).append(f"{column.title} by {column.protocol}")
    texts = (f"{line}: {', '.join(where)}." for line, where in lines.items())
    return replace(board, columns=tuple(columns)), tuple(texts)


def _has_values(board: Board, column: int, metric: str) -> bool:
    entries = (row.entries[column] for row in board.rows if column in row.entries)
    return any(entry.values[metric].summary.mean is not None for entry in entries if metric in entry.values)


def _reasons(board: Board, column: int, metric: str) -> Iterator[str]:
    for row in board.rows:
        entry = row.entries.get(column)
        if entry is not None and (reason := entry.summary.nulls.get(metric)):
            yield reason
