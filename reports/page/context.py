"""Variables of the page templates: plain values, ready to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from ...bench.contracts import JsonValue
from ...bench.runs.trust import TRUST_LEVELS, Trust
from ...bench.terminal.wording import counted
from ..board.board import Board, Value
from ..board.numbers import show_number
from ..board.parts import Part, fold_empty_metrics, split_by_task
from ..board.trusted_ranks import Place, trusted_ranks
from ..tables.costs import ModelCost, unstable_latencies
from ..tables.sheet import NumberCell, lay_out
from .choice import choice_sentence, selection_titles
from .costs import BoardCosts, board_costs, cost_table
from .facts import copy_facts, environment_facts, protocol_facts, run_facts
from .payload import Json
from .perception import can_trade
from .slices import slice_sections
from .suites import suite_sections

__all__ = ["board_context", "page_context"]


def page_context(board: Board, costs: Mapping[str, ModelCost], data: Json, folder: Path) -> dict[str, object]:
    """Make the variables of the templates, except those common to all reports."""
    environments, environment_lines = environment_facts(board)
    shown, _ = fold_empty_metrics(board)
    return {
        **board_context(board, costs),
        "galleries": _galleries(shown, data),
        "pairs": any(_models(board, index) > 1 for index in range(len(board.columns))),
        "tradeoff": can_trade(shown),
        "slices": slice_sections(board),
        "protocols": protocol_facts(board),
        "copies": copy_facts(board),
        "runs": run_facts(board, environments, folder),
        "environments": environment_lines,
    }


def _models(board: Board, column: int) -> int:
    return sum(1 for row in board.rows if column in row.entries)


def board_context(board: Board, costs: Mapping[str, ModelCost]) -> dict[str, object]:
    """Make the variables of the leaderboard's template: one part per task, and lines on metrics without any value."""
    shown, folded = fold_empty_metrics(board)
    measured = board_costs(shown, costs)
    trusts = _trusts(shown)
    parts = [_part(part, measured, trusts) for part in split_by_task(shown)]
    heads, cost_rows = cost_table(shown, costs)
    return {
        "columns": shown.columns,
        "parts": parts,
        "folded": folded,
        "counts": measured.counts,
        "cost_heads": heads,
        "cost_rows": cost_rows,
        "unstable": unstable_latencies({row.title: costs[row.model] for row in board.rows if row.model in costs}),
        "families": sorted({row.family for row in board.rows}),
        "any_published": any(cell["published"] for part in parts for row in part["rows"] for cell in row["cells"]),
        "trusts": trusts,
        "summary": _summary(board),
        "suites": suite_sections(shown),
    }


def _trusts(board: Board) -> list[Trust]:
    """The levels of trust in the board, from the lowest."""
    entries = [entry for row in board.rows for entry in row.entries.values()]
    seen = {value.trust for entry in entries for value in entry.values.values()}
    return [level for level in TRUST_LEVELS if level in seen]


def _part(part: Part, costs: BoardCosts, trusts: Sequence[Trust]) -> dict[str, Any]:
    sheet = lay_out(part.board, {})
    ranks = [trusted_ranks(part.board, trust) for trust in trusts]
    heads = costs.heads if any(any(costs.rows[row]) for row in part.rows) else ()
    columns = [
        {"index": index, "title": head.title, "protocol": head.protocol, "metrics": head.metrics, "signs": head.signs}
        for index, head in zip(part.columns, sheet.columns, strict=True)
    ]
    rows = [
        {
            "index": index,
            "title": row.title,
            "family": part.board.rows[place].family,
            "cells": _cells(part, place, row.cells, ranks),
            "costs": list(zip(heads, costs.rows[index], strict=True)) if heads else [],
        }
        for place, (index, row) in enumerate(zip(part.rows, sheet.rows, strict=True))
    ]
    return {"task": part.task, "columns": columns, "heads": heads, "rows": rows, "notes": sheet.notes}


def _summary(board: Board) -> str:
    entries = [entry for row in board.rows for entry in row.entries.values()]
    dates = sorted({entry.run.info.created[:10] for entry in entries})
    images = sum({entry.run.path: entry.summary.images for entry in entries}.values())
    datasets = len({column.dataset for column in board.columns})
    period = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return (
        f"{counted(len(board.rows), 'model')} on {counted(datasets, 'data set')}: "
        f"{counted(images, 'restored image')}, measured {period}."
    )


def _cells(
    part: Part, place: int, cells: Sequence[NumberCell], ranks: Sequence[Mapping[Place, int]]
) -> list[dict[str, object]]:
    """The cells of one row; `ranks` are those at every level of trust."""
    board = part.board
    places = [(index, metric) for index, column in enumerate(board.columns) for metric in column.metrics]
    found: list[dict[str, object]] = []
    for (index, metric), cell in zip(places, cells, strict=True):
        entry = board.rows[place].entries.get(index)
        value = entry.values.get(metric) if entry else None
        found.append(
            {
                "column": part.columns[index],
                "metric": metric,
                "first": metric == next(iter(board.columns[index].metrics)),
                "text": cell.text,
                "known": value is not None,
                "rank": cell.rank,
                "trust": value.trust if value else None,
                "ranks": " ".join(str(each.get((place, index, metric), 0)) for each in ranks),
                "signs": cell.signs,
                "published": cell.published,
                "published_signs": cell.published_signs,
                "agreement": cell.agreement,
                "difference": _difference(value) if value else "",
                "interval": _interval(value) if value else "",
            }
        )
    return found


def _difference(value: Value) -> str:
    match = value.published
    if match is None or match.difference is None:
        return ""
    digits = value.metric.digits  # the source printed no more
    text = f"{abs(match.difference):.{digits}f}"
    if match.agreement == "agrees":
        return f"±{0:.{digits}f}"
    return f"+{text}" if match.difference > 0 else f"\N{MINUS SIGN}{text}"


def _interval(value: Value) -> str:
    summary = value.summary
    if summary.low is None or summary.high is None:
        return f"n = {summary.n}"
    low, high = (f"{end:.{value.metric.finer}f}" for end in (summary.low, summary.high))
    return f"[{low}, {high}] n = {summary.n}"


def _galleries(board: Board, data: Json) -> list[dict[str, object]]:
    """Make the galleries: over which models each was chosen, what was not kept, and a card per image."""
    found: list[dict[str, object]] = []
    for name, gallery in (*_given(data, "galleries"), *_given(data, "unpictured")):
        column = board.columns[int(name)]
        found.append(
            {
                "column": int(name),
                "title": column.title,
                "protocol": column.protocol,
                "choice": choice_sentence(board, int(name), gallery),
                "selections": _selections(board, int(name), gallery),
            }
        )
    return found


def _given(data: Json, name: str) -> list[tuple[str, Json]]:
    return list(cast("dict[str, Json]", data[name]).items())


def _selections(board: Board, column: int, gallery: Json) -> list[dict[str, object]]:
    """Make the selections with their cards; an image has one card, in its first selection, which names the others."""
    pictures = cast("list[Json]", gallery["pictures"])
    missing = cast("dict[str, list[str]]", gallery["missing"])
    titles, lead = selection_titles(board, column, gallery), cast("int", gallery["lead"])
    chosen = {
        kind: places for kind, places in cast("dict[str, list[int]]", gallery["selections"]).items() if kind in titles
    }
    first = {place: kind for kind, places in reversed(chosen.items()) for place in places}
    return [
        {
            "title": titles[kind],
            "missing": missing.get(kind, []),
            "cards": [
                _card(board, column, pictures[place], place, lead) | {"also": _also(chosen, kind, place)}
                for place in places
                if first[place] == kind
            ],
        }
        for kind, places in chosen.items()
        if kind in first.values() or kind in missing
    ]


def _also(chosen: Mapping[str, list[int]], shown: str, place: int) -> str:
    """Names of the other selections of an image."""
    others = [kind for kind, places in chosen.items() if kind != shown and place in places]
    return ", ".join("most disputed" if kind == "disputed" else kind for kind in others)


def _card(board: Board, column: int, picture: Json, place: int, lead: int) -> dict[str, object]:
    """Make a card: degraded image, restored by the gallery's model, also where it kept no picture, and target."""
    restored = cast("dict[str, str]", picture["restored"])
    row = board.rows[lead]
    records = {record.key: record for record in row.entries[column].run.records}
    record = records.get(str(picture["key"]))
    measured: Mapping[str, float | None] = {} if record is None else record.metrics
    values = (
        f"{metric.title} {show_number(measured.get(name), metric)}"
        for name, metric in board.columns[column].metrics.items()
    )
    kept = restored.get(str(lead))
    images = [
        ("degraded", "degraded", _address(picture["degraded"])),
        (row.title, lead, None if kept is None else _address(kept)),
        ("target", "target", _address(picture["target"])),
    ]
    return {
        "index": place,
        "key": picture["key"],
        "width": picture["width"],
        "height": picture["height"],
        "images": images,
        "scores": " \N{MIDDLE DOT} ".join(values),
    }


def _address(path: JsonValue) -> str:
    """Value for `src`; empty for a picture embedded in the page, which the script fills in."""
    return "" if str(path).startswith("data:") else quote(str(path))
