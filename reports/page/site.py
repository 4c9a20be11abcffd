"""A static leaderboard site: a report as front page, a page per data set, and a page per model.

Of runs with the same plan, the most complete is shown, and of these the latest; the model's history lists all of
them. Different protocols or protocol versions never share a column.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from ...bench.contracts import JsonValue
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.run import Run, cell_name
from ..board.board import Board, build_board
from ..board.notes import run_notes
from ..board.numbers import show_number
from ..board.parts import fold_empty_metrics
from ..board.summaries import current_summary
from ..tables.costs import find_costs
from .context import board_context
from .facts import copy_facts, protocol_facts
from .folder import FRONT_PAGE, replacing_report
from .page import SiteLinks, embedded, fill_report, read_scripts, render_page
from .payload import page_data, relative_path

__all__ = ["RULE", "write_site"]

RULE = "Of runs with the same plan, the most complete and latest is shown; a model's page lists all of them."
TITLE = "Image restoration leaderboard"
BOARD_SCRIPTS = ("core.js", "provenance.js", "board.js")


def write_site(runs: Sequence[Run], out: Path, *, gallery: int = 4, title: str = TITLE) -> Path:
    """Write the site, replacing an older one in the same folder when the new one is complete.

    Args:
        runs: runs from any number of machines and months.
        out: output folder; created if missing.
        gallery: number of pictures per selection and data set.
        title: title of the front page.

    Returns:
        The path of `index.html`.

    Raises:
        UsageError: the folder contains something other than a report.
        RunFolderError: a cost file is damaged.
        OSError: the site cannot be written; an older one is unchanged.
    """
    board = build_board(runs)
    links = SiteLinks(
        rows=_addresses("models", [row.title for row in board.rows]),
        columns=_addresses("datasets", [f"{column.dataset}-{column.protocol}" for column in board.columns]),
        rule=RULE,
    )
    with replacing_report(out) as folder:
        fill_report(runs, folder, out, gallery=gallery, title=title, links=links)
        for index, address in enumerate(links.columns):
            context = _dataset(board, index, links, runs, out / address)
            _write(
                folder / address,
                render_page("dataset.html.j2", context, read_scripts("core.js", "provenance.js", "board.js")),
            )
        for index, address in enumerate(links.rows):
            _write(folder / address, render_page("model.html.j2", _model(board, index, runs, out / address)))
    return out / FRONT_PAGE


def _addresses(folder: str, names: Sequence[str]) -> list[str]:
    """Make a unique address per name, safe on every file system."""
    taken: set[str] = set()
    found: list[str] = []
    for safe in map(cell_name, names):
        tries = (safe if number == 1 else f"{safe}-{number}" for number in count(1))
        free = next(each for each in tries if _folded(each) not in taken)
        taken.add(_folded(free))
        found.append(f"{folder}/{free}.html")
    return found


def _folded(name: str) -> str:
    """What is left of a name where neither case nor Unicode composition counts."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _dataset(board: Board, index: int, links: SiteLinks, runs: Sequence[Run], page: Path) -> dict[str, object]:
    """Variables of a data set's page: its table, protocol and copies."""
    column = board.columns[index]
    here = [(place, row) for place, row in enumerate(board.rows) if index in row.entries]
    alone = Board((column,), tuple(replace(row, entries={0: row.entries[index]}) for _, row in here))
    costs = find_costs(runs)
    return {
        **board_context(alone, costs),
        **embedded(page_data(fold_empty_metrics(alone)[0], costs, {}, page.parent, str)),
        "title": f"{column.title} by {column.protocol}",
        "row_links": [f"../{links.rows[place]}" for place, _ in here],
        "column_links": [],
        "protocols": protocol_facts(alone),
        "copies": copy_facts(alone),
    }


def _model(board: Board, index: int, runs: Sequence[Run], page: Path) -> dict[str, object]:
    """Variables of a model's page: its card, and all its runs, latest first."""
    row = board.rows[index]
    card = next(iter(row.entries.values())).run.info.model
    histories = [_history(board, column, row.entries[column].run, runs, page) for column in sorted(row.entries)]
    return {"title": row.title, "card": card, "family": row.family, "histories": histories}


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
        show_number(summary.metrics[metric.name].mean, metric, {metric.name: metric.stored})
        if metric.name in summary.metrics
        else ""
        for metric in metrics
    ]
    return {
        "created": info.created,
        "shown": shown,
        "values": list(values),
        "images": f"{summary.images - summary.failed} of {info.copy.expected_pairs or summary.selected}",
        "weights": info.weights.sha256[:12],
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
