"""The board as data: one item per model, data set, protocol and metric, with all details."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from ...bench.contracts import JsonValue
from ...bench.files.codec import encode_number
from ...bench.metrics.metric import MetricFacts
from ..board.board import Board, Column, Entry, Row, Value
from ..board.published import PublishedNumber
from .costs import ModelCost, cost_cells
from .published_rows import published_rows
from .sheet import base_of, mean_difference

__all__ = ["board_items", "render_csv"]


FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell begins with that spreadsheets calculate; the last four are full-width `=+-@`."""


def board_items(
    board: Board, costs: Mapping[str, ModelCost] | None = None, published: Sequence[str] = ()
) -> list[dict[str, JsonValue]]:
    """List one object per result, for JSON and CSV.

    Args:
        board: the measured results.
        costs: by model.
        published: models as in papers whose published results follow, without a mean; `all` for every one that does
            not stand beside a measured one.

    Raises:
        UsageError: a model has no published result with a data set and protocol of the board.
    """
    measured = [item for row in board.rows for item in _row_items(row, board, (costs or {}).get(row.model))]
    places = [(column, metric) for column in board.columns for metric in column.metrics.values()]
    found = published_rows(board, published) if published else {}
    empty: dict[str, JsonValue] = dict.fromkeys(measured[0] if measured else ())
    return measured + [
        empty | _published_item(number, *places[position])
        for numbers in found.values()
        for position, number in numbers.items()
    ]


def render_csv(items: Sequence[Mapping[str, JsonValue]]) -> str:
    """Render items as CSV with a header line; lists are joined with `; `, and every cost has a column.

    Text that a spreadsheet would take for a formula begins with an apostrophe, which makes it text there.
    """
    rows = [_without_tables(item) for item in items]
    text = io.StringIO()
    if rows:
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(text, list(names), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _flat(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _without_tables(item: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    flat = {name: value for name, value in item.items() if not isinstance(value, dict)}
    costs = item.get("costs")
    return flat | (costs if isinstance(costs, dict) else {})


def _row_items(row: Row, board: Board, cost: ModelCost | None) -> Iterator[dict[str, JsonValue]]:
    base = base_of(row, board.rows)
    for index, entry in sorted(row.entries.items()):
        other = base.entries.get(index) if base else None
        for value in entry.values.values():
            difference = mean_difference(entry, other, value.metric.name)
            costs: dict[str, JsonValue] = {head: _number(cell.marked) for head, cell in cost_cells(cost).items()}
            more: dict[str, JsonValue] = {
                "group": row.group,
                "base": base.title if base and difference is not None else None,
                "delta": difference,
                "costs": costs,
            }
            yield _item(row, board.columns[index], entry, value) | more


def _published_item(number: PublishedNumber, column: Column, metric: MetricFacts) -> dict[str, JsonValue]:
    """A published result that nobody measured here: the fields that it has of a measured one."""
    return {
        "model": number.model,
        "title": number.model,
        "year": number.year,
        "dataset": column.dataset,
        "protocol": column.protocol,
        "metric": metric.name,
        "mean": None,
        "published": number.value,
        "published_protocol": number.protocol,
        "published_trained_on": number.trained_on,
        "published_source": number.source,
        "inference": number.inference,
        "metric_title": metric.title,
        "unit": metric.unit,
        "digits": metric.digits,
        "higher_is_better": metric.higher_is_better,
        "group": "published",
    }


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
        "trust": value.trust,
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


def _number(text: str) -> float | str:
    """A cost as a number, or as its text where it is a range."""
    return float(text) if _is_number(text) else text


def _is_number(text: str) -> bool:
    """Whether a text is a number, such as `-inf`."""
    try:
        float(text)
    except ValueError:
        return False
    return True
