"""The board as data: one item per model, data set, protocol and metric, with all details."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ...bench.contracts import JsonValue
from ...bench.files.codec import encode_number
from ..board.board import Board, Column, Entry, Row, Value

__all__ = ["board_items", "render_csv"]


FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets calculate; the last four are full-width `=+-@`."""


def board_items(board: Board) -> list[dict[str, JsonValue]]:
    """List one flat object per result, for JSON and CSV."""
    return [item for row in board.rows for item in _row_items(row, board.columns)]


def render_csv(board: Board) -> str:
    """Render the items as CSV with a header line; lists are joined with `; `.

    Text that a spreadsheet would take for a formula begins with an apostrophe, which makes it text there.
    """
    items = board_items(board)
    text = io.StringIO()
    if items:
        writer = csv.DictWriter(text, list(items[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _flat(value) for name, value in item.items()} for item in items)
    return text.getvalue()


def _row_items(row: Row, columns: tuple[Column, ...]) -> Iterator[dict[str, JsonValue]]:
    for index, entry in sorted(row.entries.items()):
        for value in entry.values.values():
            yield _item(row, columns[index], entry, value)


def _item(row: Row, column: Column, entry: Entry, value: Value) -> dict[str, JsonValue]:
    info, summary, match = entry.run.info, value.summary, value.published
    return {
        "model": row.model,
        "title": row.title,
        "family": row.family,
        "year": row.year,
        "dataset": column.dataset,
        "variant": info.copy.variant,
        "protocol": column.protocol,
        "metric": value.metric.name,
        "mean": encode_number(summary.mean),
        "low": encode_number(summary.low),
        "high": encode_number(summary.high),
        "level": summary.level,
        "n": summary.n,
        "groups": summary.groups,
        "infinite": summary.infinite,
        "images": entry.summary.images,
        "failed": entry.summary.failed,
        "expected": info.copy.expected_pairs,
        "rank": value.rank or None,
        "published": match.number.value if match else None,
        "published_protocol": match.number.protocol if match else None,
        "published_trained_on": match.number.trained_on if match else None,
        "published_source": match.number.source if match else None,
        "difference": match.difference if match else None,
        "agreement": match.agreement if match else None,
        "not_comparable": list(match.reasons) if match else [],
        "doubts": list(match.doubts) if match else [],
        "notes": [note.text for note in (*entry.notes, *value.notes)],
        "trained_on": entry.trained_on,
        "weights_sha256": info.weights.sha256,
        "quantiser": info.plan.quantiser,
        "precision": info.plan.settings.get("precision"),
        "inference": info.model.variant,
        "plan_sha256": info.plan.sha256,
        "run": entry.run.path.as_posix(),
        "metric_title": value.metric.title,
        "unit": value.metric.unit,
        "digits": value.metric.digits,
        "higher_is_better": value.metric.higher_is_better,
    }


def _flat(value: JsonValue) -> JsonValue:
    flat = "; ".join(str(item) for item in value) if isinstance(value, list) else value
    return f"'{flat}" if isinstance(flat, str) and flat.startswith(FORMULA_SIGNS) and not _is_number(flat) else flat


def _is_number(text: str) -> bool:
    """Whether a text is a number, such as `-inf`."""
    try:
        float(text)
    except ValueError:
        return False
    return True
