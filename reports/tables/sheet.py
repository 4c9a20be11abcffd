"""Paper-style tables independent of the output format: rounded numbers and marked footnotes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...bench.contracts import ModelCard
from ...bench.runs.trust import MEANINGS, TRUST_LEVELS, Trust
from ..board.board import Board, Column, Entry, Grouping, Row
from ..board.matching import Agreement
from ..board.numbers import MISSING, show_number

__all__ = [
    "TRUST_SIGNS",
    "NumberCell",
    "Sheet",
    "SheetColumn",
    "SheetRow",
    "Signs",
    "base_of",
    "lay_out",
    "mean_difference",
    "superscript",
]

SIGNS = "†‡§¶‖abcdefghijklmnoprstuvwxyz"
TRUST_SIGNS: dict[Trust, str] = {"claimed": "○", "re-scored": "⊙", "re-run": "●"}
GROUPS: dict[Grouping, str] = {"family": "Family", "year": "Year", "none": ""}
SUPERSCRIPTS = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A measured result, with a published one beside it."""

    text: str = ""
    """The number; `""` if the model was not run on the data set."""

    rank: int = 0
    signs: tuple[str, ...] = ()
    """Signs of the notes on the measured result."""

    published: str = ""
    published_signs: tuple[str, ...] = ()
    agreement: Agreement | None = None
    delta: str = ""
    """Difference of a model that extends another one from that other: `+0.12`."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A data set with a protocol, spanning one column per metric."""

    title: str
    protocol: str
    """Name of the protocol; `""` for columns without one."""

    metrics: tuple[str, ...]
    """Titles of the metrics with an arrow: `PSNR ↑`."""

    signs: tuple[str, ...] = ()
    citation: str = ""
    """Key of the data set's paper in the bibliography, if one is written."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One model."""

    title: str
    group: str
    cells: tuple[NumberCell, ...]
    citation: str = ""
    """Key of the paper in the bibliography, if one is written."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The complete content of a table."""

    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    notes: tuple[tuple[str, str], ...]
    """Signs and texts of the footnotes."""

    lead: tuple[str, str] = ("Family", "Model")
    """Headings of the groups and of the rows; groups without a heading are only separated."""

    sources: tuple[str, ...] = ()
    """Keys of the published results' sources in the bibliography, if one is written."""

    @property
    def grouped(self) -> bool:
        """Whether there is more than one group."""
        return len({row.group for row in self.rows}) > 1


class Signs:
    """Footnote signs, assigned to texts in order of first use; `notes` are signs already assigned."""

    def __init__(self, notes: Sequence[tuple[str, str]] = ()) -> None:
        self.texts: dict[str, str] = {text: sign for sign, text in notes}

    def of(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Signs of the given texts."""
        return tuple(self.texts.setdefault(text, self._next()) for text in texts)

    def notes(self) -> tuple[tuple[str, str], ...]:
        """Every sign with its text."""
        return tuple((sign, text) for text, sign in self.texts.items())

    def _next(self) -> str:
        times, index = divmod(len(self.texts), len(SIGNS))
        return SIGNS[index] * (times + 1)


def lay_out(board: Board, digits: Mapping[str, int]) -> Sheet:
    """Round all numbers and assign footnote signs; notes shared by all models of a column go to its head."""
    signs = Signs()
    shared = tuple(_shared_notes(board, index) for index in range(len(board.columns)))
    columns = tuple(_column(column, signs.of(notes)) for column, notes in zip(board.columns, shared, strict=True))
    layout = _Layout(board.columns, shared, digits, signs)
    rows = tuple(layout.row(row, base_of(row, board.rows)) for row in board.rows)
    return Sheet(columns, rows, (*signs.notes(), *_trust_legend(board)), (GROUPS[board.grouping], "Model"))


def _trust_legend(board: Board) -> list[tuple[str, str]]:
    """The signs of trust in the board, with their meanings."""
    entries = [entry for row in board.rows for entry in row.entries.values()]
    seen = {value.trust for entry in entries for value in entry.values.values() if value.summary.mean is not None}
    return [(TRUST_SIGNS[level], MEANINGS[level]) for level in TRUST_LEVELS if level in seen]


def base_of(row: Row, rows: Sequence[Row]) -> Row | None:
    """The row of the model that this one extends, unless the two were built with different values of one option."""
    card = _card(row)
    for other in rows:
        base = _card(other)
        shared = card.settings.keys() & base.settings.keys()
        if card.base and base.name == card.base and all(card.settings[key] == base.settings[key] for key in shared):
            return other
    return None


def _card(row: Row) -> ModelCard:
    return next(iter(row.entries.values())).run.info.model


def superscript(signs: Sequence[str]) -> str:
    """Convert signs to superscript characters, for output without superscript markup.

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
    metrics = tuple(metric.heading for metric in column.metrics.values())
    return SheetColumn(column.title, column.protocol, metrics, signs)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Context of a table for laying out its cells."""

    columns: Sequence[Column]
    shared: Sequence[Sequence[str]]
    digits: Mapping[str, int]
    signs: Signs

    def row(self, row: Row, base: Row | None) -> SheetRow:
        places = [(index, metric) for index, column in enumerate(self.columns) for metric in column.metrics]
        return SheetRow(row.title, row.group, tuple(self.cell(row, base, index, metric) for index, metric in places))

    def cell(self, row: Row, base: Row | None, index: int, metric: str) -> NumberCell:
        entry = row.entries.get(index)
        if entry is None:
            return NumberCell()
        value = entry.values.get(metric)
        if value is None:
            return NumberCell(MISSING)
        notes = [note.text for note in (*entry.notes, *value.notes)]
        own = self.signs.of([text for text in notes if text not in self.shared[index]])
        if value.trust is not None and value.summary.mean is not None:
            own = (*own, TRUST_SIGNS[value.trust])
        text = show_number(value.summary.mean, value.metric, self.digits)
        delta = _delta(entry, base.entries.get(index) if base else None, metric, self.digits)
        match = value.published
        if match is None or value.summary.mean is None:
            return NumberCell(text, value.rank, own, delta=delta)
        published = show_number(match.number.value, value.metric, self.digits)
        caveats = "; ".join((*match.reasons, *match.doubts))
        reasons = self.signs.of([caveats]) if caveats else ()
        return NumberCell(text, value.rank, own, published, reasons, match.agreement, delta)


def mean_difference(entry: Entry, base: Entry | None, metric: str) -> float | None:
    """Difference of a model's mean from that of the model that it extends, on the same images."""
    if base is None or metric not in base.values or entry.measured_images != base.measured_images:
        return None
    mine, other = entry.values[metric].summary.mean, base.values[metric].summary.mean
    return None if mine is None or other is None or not math.isfinite(mine - other) else mine - other


def _delta(entry: Entry, base: Entry | None, metric: str, digits: Mapping[str, int]) -> str:
    difference = mean_difference(entry, base, metric)
    if difference is None:
        return ""
    facts = entry.values[metric].metric
    places = digits[metric] + 1 if metric in digits else facts.finer
    return f"{difference:+.{places}f}"
