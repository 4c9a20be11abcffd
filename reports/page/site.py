"""A static leaderboard site: a report as front page, a page per data set, and a page per model.

Of runs with the same plan, the most complete is shown, of these the most trusted, and of these the latest; the model's
history lists all of them. Different protocols or protocol versions never share a column.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from ...bench.runs.run import Run, cell_name
from ..board.board import Board, build_board
from ..board.parts import fold_empty_metrics
from ..tables.costs import find_costs
from .context import board_context
from .facts import copy_facts, protocol_facts
from .folder import FRONT_PAGE, replacing_report
from .model_page import model_context
from .page import SiteLinks, embedded, fill_report, read_scripts, render_page
from .payload import page_data

__all__ = ["RULE", "write_site"]

RULE = (
    "Of runs with the same plan, the most complete is shown, of these the most trusted, and of these the latest; a "
    "model's page lists all of them."
)
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
        data = fill_report(runs, folder, out, gallery=gallery, title=title, links=links)
        costs = find_costs(runs)
        for index, address in enumerate(links.columns):
            context = _dataset(board, index, links, runs, out / address)
            _write(
                folder / address,
                render_page("dataset.html.j2", context, read_scripts("core.js", "provenance.js", "board.js")),
            )
        for index, address in enumerate(links.rows):
            context = model_context(board, index, out / address, runs=runs, costs=costs, data=data)
            _write(folder / address, render_page("model.html.j2", context))
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
