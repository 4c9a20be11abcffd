"""The page of one model on a site: its card, its results and costs, its worst images, and the history of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlencode

from ...bench.contracts import JsonValue
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.run import Run
from ..board.board import Board, Entry, Value
from ..board.notes import run_notes
from ..board.numbers import show_number
from ..board.summaries import current_summary
from ..tables.costs import ModelCost, cost_cells
from .folder import FRONT_PAGE
from .payload import Json, relative_path

__all__ = ["model_context"]

WORST = 4
"""Images shown per data set."""

Facts = dict[str, object]


def model_context(
    board: Board, index: int, page: Path, *, runs: Sequence[Run], costs: Mapping[str, ModelCost], data: Json
) -> Facts:
    """Make the variables of a model's page.

    Args:
        board: the results of all models.
        index: row of the model.
        page: path of the page.
        runs: all runs, also those that the board does not show.
        costs: costs by model name.
        data: data of the front page, whose pictures are shown again.
    """
    row = board.rows[index]
    card = next(iter(row.entries.values())).run.info.model
    columns = sorted(row.entries)
    return {
        "title": row.title,
        "card": card,
        "family": row.family,
        "assessed": any(row.entries[column].run.trust for column in columns),
        "results": [_results(board, column, row.entries[column]) for column in columns],
        "costs": {head: cell.marked for head, cell in cost_cells(costs.get(row.model)).items()},
        "worst": [shown for column in columns if (shown := _worst(board, column, index, data))],
        "histories": [_history(board, column, row.entries[column].run, runs, page) for column in columns],
    }


def _results(board: Board, column: int, entry: Entry) -> Facts:
    """One line per metric of a data set: mean, interval, number of images, rank and published number."""
    place = board.columns[column]
    values = [_result(value) for value in entry.values.values() if value.summary.mean is not None]
    notes = "; ".join(note.text for note in entry.notes)
    return {"title": place.title, "protocol": place.protocol, "values": values, "notes": notes}


def _result(value: Value) -> Facts:
    metric, summary = value.metric, value.summary
    ends = (summary.low, summary.high)
    interval = " to ".join("" if end is None else f"{end:.{metric.finer}f}" for end in ends) if None not in ends else ""
    published = value.published
    return {
        "metric": metric.heading,
        "mean": show_number(summary.mean, metric),
        "interval": interval,
        "n": summary.n,
        "rank": {1: "best", 2: "second best"}.get(value.rank, ""),
        "trust": value.trust or "",
        "published": show_number(published.number.value, metric) if published else "",
    }


def _worst(board: Board, column: int, row: int, data: Json) -> Facts:
    """The worst of the images that the front page shows of a data set, by the first metric; `{}` if it shows none."""
    gallery = cast("dict[str, Json]", data["galleries"]).get(str(column))
    place = board.columns[column]
    metric = next(iter(place.metrics.values()), None)
    if gallery is None or metric is None:
        return {}
    scores = {record.key: record.metrics.get(metric.name) for record in board.rows[row].entries[column].run.records}
    pictures = cast("list[Json]", gallery["pictures"])
    own = [picture for picture in pictures if str(row) in cast("Json", picture["restored"])]
    known = [(value, picture) for picture in own if (value := scores.get(str(picture["key"]))) is not None]
    known.sort(key=lambda each: (-metric.better(each[0]), str(each[1]["key"])))
    cards = [_card(board, column, row, picture, f"{metric.title} {show_number(v, metric)}") for v, picture in known]
    return {"title": place.title, "protocol": place.protocol, "cards": cards[:WORST]} if cards else {}


def _card(board: Board, column: int, row: int, picture: Json, score: str) -> Facts:
    place, title = board.columns[column], board.rows[row].title
    view = {"set": f"{place.dataset} {place.protocol}", "image": str(picture["key"]), "left": "target", "right": title}
    restored = cast("dict[str, str]", picture["restored"])[str(row)]
    images = (("degraded", picture["degraded"]), (title, restored), ("target", picture["target"]))
    return {
        "key": picture["key"],
        "width": picture["width"],
        "height": picture["height"],
        "href": f"../{FRONT_PAGE}#{urlencode(view)}",
        "score": score,
        "images": [(name, f"../{quote(str(address))}") for name, address in images],
    }


def _history(board: Board, column: int, shown: Run, runs: Sequence[Run], page: Path) -> dict[str, object]:
    """History of a column: all runs with the model, weights and quantiser of the shown run."""
    plan, place = shown.info.plan, board.columns[column]
    same = [
        run
        for run in runs
        if (run.model, run.dataset, run.protocol) == (plan.model, plan.dataset, plan.protocol)
        and (run.info.plan.weights_sha256, run.info.plan.quantiser) == (plan.weights_sha256, plan.quantiser)
    ]
    same.sort(key=lambda run: run.info.created)
    metrics = list(place.metrics.values())
    lines = [_line(run, run is shown, metrics, page) for run in reversed(same)]
    return {
        "title": place.title,
        "protocol": place.protocol,
        "metrics": [metric.heading for metric in metrics],
        "lines": lines,
        "curve": _curve([_mean(run, metrics[0].name) for run in same]) if metrics else "",
        "metric": metrics[0].title if metrics else "",
    }


def _line(run: Run, shown: bool, metrics: Sequence[MetricFacts], page: Path) -> dict[str, JsonValue]:  # noqa: FBT001 -- a field of the line
    summary, info = current_summary(run), run.info
    values = [
        show_number(summary.metrics[metric.name].mean, metric) if metric.name in summary.metrics else ""
        for metric in metrics
    ]
    return {
        "created": info.created,
        "shown": shown,
        "values": list(values),
        "images": f"{summary.images - summary.failed} of {info.copy.expected_pairs or summary.selected}",
        "weights": info.weights.sha256[:12],
        "trust": ", ".join(dict.fromkeys(run.trust.values())),
        "commit": info.environment.commit,
        "machine": info.environment.device_name or info.environment.cpu,
        "notes": "; ".join(note.text for note in run_notes(run, summary)),
        "href": relative_path(run.path, page.parent),
    }


def _mean(run: Run, metric: str) -> float | None:
    summary = current_summary(run).metrics.get(metric)
    return summary.mean if summary else None


def _curve(values: Sequence[float | None]) -> str:
    """Points of a polyline through the finite values, in a box of 240 by 60; `""` for fewer than two."""
    known = [(index, value) for index, value in enumerate(values) if value is not None and value not in _INFINITE]
    if len(known) < 2:  # noqa: PLR2004 -- one point is no line
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    span = (high - low) or 1.0
    step = 232 / (len(values) - 1)
    return " ".join(f"{4 + index * step:.1f},{56 - 52 * (value - low) / span:.1f}" for index, value in known)


_INFINITE = (float("inf"), float("-inf"))
