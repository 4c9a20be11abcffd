"""A table as papers print it, before it becomes text, Markdown or LaTeX: numbers rounded, notes numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .board import Board, Column, Entry, Row, Value
from .matching import Agreement
from .metric_style import MISSING, show_number, style_of
from .notes import Note

__all__ = ["NumberCell", "Sheet", "SheetColumn", "SheetRow", "lay_out", "superscript"]

SIGNS = "†‡§¶‖abcdefghijklmnoprstuvwxyz"
SUPERSCRIPTS = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")


@dataclass(frozen=True, slots=True)
class NumberCell:
    """One number, and the published one beside it."""

    text: str = ""
    """`""` where a model was not run on a data set."""

    rank: int = 0
    signs: tuple[str, ...] = ()
    """Of the notes on the measured number."""

    published: str = ""
    published_signs: tuple[str, ...] = ()
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A data set by a protocol, over one column per metric."""

    title: str
    protocol: str
    metrics: tuple[str, ...]
    """With an arrow: `PSNR ↑`."""

    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One model."""

    title: str
    family: str
    cells: tuple[NumberCell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a printed table shows."""

    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[tuple[str, str], ...]
    """Sign and text."""


class _Signs:
    """Hands out one sign per text, in order of first use."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def of(self, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.texts.setdefault(text, self._next()) for text in texts)

    def _next(self) -> str:
        times, index = divmod(len(self.texts), len(SIGNS))
        return SIGNS[index] * (times + 1)


def lay_out(board: Board, digits: Mapping[str, int]) -> Sheet:
    """Round every number and give every note its sign; what all models of a column share stands in its head."""
    signs = _Signs()
    shared = [_shared_notes(board, index) for index in range(len(board.columns))]
    columns = tuple(_column(column, signs.of(notes)) for column, notes in zip(board.columns, shared, strict=True))
    rows = tuple(_row(row, board.columns, shared, digits, signs) for row in board.rows)
    return Sheet(columns, rows, tuple((sign, text) for text, sign in signs.texts.items()))


def superscript(signs: Sequence[str]) -> str:
    """Signs as raised characters, for places that cannot raise letters.

    >>> superscript(("†", "b"))
    '†ᵇ'
    """
    return "".join(signs).translate(SUPERSCRIPTS)


def _shared_notes(board: Board, index: int) -> list[str]:
    noted = [[note.text for note in row.entries[index].notes] for row in board.rows if index in row.entries]
    if len(noted) < 2:  # noqa: PLR2004 -- a lone model keeps its own notes
        return []
    return [text for text in noted[0] if all(text in texts for texts in noted)]


def _column(column: Column, signs: tuple[str, ...]) -> SheetColumn:
    metrics = tuple(f"{style_of(metric).title} {style_of(metric).arrow}" for metric in column.metrics)
    return SheetColumn(column.title, column.protocol, metrics, signs)


def _row(
    row: Row, columns: Sequence[Column], shared: Sequence[list[str]], digits: Mapping[str, int], signs: _Signs
) -> SheetRow:
    cells: list[NumberCell] = []
    for index, column in enumerate(columns):
        entry = row.entries.get(index)
        if entry is None:
            cells += [NumberCell()] * len(column.metrics)
        else:
            cells += [
                _cell(entry, entry.values[metric], shared[index], digits, signs)
                if metric in entry.values
                else NumberCell(MISSING)
                for metric in column.metrics
            ]
    return SheetRow(row.title, row.family, tuple(cells))


def _cell(entry: Entry, value: Value, shared: Sequence[str], digits: Mapping[str, int], signs: _Signs) -> NumberCell:
    notes: tuple[Note, ...] = (*entry.notes, *value.notes)
    own = signs.of([note.text for note in notes if note.text not in shared])
    text = show_number(value.summary.mean, value.metric, digits)
    match = value.published
    if match is None:
        return NumberCell(text, value.rank, own)
    published = show_number(match.number.value, value.metric, digits)
    reasons = signs.of(["; ".join(match.reasons)]) if match.reasons else ()
    return NumberCell(text, value.rank, own, published, reasons, match.agreement)
